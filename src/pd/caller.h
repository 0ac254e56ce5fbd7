#pragma once

#include <tikv/proto/pdpb.pb.h>
#include <tikv/task.h>

#include <string>

#include "net/transport.h"
#include "pd/directory.h"
#include "pd/pd_client.h"
#include "proto/method.h"
#include "proto/pd_methods.h"
#include "runtime/loop.h"

namespace tikv::pd {

/// The header of a response that answers the call.
struct Header {
  proto::pdpb::ErrorType type = proto::pdpb::OK;
  std::string message;

  bool ok() const noexcept { return type == proto::pdpb::OK; }
  /// What the call fails with, if it can't do anything better with `type`.
  Error error(const proto::Method& method, Redaction redaction) const;
};

/// Unary calls to whoever leads PD, repeated until one answers. PD's calls all may be repeated: they read, or they set
/// something to a given value.
class Caller {
 public:
  Caller(runtime::Loop& loop, net::Transport& transport, Directory& directory, const PdOptions& options)
      : loop_(loop), transport_(transport), directory_(directory), options_(options) {}

  /// Fills in `response`. Both stay with the caller, who awaits.
  template <class Request, class Response>
  Task<Result<Header>> call(const proto::Method& method, Request& request, Response& response) {
    return perform({method, request, response, *request.mutable_header(),
                    [](const net::Message& message) { return &static_cast<const Response&>(message).header(); }});
  }
  template <class Request>
  Task<Result<Header>> call(Request& request, proto::ResponseOf<Request>& response) {
    return call(proto::MethodOf<Request>::method, request, response);
  }

 private:
  struct Exchange {
    const proto::Method& method;
    net::Message& request;
    net::Message& response;
    proto::pdpb::RequestHeader& header;
    const proto::pdpb::ResponseHeader* (*response_header)(const net::Message&);
  };
  Task<Result<Header>> perform(Exchange exchange);
  Task<net::Status> try_once(Exchange exchange, std::string address);

  runtime::Loop& loop_;
  net::Transport& transport_;
  Directory& directory_;
  const PdOptions& options_;
};

}  // namespace tikv::pd
