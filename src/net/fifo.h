#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace tikv::net {

/// A queue in one piece of memory that is used again and again: for what is put in and taken out in bursts.
template <class T>
class Fifo {
 public:
  bool empty() const noexcept { return first_ == items_.size(); }
  std::size_t size() const noexcept { return items_.size() - first_; }
  T& front() noexcept { return items_[first_]; }
  void push(T item) { items_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(items_[first_++]);
    if (first_ == items_.size()) {
      clear();
    } else if (first_ >= kCompactAt && first_ > items_.size() / 2) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return item;
  }
  void clear() noexcept {
    items_.clear();
    first_ = 0;
  }

 private:
  static constexpr std::size_t kCompactAt = 1024;
  std::vector<T> items_;
  std::size_t first_ = 0;
};

}  // namespace tikv::net
