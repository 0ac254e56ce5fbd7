#pragma once

#include <string>
#include <thread>

namespace tikv::testing {

/// A TCP server on a port of 127.0.0.1 that says one thing to everybody, whatever they say, and keeps or closes the
/// connection.
class RawServer {
 public:
  RawServer(std::string says, bool then_closes);
  ~RawServer();
  std::string address() const;

 private:
  void accept_all();
  std::string says_;
  bool then_closes_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

/// A port of 127.0.0.1 on which nobody listens.
std::string address_of_nobody();

}  // namespace tikv::testing
