#include "observe/span_scope.h"

namespace tikv::observe {

void SpanScope::begin(Tracer& tracer, detail::TaskContext& context, std::string_view name) {
  span_ = tracer.start_span(name, context.trace);
  if (!span_) return;
  own_ = span_->context();
  context_ = &context;
  before_ = context.trace;
  context.trace = &own_;
}

void SpanScope::finish() noexcept {
  context_->trace = before_;
  span_ = nullptr;
}

}  // namespace tikv::observe
