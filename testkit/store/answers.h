#pragma once

#include <utility>

#include "testkit/store/failure.h"

namespace tikv::testing::store {

/// A failure as one of several keys' errors, where there is no place for a region error.
inline proto::kvrpcpb::KeyError key_error_of(Failure failure) {
  if (failure.kind == FailureKind::kRegion) failure.key_error.set_abort(failure.region_error.message());
  return std::move(failure.key_error);
}

/// Puts a failure into an answer with one key error.
template <class Response>
void set_failure(Response& response, Failure failure) {
  if (failure.kind == FailureKind::kRegion) {
    *response.mutable_region_error() = std::move(failure.region_error);
  } else {
    *response.mutable_error() = std::move(failure.key_error);
  }
}

/// Into an answer with a list of key errors.
template <class Response>
void add_failure(Response& response, Failure failure) {
  if (failure.kind == FailureKind::kRegion) {
    *response.mutable_region_error() = std::move(failure.region_error);
  } else {
    *response.add_errors() = std::move(failure.key_error);
  }
}

/// Into an answer whose error is text.
template <class Response>
void set_failure_text(Response& response, Failure failure) {
  if (failure.kind == FailureKind::kRegion) {
    *response.mutable_region_error() = std::move(failure.region_error);
  } else {
    response.set_error(failure.key_error.abort());
  }
}

}  // namespace tikv::testing::store
