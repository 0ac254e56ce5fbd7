#pragma once

#include <cstddef>

namespace tikv::net {

class Call;
class Connection;
struct Status;

/// Who has a call in hand, behind `Call::transport_state`.
class CallOwner {
 public:
  /// The call no longer waits; it is not touched any more.
  virtual void abandon(Call& call) noexcept = 0;

 protected:
  ~CallOwner() = default;
};

/// Something that wants to open a stream as soon as there is a connection.
class ConnectionWaiter {
 public:
  virtual void on_connection(Connection& connection) = 0;
  virtual void on_no_connection(const Status& why) = 0;

 protected:
  ~ConnectionWaiter() = default;

 private:
  friend class Channel;
  std::size_t place_ = 0;  // in the channel's list, counted from 1; 0 for not there
};

}  // namespace tikv::net
