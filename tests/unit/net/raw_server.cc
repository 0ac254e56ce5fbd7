#include "raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace tikv::testing {
namespace {

int listen_somewhere(int& port) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

std::string loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

RawServer::RawServer(std::string says, bool then_closes) : says_(std::move(says)), then_closes_(then_closes) {
  listener_ = listen_somewhere(port_);
  listen(listener_, 100);
  thread_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  shutdown(listener_, SHUT_RDWR);  // ends accept
  thread_.join();
  close(listener_);
}

std::string RawServer::address() const { return loopback(port_); }

void RawServer::accept_all() {
  std::vector<int> open;
  for (int client; (client = accept(listener_, nullptr, nullptr)) >= 0;) {
    if (!says_.empty()) send(client, says_.data(), says_.size(), MSG_NOSIGNAL);
    if (then_closes_) {
      close(client);
    } else {
      open.push_back(client);
    }
  }
  for (const int client : open) close(client);
}

std::string address_of_nobody() {
  int port = 0;
  // Bound once and let go: nobody else is given it soon.
  close(listen_somewhere(port));
  return loopback(port);
}

}  // namespace tikv::testing
