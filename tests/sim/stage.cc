#include "stage.h"

namespace tikv::testing {

using namespace std::chrono_literals;

namespace {

bool has(const Troubles& troubles, Trouble one) { return std::ranges::find(troubles, one) != troubles.end(); }

}  // namespace

Stage::Stage(World& world, std::uint64_t seed, const Troubles& troubles)
    : world_(world),
      random_(seed),
      may_cancel_(has(troubles, Trouble::kCancelledCalls)),
      may_hurry_(has(troubles, Trouble::kShortDeadlines)),
      may_close_(has(troubles, Trouble::kClosedClient) && seed % 3 == 0) {}

void Stage::add_clients(std::size_t count) {
  if (may_close_) ++count;
  for (std::size_t i = 0; i < count; ++i) clients_.push_back(&world_.add_client());
}

void Stage::close_one_later() {
  if (!may_close_) return;
  world_.cluster.host().run_after(std::chrono::milliseconds(pick(3000)), [this] {
    world_.tell([] { return std::string("* close a client"); });
    closed_ = clients_.back();
    clients_.back()->close();
  });
}

std::chrono::nanoseconds Stage::some_timeout() {
  const std::uint64_t choice = may_hurry_ ? pick(4) : 3;
  if (choice == 0) return std::chrono::milliseconds(5 + pick(500));
  return choice == 1 ? 2s : 45s;
}

std::stop_token Stage::some_stop() {
  if (!may_cancel_ || !one_in(8)) return {};
  auto source = std::make_shared<std::stop_source>();
  world_.cluster.host().run_after(std::chrono::milliseconds(pick(300)), [source] { source->request_stop(); });
  return source->get_token();
}

}  // namespace tikv::testing
