#include "transact.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace tikv::cli {
namespace {

using Kind = Operation::Kind;

Result<void> check(const Operation& operation, const std::optional<std::string>& stored) {
  const bool holds = operation.kind == Kind::kExpect         ? stored == operation.value
                     : operation.kind == Kind::kExpectAbsent ? !stored.has_value()
                                                             : stored.has_value();
  if (holds) return {};
  return std::unexpected(Error(ErrorKind::kAssertionFailed,
                               "line " + std::to_string(operation.line) + ": " + std::string(name_of(operation.kind)) +
                                   " " + print_bytes(operation.key, Form::kEscaped) + " does not hold"));
}

Task<Result<Answer>> run_operation(Transaction* transaction, const Operation* operation) {
  Answer answer;
  switch (operation->kind) {
    case Kind::kGet:
      answer.value = co_await transaction->get(operation->key).or_return();
      break;
    case Kind::kScan: {
      const KeyRange range(operation->key, operation->value);
      TransactionScan scan = transaction->scan(range, {.limit = operation->limit});
      answer.pairs = co_await scan.collect().or_return();
      break;
    }
    case Kind::kPut:
      if (auto put = transaction->put(operation->key, operation->value); !put) co_return std::unexpected(put.error());
      break;
    case Kind::kInsert:
      if (auto put = transaction->insert(operation->key, operation->value); !put)
        co_return std::unexpected(put.error());
      break;
    case Kind::kDelete:
      if (auto gone = transaction->remove(operation->key); !gone) co_return std::unexpected(gone.error());
      break;
    case Kind::kExpect:
    case Kind::kExpectAbsent:
    case Kind::kExpectExists: {
      const std::optional<std::string> stored = co_await transaction->get(operation->key).or_return();
      if (auto holds = check(*operation, stored); !holds) co_return std::unexpected(holds.error());
      break;
    }
  }
  co_return answer;
}

/// The pause after the n-th conflict: long enough for the other transaction to be through.
std::chrono::milliseconds pause_after(std::uint32_t conflicts) {
  return std::chrono::milliseconds(10 << std::min<std::uint32_t>(conflicts, 6));
}

}  // namespace

Task<Result<std::vector<Answer>>> run_script(Transaction* transaction, const Script* script) {
  std::vector<Answer> answers;
  for (const Operation& operation : *script) {
    Answer answer = co_await run_operation(transaction, &operation).or_return();
    answers.push_back(std::move(answer));
  }
  co_return answers;
}

Committed transact(Context& context, std::uint32_t attempts, const std::function<void(Transaction&)>& body) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    try {
      Transaction transaction = context.wait(context.client().begin());
      body(transaction);
      return context.wait(transaction.commit());
    } catch (const Failure& failure) {
      const bool again = failure.error && failure.error->advice() == Advice::kRetryTransaction;
      if (!again || attempt >= attempts) throw;
      if (context.settings().verbose) context.note("attempt " + std::to_string(attempt) + ": " + failure.message);
    }
    std::this_thread::sleep_for(pause_after(attempt));
  }
}

}  // namespace tikv::cli
