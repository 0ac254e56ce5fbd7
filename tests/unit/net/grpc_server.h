#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tikv::testing {

/// One call or stream, from the server's side. Any thread, at any time: what comes after the end does nothing.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  virtual void send(std::string message) = 0;
  virtual void finish(int code = 0, const std::string& text = "") = 0;
  virtual bool cancelled() const = 0;
  /// "/service/method".
  std::string path;
  std::multimap<std::string, std::string> metadata;
  std::chrono::system_clock::time_point deadline;
};

/// A server by the gRPC C++ library on a port of 127.0.0.1: hands every message of every call to one function. This
/// header brings no gRPC along, which takes seconds to read.
class GrpcServer {
 public:
  using OnMessage = std::function<void(const std::shared_ptr<ServerStream>& stream, std::string message)>;

  enum class Answers { kPlain, kCompressed };
  /// `port` 0: any.
  explicit GrpcServer(OnMessage on_message, int port = 0, Answers answers = Answers::kPlain);
  ~GrpcServer();
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Stops taking streams (GOAWAY); those that run may finish until `patience` is over. Returns when all have ended.
  void shut_down(std::chrono::milliseconds patience = std::chrono::milliseconds{0});
  /// Calls that ended because the client did not want them any more.
  int cancelled() const { return cancelled_->load(); }

 private:
  struct Impl;
  std::shared_ptr<std::atomic<int>> cancelled_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<Impl> impl_;
  int port_ = 0;
};

}  // namespace tikv::testing
