#include "pd/caller.h"

#include <utility>

#include "base/redact.h"
#include "pd/retry.h"
#include "pd/verdict.h"
#include "runtime/wait.h"

namespace tikv::pd {

namespace pdpb = proto::pdpb;

Error Header::error(const proto::Method& method, Redaction redaction) const {
  return Error(ErrorKind::kServer, "PD " + std::string(method.name()) + ": " + pdpb::ErrorType_Name(type) + ": " +
                                       base::redacted(message, redaction));
}

Task<net::Status> Caller::try_once(Exchange exchange, std::string address) {
  net::Call call(transport_, address, exchange.method, exchange.request, exchange.response);
  co_return co_await call;
}

Task<Result<Header>> Caller::perform(Exchange exchange) {
  Retry retry(loop_, directory_, options_, options_.retry_budget, "PD " + std::string(exchange.method.name()));
  directory_.refresh_if_old();
  for (;;) {
    co_await retry.ready().or_return();
    const std::string leader = directory_.leader();
    if (leader.empty()) continue;
    const std::uint64_t cluster_id = directory_.cluster_id().value_or(0);
    exchange.header.set_cluster_id(cluster_id);
    exchange.header.set_caller_id(options_.caller_id);
    exchange.response.Clear();
    const runtime::TimePoint start = loop_.now();
    const net::Status status =
        co_await try_once(exchange, leader).with_timeout(options_.request_timeout).with_stop(directory_.closing());
    const pdpb::ResponseHeader& header = *exchange.response_header(exchange.response);
    const Verdict verdict = judge(status, header, cluster_id);
    if (verdict.next == Next::kDone) {
      directory_.note_success();
      Header answer;
      answer.type = header.error().type();
      answer.message = header.error().message();
      co_return answer;
    }
    if (status.outcome == net::Outcome::kDeadline) directory_.suspect(leader);
    directory_.note_failure(leader, verdict.outcome, loop_.now() - start);
    retry.failed(leader, verdict, loop_.now() - start);
  }
}

}  // namespace tikv::pd
