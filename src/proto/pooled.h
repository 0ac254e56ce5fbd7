#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "base/fetch.h"
#include "base/sanitized.h"

namespace tikv::proto {

/// A message with more than this, in bytes on the wire, is not kept.
inline constexpr std::size_t kLargestPooled = 1024;

/// A string of the caller's on its way into a message that may be kept. One with much more memory than it needs, as
/// after a `reserve`, lets go of that, or else the pool would hold it from then on. Costs a comparison otherwise.
inline std::string&& without_slack(std::string&& text) {
  // What doubling leaves is none. What is too large to be kept is not worth a copy.
  constexpr std::size_t kSlack = 128;
  if (text.capacity() > 2 * text.size() + kSlack && text.size() <= kLargestPooled) text.shrink_to_fit();
  return std::move(text);
}

/// An empty message of this type, for as long as it lives: a used one where there is one, whose strings and arrays keep
/// their memory. A request for a point is half a dozen small blocks otherwise, taken and given back each time.
///
/// Each thread keeps some messages of each type, small ones, until it ends. A message may be given back on another
/// thread than it was taken on. For types of which many are under way; thread-safe as a local variable is. Messages of
/// one type with a `Purpose` of their own are kept apart: where they are filled differently, the others' memory is of
/// no use to them.
template <class Message, class Purpose = void>
class Pooled {
 public:
  Pooled() : node_(take()) {}
  ~Pooled() {
    if (node_ != nullptr) give(node_);
  }
  /// The other one is good for nothing afterwards.
  Pooled(Pooled&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Pooled& operator=(Pooled&&) = delete;

  Message& operator*() const noexcept { return node_->message; }
  Message* operator->() const noexcept { return &node_->message; }

  /// Of one type and one thread.
  static constexpr std::size_t kMostKept = 1024;
  /// The same for all types. What strings have reserved does not count: `without_slack` sees to that.
  static constexpr std::size_t kLargestKept = kLargestPooled;

 private:
  struct Node {
    Message message;
    Node* next = nullptr;
  };
  /// Plain data: messages may come back while the thread's other objects are destroyed.
  struct Kept {
    Node* first;
    std::size_t count;
    bool over;
  };
  struct Cleaner {
    ~Cleaner() {
      kept.over = true;
      while (kept.first != nullptr) delete std::exchange(kept.first, kept.first->next);
    }
  };

  static Node* take() {
    if (kept.first == nullptr) return new Node;
    --kept.count;
    Node* const node = std::exchange(kept.first, kept.first->next);
    fetch_soon(kept.first, sizeof(Node) / kCacheLine + 1);
    return node;
  }
  static void give(Node* node) noexcept {
    if (kSanitized || kept.over || kept.count == kMostKept || node->message.ByteSizeLong() > kLargestKept) {
      delete node;
      return;
    }
    if (kept.count == 0) clean_up_later();
    node->message.Clear();
    node->next = kept.first;
    kept.first = node;
    ++kept.count;
  }
  // Makes sure, once a thread, that what it keeps is given back.
  static void clean_up_later() noexcept {
    static thread_local const Cleaner cleaner;
    (void)cleaner;
  }

  static inline constinit thread_local Kept kept{};
  Node* node_;
};

}  // namespace tikv::proto
