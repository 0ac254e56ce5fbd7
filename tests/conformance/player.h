#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages.h"
#include "testkit/store/dispatch.h"
#include "virtual_environment.h"

namespace tikv::testing {

/// How a replayed sequence compares with its recording.
struct Verdict {
  enum class Kind { kEqual, kDifferent, kNotImplemented };
  Kind kind = Kind::kEqual;
  std::string sequence;
  /// The first step that differs, and how.
  std::string detail;
};

/// Replays the sequences of one recorded file, in order, against a fresh store with the recorded regions.
class Player final : public store::RegionSource {
 public:
  Player(Messages& messages, const boost::json::object& header);

  Verdict play(const boost::json::object& sequence);

  std::uint64_t store_id() const override;
  std::optional<store::RegionView> find_region(std::uint64_t region_id) const override;

 private:
  /// The answer of a call, when it has come.
  struct Reply {
    bool here = false;
    store::CallStatus status = store::CallStatus::kOk;
    std::string bytes;
  };

  std::string step(const boost::json::object& step);
  std::string request_bytes(const boost::json::object& step, std::string& problem);
  /// Waits for the answer, as long as anything can still happen.
  void await(const Reply& reply);
  std::string compare(const boost::json::object& step, const Reply& reply);

  Messages& messages_;
  VirtualEnvironment environment_;
  std::unique_ptr<store::KvStore> store_;
  std::vector<store::RegionView> regions_;
  std::map<std::string, std::shared_ptr<Reply>> started_;
};

}  // namespace tikv::testing
