#include "observe/span_scope.h"

#include <utility>

namespace tikv::observe {

void SpanScope::begin(Tracer& tracer, detail::TaskContext& context, std::string_view name) {
  std::unique_ptr<Span> span = tracer.start_span(name, context.trace);
  if (!span) return;
  begun_ = std::make_unique<Begun>();
  begun_->own = span->context();
  begun_->span = std::move(span);
  begun_->context = &context;
  begun_->before = context.trace;
  context.trace = &begun_->own;
}

void SpanScope::finish() noexcept {
  begun_->context->trace = begun_->before;
  begun_ = nullptr;
}

}  // namespace tikv::observe
