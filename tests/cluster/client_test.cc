#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>

#include "cluster_test.h"

namespace tikv {
namespace {

using namespace std::chrono_literals;

/// The client as a whole: ways to wait, threads, and its end.
class ClientTest : public RawClusterTest {
 protected:
  Client another(ClientOptions options = {}) {
    auto connected = connect(std::move(options));
    EXPECT_TRUE(connected) << connected.error().to_string();
    return std::move(connected).value();
  }
};

/// One thread that runs what is posted.
class OneThread final : public Executor {
 public:
  void post(std::move_only_function<void()> function) override {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(function));
    changed_.notify_one();
  }
  std::thread::id id() const { return thread_.get_id(); }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (queue_.empty()) return;
      auto next = std::move(queue_.front());
      queue_.erase(queue_.begin());
      lock.unlock();
      next();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::move_only_function<void()>> queue_;
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

/// Waits as threads do, and counts.
class CountingWaiter final : public Waiter {
 public:
  std::unique_ptr<Event> make_event() override {
    ++events;
    return std::make_unique<Parked>();
  }
  std::atomic<int> events{0};

 private:
  struct Parked final : Event {
    void wait() override { done.get_future().wait(); }
    void set() override { done.set_value(); }
    std::promise<void> done;
  };
};

/// A server that takes connections and says nothing, or nonsense.
class DumbServer {
 public:
  explicit DumbServer(std::string answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bool listens = bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0;
    listens = listens && listen(listener_, 16) == 0;
    listens = listens && getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    EXPECT_TRUE(listens);
    endpoint_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this] { serve(); });
  }
  ~DumbServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (const int connection : connections_) close(connection);
    close(listener_);
  }
  const std::string& endpoint() const { return endpoint_; }

 private:
  void serve() {
    for (int connection = 0; (connection = accept(listener_, nullptr, nullptr)) >= 0;) {
      connections_.push_back(connection);
      (void)!write(connection, answer_.data(), answer_.size());
    }
  }
  std::string answer_;
  int listener_ = socket(AF_INET, SOCK_STREAM, 0);
  std::string endpoint_;
  std::vector<int> connections_;
  std::jthread thread_;
};

Task<Result<std::string>> put_and_get(RawClient raw, std::string key) {
  co_await raw.put(key, "v").or_return();
  auto value = co_await raw.get(key).or_return();
  co_return value.value_or("absent");
}

TEST_F(ClientTest, ThreeWaysToWait) {
  EXPECT_TRUE(raw().put(key("k"), "v").get());

  std::promise<Result<std::optional<std::string>>> called;
  raw().get(key("k")).start([&](auto value) { called.set_value(std::move(value)); });
  EXPECT_EQ(called.get_future().get(), "v");

  EXPECT_EQ(put_and_get(raw(), key("c")).get(), "v");
}

TEST_F(ClientTest, BlockingOnTheIoThreadIsAnError) {
  std::promise<ErrorKind> inner;
  raw().get(key("k")).start([&](auto) { inner.set_value(raw().get(key("k")).get().error().kind()); });
  EXPECT_EQ(inner.get_future().get(), ErrorKind::kWrongThread);
}

TEST_F(ClientTest, CompletionsRunOnTheExecutor) {
  const auto executor = std::make_shared<OneThread>();
  ClientOptions options;
  options.executor = executor;
  Client client = another(std::move(options));
  std::promise<std::thread::id> called;
  client.raw().get(key("k")).start([&](auto) { called.set_value(std::this_thread::get_id()); });
  EXPECT_EQ(called.get_future().get(), executor->id());

  // And so does what a coroutine does after an operation.
  std::promise<std::thread::id> resumed;
  auto flow = [&]() -> Task<Result<void>> {
    co_await client.raw().get(key("k")).or_return();
    resumed.set_value(std::this_thread::get_id());
    co_return {};
  };
  EXPECT_TRUE(flow().get());
  EXPECT_EQ(resumed.get_future().get(), executor->id());

  std::promise<std::thread::id> body_ran;
  auto body = [&](Transaction& txn) -> Task<Result<void>> {
    co_await txn.get(key("t")).or_return();
    body_ran.set_value(std::this_thread::get_id());
    co_return {};
  };
  EXPECT_TRUE(client.transact(body).get());
  EXPECT_EQ(body_ran.get_future().get(), executor->id());
}

TEST_F(ClientTest, BlockingCallsWaitByTheWaiter) {
  const auto waiter = std::make_shared<CountingWaiter>();
  ClientOptions options;
  options.waiter = waiter;
  Client client = another(std::move(options));
  const int before = waiter->events;
  EXPECT_TRUE(client.raw().put(key("k"), "v").get());
  EXPECT_EQ(client.raw().get(key("k")).get(), "v");
  EXPECT_EQ(waiter->events, before + 2);
}

