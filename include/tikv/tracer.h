#pragma once

#include <tikv/trace_context.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

namespace tikv {

/// What a span is told about itself. Text is borrowed for the call. Never a key or a value.
using SpanValue = std::variant<std::string_view, std::int64_t, double, bool>;

/// One stretch of time within a trace. It ends when it is destroyed. Used on one thread at a time.
class Span {
 public:
  virtual ~Span() = default;
  /// What spans inside this one have for a parent, and what is sent to stores.
  virtual TraceContext context() const noexcept = 0;
  virtual void set_attribute(std::string_view name, SpanValue value) noexcept = 0;
  /// What the span stands for has failed.
  virtual void set_error(std::string_view what) noexcept = 0;
};

/// Where a client's spans go. Give one to `ClientOptions::tracer`; without, no spans are made, and a caller's trace
/// context is only passed on. Spans are "tikv.<operation>" for a call of the client, and inside it "tikv.attempt" for
/// each request to a store, "tikv.backoff" for each pause, "tikv.region_lookup", "tikv.store_lookup" and "tikv.tso" for
/// waits for PD.
///
/// Thread-safety: called on the client's io threads, at once if it has several. Must not block for long or throw.
class Tracer {
 public:
  virtual ~Tracer() = default;
  /// Begins a span now. `parent` null: the first of a new trace. Null for a span that is not to be recorded: then what
  /// is inside goes on with the parent.
  virtual std::unique_ptr<Span> start_span(std::string_view name, const TraceContext* parent) noexcept = 0;
};

}  // namespace tikv
