#pragma once

#include <tikv/task.h>
#include <tikv/tracer.h>

#include <memory>
#include <string_view>

namespace tikv::observe {

/// A span around a part of a coroutine: as long as it lives, what the coroutine awaits has it for a parent. Without a
/// tracer it does nothing and costs a null check. Scopes of one coroutine end in reverse order.
///
///   detail::TaskContext& context = co_await runtime::own_context();
///   observe::SpanScope span(observer.tracer(), context, "tikv.attempt");
class SpanScope {
 public:
  SpanScope(Tracer* tracer, detail::TaskContext& context, std::string_view name) {
    if (tracer != nullptr) begin(*tracer, context, name);
  }
  ~SpanScope() { end(); }
  SpanScope(const SpanScope&) = delete;
  SpanScope& operator=(const SpanScope&) = delete;

  /// Null if there is none: then nobody wants its attributes either.
  Span* span() const noexcept { return begun_ ? begun_->span.get() : nullptr; }
  /// Before the scope ends by itself.
  void end() noexcept {
    if (begun_) finish();
  }

 private:
  void begin(Tracer& tracer, detail::TaskContext& context, std::string_view name);
  void finish() noexcept;

  struct Begun {
    std::unique_ptr<Span> span;
    detail::TaskContext* context;
    const TraceContext* before;
    TraceContext own;
  };
  std::unique_ptr<Begun> begun_;  // apart, as most coroutines with a scope are in clients without a tracer
};

}  // namespace tikv::observe
