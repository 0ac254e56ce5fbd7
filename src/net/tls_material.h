#pragma once

#include <tikv/error.h>
#include <tikv/tls.h>

#include <string>

namespace tikv::net {

/// What `TlsOptions` lead to at one moment, as PEM. Clears the key from memory.
struct TlsMaterial {
  TlsMaterial() = default;
  TlsMaterial(TlsMaterial&&) = default;
  TlsMaterial& operator=(TlsMaterial&&) = default;
  ~TlsMaterial();
  std::string ca;
  std::string cert;  ///< Empty without a certificate of the client's own.
  std::string key;
};

/// `kInvalidArgument` for fields that don't go together; the files are not looked at.
Result<void> check_fields(const TlsOptions& options);

/// Reads the files. `kInvalidArgument` with field and path for one that can't be read.
Result<TlsMaterial> read_material(const TlsOptions& options);

/// "tls.ca_path '/etc/ca.pem'" or "tls.ca_pem": where a part comes from, for messages.
std::string origin(std::string_view part, const std::string& path);

}  // namespace tikv::net
