#include "raw/point.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include "proto/pooled.h"
#include "proto/tikv_methods.h"
#include "raw/answer.h"
#include "raw/check.h"
#include "route/retry.h"
#include "route/router.h"

namespace tikv::raw {
namespace {

namespace pb = proto::kvrpcpb;

/// An operation's request, with what all of them have.
template <class Request>
class RequestFor : public proto::Pooled<Request> {
 public:
  RequestFor(const Session& session, std::string key) {
    (*this)->set_key(proto::without_slack(std::move(key)));
    (*this)->set_cf(session.column_family);
  }
};

/// What a response says of its request's success.
template <class Request>
Result<void> judge_read(const route::Retry& retry, const proto::ResponseOf<Request>& response) {
  if (response.error().empty()) return {};
  return std::unexpected(read_error(retry, proto::MethodOf<Request>::method.name(), response.error()));
}

template <class Request>
Result<void> judge_write(const route::Retry& retry, const proto::ResponseOf<Request>& response,
                         route::Router::Sent sent) {
  if (response.error().empty()) return {};
  const auto call = proto::MethodOf<Request>::method.name();
  return std::unexpected(write_error(retry, call, response.error(), sent.maybe_sent_before));
}

route::SendOptions write_options(const Session& session) {
  route::SendOptions options;
  options.idempotent = !session.atomic;
  return options;
}

}  // namespace

Task<Result<std::optional<std::string>>> get(SessionRef session, std::string key) {
  co_await check_key(*session, key);
  const RequestFor<pb::RawGetRequest> request(*session, std::move(key));
  pb::RawGetResponse response;
  route::Retry retry = session->router.retry(session->budget);
  co_await session->router.send_to_key(retry, request->key(), *request, response).or_return();
  co_await judge_read<pb::RawGetRequest>(retry, response);
  std::optional<std::string> value;
  if (!response.not_found()) value = std::move(*response.mutable_value());
  co_return std::move(value);
}

Task<Result<void>> put(SessionRef session, std::string key, std::string value, RawPutOptions options) {
  co_await check_entry(*session, key, value);
  co_await check_ttl(options.ttl);
  if (const observe::Metrics* metrics = session->router.observer().metrics()) {
    metrics->operations.raw_key_bytes.observe(static_cast<double>(key.size()));
    metrics->operations.raw_value_bytes.observe(static_cast<double>(value.size()));
  }
  const RequestFor<pb::RawPutRequest> request(*session, std::move(key));
  request->set_value(proto::without_slack(std::move(value)));
  request->set_ttl(static_cast<std::uint64_t>(options.ttl.count()));
  request->set_for_cas(session->atomic);
  pb::RawPutResponse response;
  route::Retry retry = session->router.retry(session->budget);
  const route::Router::Sent sent =
      co_await session->router.send_to_key(retry, request->key(), *request, response, write_options(*session))
          .or_return();
  co_await judge_write<pb::RawPutRequest>(retry, response, sent);
  co_return {};
}

Task<Result<void>> remove(SessionRef session, std::string key) {
  co_await check_key(*session, key);
  const RequestFor<pb::RawDeleteRequest> request(*session, std::move(key));
  request->set_for_cas(session->atomic);
  pb::RawDeleteResponse response;
  route::Retry retry = session->router.retry(session->budget);
  const route::Router::Sent sent =
      co_await session->router.send_to_key(retry, request->key(), *request, response, write_options(*session))
          .or_return();
  co_await judge_write<pb::RawDeleteRequest>(retry, response, sent);
  co_return {};
}

Task<Result<std::optional<std::chrono::seconds>>> get_ttl(SessionRef session, std::string key) {
  co_await check_key(*session, key);
  const RequestFor<pb::RawGetKeyTTLRequest> request(*session, std::move(key));
  pb::RawGetKeyTTLResponse response;
  route::Retry retry = session->router.retry(session->budget);
  co_await session->router.send_to_key(retry, request->key(), *request, response).or_return();
  co_await judge_read<pb::RawGetKeyTTLRequest>(retry, response);
  std::optional<std::chrono::seconds> ttl;
  if (!response.not_found()) ttl = std::chrono::seconds(response.ttl());
  co_return ttl;
}

Task<Result<RawSwap>> compare_and_swap(SessionRef session, std::string key, std::optional<std::string> expected,
                                       std::string value, RawPutOptions options) {
  co_await check_entry(*session, key, value);
  co_await check_ttl(options.ttl);
  if (!session->atomic) {
    co_return std::unexpected(Error(ErrorKind::kInvalidArgument,
                                    "compare_and_swap needs a handle from RawClient::atomic(), and so do all other "
                                    "writers of its keys"));
  }
  const RequestFor<pb::RawCASRequest> request(*session, std::move(key));
  request->set_value(proto::without_slack(std::move(value)));
  request->set_ttl(static_cast<std::uint64_t>(options.ttl.count()));
  if (expected) {
    request->set_previous_value(proto::without_slack(std::move(*expected)));
  } else {
    request->set_previous_not_exist(true);
  }
  pb::RawCASResponse response;
  route::Retry retry = session->router.retry(session->budget);
  // Never sent again once it may have arrived.
  const route::SendOptions once{.idempotent = false};
  const route::Router::Sent sent =
      co_await session->router.send_to_key(retry, request->key(), *request, response, once).or_return();
  co_await judge_write<pb::RawCASRequest>(retry, response, sent);
  RawSwap swap;
  swap.swapped = response.succeed();
  if (!response.previous_not_exist()) swap.previous = std::move(*response.mutable_previous_value());
  co_return std::move(swap);
}

}  // namespace tikv::raw
