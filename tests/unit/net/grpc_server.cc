#include "grpc_server.h"

#include <grpc/grpc.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace tikv::testing {
namespace {

std::string to_string(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  // The handle that scripts hold, and that outlives the reactor.
  class Handle final : public ServerStream {
   public:
    explicit Handle(Reactor* reactor) : reactor_(reactor) {}
    void send(std::string message) override {
      const std::lock_guard lock(mutex_);
      if (reactor_ == nullptr || finishing_) return;
      queue_.push_back(std::move(message));
      go_on();
    }
    void finish(int code, const std::string& text) override {
      const std::lock_guard lock(mutex_);
      if (reactor_ == nullptr || finishing_) return;
      finishing_ = true;
      status_ = grpc::Status(static_cast<grpc::StatusCode>(code), text);
      go_on();
    }
    bool cancelled() const override { return cancelled_; }

    void written(bool ok) {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      if (!ok) queue_.clear();
      go_on();
    }
    void gone() {
      const std::lock_guard lock(mutex_);
      reactor_ = nullptr;
    }
    std::atomic<bool> cancelled_{false};

   private:
    void go_on() {
      if (reactor_ == nullptr || writing_ || finished_) return;
      if (!queue_.empty()) {
        writing_ = true;
        const grpc::Slice slice(queue_.front());
        queue_.pop_front();
        reactor_->answer_ = grpc::ByteBuffer(&slice, 1);
        reactor_->StartWrite(&reactor_->answer_);
      } else if (finishing_) {
        finished_ = true;
        reactor_->Finish(status_);
      }
    }
    std::mutex mutex_;
    Reactor* reactor_;
    std::deque<std::string> queue_;
    grpc::Status status_;
    bool writing_ = false;
    bool finishing_ = false;
    bool finished_ = false;
  };

  Reactor(grpc::GenericCallbackServerContext* context, const GrpcServer::OnMessage& on_message,
          std::shared_ptr<std::atomic<int>> cancelled)
      : on_message_(on_message), cancelled_(std::move(cancelled)), handle_(std::make_shared<Handle>(this)) {
    handle_->path = context->method();
    handle_->deadline = context->deadline();
    for (const auto& [name, value] : context->client_metadata()) {
      handle_->metadata.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      reads_ended_ = true;
      // A client that has closed its side and was never asked to wait any longer.
      if (messages_ == 0 || handle_->path.find("Batch") != std::string::npos) handle_->finish(0, "");
      return;
    }
    ++messages_;
    std::string message = to_string(request_);
    request_.Clear();
    on_message_(handle_, std::move(message));
    StartRead(&request_);
  }
  void OnWriteDone(bool ok) override { handle_->written(ok); }
  void OnCancel() override {
    handle_->cancelled_ = true;
    ++*cancelled_;
    handle_->finish(1, "cancelled");
  }
  void OnDone() override {
    handle_->gone();
    delete this;
  }

 private:
  const GrpcServer::OnMessage& on_message_;
  std::shared_ptr<std::atomic<int>> cancelled_;
  std::shared_ptr<Handle> handle_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  int messages_ = 0;
  bool reads_ended_ = false;
};

}  // namespace

struct GrpcServer::Impl : grpc::CallbackGenericService {
  OnMessage on_message;
  std::shared_ptr<std::atomic<int>> cancelled;
  std::unique_ptr<grpc::Server> server;

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Reactor(context, on_message, cancelled);
  }
};

GrpcServer::GrpcServer(OnMessage on_message, int port, Answers answers) : impl_(std::make_unique<Impl>()) {
  // Never shut down again: when its last server goes, gRPC sometimes waits 10 s for one of its own threads.
  static const bool initialised = (grpc_init(), true);
  static_cast<void>(initialised);
  impl_->on_message = std::move(on_message);
  impl_->cancelled = cancelled_;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(impl_.get());
  builder.SetMaxReceiveMessageSize(-1);
  if (answers == Answers::kCompressed) builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  impl_->server = builder.BuildAndStart();
}

GrpcServer::~GrpcServer() { shut_down(); }

void GrpcServer::shut_down(std::chrono::milliseconds patience) {
  if (!impl_->server) return;
  impl_->server->Shutdown(std::chrono::system_clock::now() + patience);
  impl_->server->Wait();
  impl_->server.reset();
}

}  // namespace tikv::testing
