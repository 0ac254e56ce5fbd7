#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

// What the client knows about an RPC before it looks at a message: where it goes and what it may do.
//
// tikv_methods.h and pd_methods.h hold the rows; this file needs no protobuf header, and neither do they: they only
// declare message types. Who fills a message includes its <tikv/proto/*.pb.h>.
namespace tikv::proto {

enum class Streaming : std::uint8_t {
  kNone,    ///< one request, one response
  kServer,  ///< one request, many responses
  kBoth,    ///< many of each
};

struct Method {
  /// ":path" of the gRPC call, as in "/tikvpb.Tikv/KvGet". Empty: there is no call of its own, only the arm.
  std::string_view path;
  /// Field number of the request in tikvpb.BatchCommandsRequest.Request, and of its response in
  /// tikvpb.BatchCommandsResponse.Response. 0: unary only.
  std::uint32_t batch_arm = 0;
  /// The server holds the same data afterwards as before: a lost response leaves nothing in doubt.
  bool is_read = false;
  /// Works on raw keys, which regions hold as they are; transactional keys are memory-comparable there.
  bool is_raw = false;
  /// A follower may answer when the request asks for that.
  bool follower_read = false;
  Streaming streaming = Streaming::kNone;

  /// The last part of the path, as in "KvGet": for logs, metrics and errors.
  constexpr std::string_view name() const { return path.substr(path.rfind('/') + 1); }
};

/// One row of a method table. A request that two methods share has a row in the table for one of them; the other is a
/// constant of its own beside the table.
template <class RequestMessage, class ResponseMessage>
struct Rpc {
  using Request = RequestMessage;
  using Response = ResponseMessage;
  Method method;
};

/// Rows, each of another request type.
template <class... Rows>
struct MethodTable : Rows... {
  static constexpr std::size_t size() { return sizeof...(Rows); }
};
template <class... Rows>
MethodTable(Rows...) -> MethodTable<Rows...>;

/// The row for `Request`; does not compile if the table has none.
template <class Request, class Response>
constexpr Rpc<Request, Response> row_of(const Rpc<Request, Response>& row) {
  return row;
}

/// Calls `visit` with each row in order.
template <class... Rows, class Visitor>
constexpr void for_each_row(const MethodTable<Rows...>& table, Visitor visit) {
  (visit(static_cast<const Rows&>(table)), ...);
}

/// A request type names its method and its response type:
///   MethodOf<kvrpcpb::GetRequest>::method.path == "/tikvpb.Tikv/KvGet", MethodOf<...>::Response is
///   kvrpcpb::GetResponse.
/// Defined by the header whose table has the request.
template <class Request>
struct MethodOf;

template <class Request>
using ResponseOf = typename MethodOf<Request>::Response;

template <class Request>
concept HasMethod = requires { typename MethodOf<Request>::Response; };

/// The response may carry an error that is about the region and not about the operation. The message has to be complete
/// where this is asked.
template <class Response>
concept HasRegionError = requires(const Response& response) {
  { response.has_region_error() } -> std::same_as<bool>;
  response.region_error();
};

/// The request carries kvrpcpb.Context: it goes to a region. The message has to be complete where this is asked.
template <class Request>
concept HasContext = requires(Request& request) { request.mutable_context()->set_region_id(1); };

// How rows are written.

constexpr Method reads(std::string_view path, std::uint32_t batch_arm = 0) {
  return {.path = path, .batch_arm = batch_arm, .is_read = true};
}
constexpr Method follower_reads(std::string_view path, std::uint32_t batch_arm = 0) {
  return {.path = path, .batch_arm = batch_arm, .is_read = true, .follower_read = true};
}
constexpr Method writes(std::string_view path, std::uint32_t batch_arm = 0) {
  return {.path = path, .batch_arm = batch_arm};
}
constexpr Method raw_reads(std::string_view path, std::uint32_t batch_arm = 0) {
  return {.path = path, .batch_arm = batch_arm, .is_read = true, .is_raw = true};
}
constexpr Method raw_writes(std::string_view path, std::uint32_t batch_arm = 0) {
  return {.path = path, .batch_arm = batch_arm, .is_raw = true};
}
constexpr Method streams(Streaming streaming, Method method) {
  method.streaming = streaming;
  return method;
}

}  // namespace tikv::proto