TEST_F(ClientTest, ManyThreadsShareIt) {
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  std::atomic<int> right{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const RawClient raw = client().raw();
      for (int i = 0; i < kEach; ++i) {
        const std::string name = key(std::to_string(t) + "/" + std::to_string(i));
        if (raw.put(name, std::to_string(i)).get() && raw.get(name).get() == std::to_string(i)) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, kThreads * kEach);
}

TEST_F(ClientTest, SeveralShardsAreOneClient) {
  ClientOptions options;
  options.shards = 3;
  Client client = another(std::move(options));
  EXPECT_EQ(client.cluster_id(), this->client().cluster_id());
  for (int i = 0; i < 6; ++i) {
    const RawClient raw = client.raw();  // handles go round
    ASSERT_TRUE(raw.put(key(std::to_string(i)), "v").get());
    EXPECT_EQ(client.raw().get(key(std::to_string(i))).get(), "v");
  }
}

TEST_F(ClientTest, OpensAndClosesAgainAndAgain) {
  for (int i = 0; i < 50; ++i) {
    Client client = another();
    ASSERT_TRUE(client.raw().put(key("k"), std::to_string(i)).get());
    if (i % 2 == 0) client.close();
  }
}

TEST_F(ClientTest, DestroyedOnItsOwnIoThreadItEndsByItself) {
  for (int i = 0; i < 10; ++i) {
    auto client = std::make_unique<Client>(another());
    const RawClient raw = client->raw();
    std::promise<void> gone;
    raw.get(key("k")).start([&](auto) {
      client.reset();
      gone.set_value();
    });
    gone.get_future().get();
    const auto after = raw.get(key("k")).get();
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().kind(), ErrorKind::kClosed);
  }
}

TEST_F(ClientTest, TheLastHandleMayGoOnTheIoThread) {
  for (int i = 0; i < 10; ++i) {
    auto client = std::make_unique<Client>(another());
    auto raw = std::make_unique<RawClient>(client->raw());
    std::promise<void> gone;
    raw->get(key("k")).start([&](auto) {
      client.reset();
      raw.reset();
      gone.set_value();
    });
    gone.get_future().get();
  }
}

TEST_F(ClientTest, DestroyedOnAnothersIoThreadItEndsByItself) {
  auto other = std::make_unique<Client>(another());
  const RawClient handle = other->raw();
  std::promise<void> gone;
  raw().get(key("k")).start([&](auto) {
    other.reset();
    gone.set_value();
  });
  gone.get_future().get();
  EXPECT_EQ(handle.get(key("k")).get().error().kind(), ErrorKind::kClosed);
}

TEST_F(ClientTest, CloseEndsWhatIsUnderWay) {
  constexpr int kCalls = 200;
  for (int round = 0; round < 5; ++round) {
    Client client = another();
    std::atomic<int> ended{0};
    std::promise<void> all;
    for (int i = 0; i < kCalls; ++i) {
      client.raw().put(key("k"), "v").start([&](Result<void> put) {
        EXPECT_TRUE(put || put.error().kind() == ErrorKind::kClosed) << put.error().to_string();
        if (++ended == kCalls) all.set_value();
      });
    }
    client.close();
    all.get_future().get();
  }
}

TEST_F(ClientTest, AScanThatMeetsTheMessageLimitAsksForLess) {
  const std::string value(400 << 10, 'v');
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) ASSERT_TRUE(raw().put(key(name), value).get());
  ClientOptions options;
  options.network.max_receive_bytes = 1 << 20;
  Client client = another(std::move(options));
  const auto pairs = client.raw().scan(all_keys()).collect().get();
  ASSERT_TRUE(pairs) << pairs.error().to_string();
  EXPECT_EQ(pairs->size(), 6U);
}

TEST_F(ClientTest, AStopFromAnotherThreadEndsACall) {
  const DumbServer silent("");
  std::stop_source stop;
  ClientOptions options{.pd_endpoints = {silent.endpoint()}};
  std::promise<ErrorKind> ended;
  Client::connect(std::move(options)).with_stop(stop.get_token()).start([&](Result<Client> client) {
    ended.set_value(client.error().kind());
  });
  stop.request_stop();
  EXPECT_EQ(ended.get_future().get(), ErrorKind::kCancelled);
}

// Which error it is hangs on what the endpoint does. If this process was kept from running for so long that the last
// question to it got no answer in its time, nothing has been learnt, and it is asked again.
TEST_F(ClientTest, EndpointsThatAreNoPdAreToldApart) {
  const DumbServer silent("");
  const DumbServer web("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  const auto error_of = [](const std::string& endpoint, std::chrono::milliseconds timeout) {
    ClientOptions options{.pd_endpoints = {endpoint}};
    options.network.connect_timeout = 1h;
    return Client::connect(std::move(options)).with_timeout(timeout).get().error();
  };
  const auto kind_of = [&](const std::string& endpoint) {
    for (;;) {
      const Error error = error_of(endpoint, 1h);
      if (error.attempts().empty() || error.attempts().back().outcome != "deadline") return error.kind();
    }
  };
  EXPECT_EQ(error_of(silent.endpoint(), 200ms).kind(), ErrorKind::kDeadline);
  EXPECT_EQ(kind_of(web.endpoint()), ErrorKind::kNotPd);
  EXPECT_EQ(kind_of("127.0.0.1:1"), ErrorKind::kUnavailable);
  EXPECT_EQ(kind_of("no-such-host.invalid:2379"), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace tikv
