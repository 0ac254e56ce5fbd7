#pragma once

#include <openssl/types.h>

#include <span>
#include <string>
#include <string_view>

// What OpenSSL knows about certificates and failures, in words.
namespace tikv::net {

/// What OpenSSL's calls on this thread have complained about since the queue was last empty, and empties it. Each
/// failed call is followed by this, so that one connection's failure is never told of another.
std::string take_openssl_errors();

/// The same after a failed handshake or a failed read or write, for people: what the server's alert means, that the
/// server speaks something else.
std::string take_tls_failure();

/// The subject's common name; the last one if there are several, as Go has it. Empty if there is none.
std::string common_name(const X509& certificate);

/// Whether `name` is among `allowed`, spaces around those aside. An empty list allows everything.
bool allows_name(std::span<const std::string> allowed, std::string_view name);

/// Why the chain in `store` is not trusted, after verification has failed. `host`: whom the certificate should be for.
std::string why_not_trusted(X509_STORE_CTX& store, std::string_view host);

/// "valid for a.example, 10.0.0.1": the subject alternative names.
std::string names_of(const X509& certificate);

}  // namespace tikv::net
