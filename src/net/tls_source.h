#pragma once

#include <tikv/error.h>
#include <tikv/tls.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/tls_context.h"

namespace tikv::net {

/// All that `TlsOptions` say, checked: fields, files and what is in them. `kInvalidArgument` names field and path.
Result<void> check_tls(const TlsOptions& options);

/// The certificates of one transport, as its files have them now. Loop thread only.
class TlsSource {
 public:
  enum class Event : std::uint8_t {
    kChanged,  ///< The files have changed, and new connections use what they hold now.
    kUseless,  ///< They can't be used, and new connections go on with the last good ones. Told once for each reason.
  };
  using Report = std::function<void(Event event, const std::string& detail)>;

  explicit TlsSource(TlsOptions options, Report report = {});

  /// For a new connection. Reads the files each time, which is little beside a handshake, and is right however they
  /// are replaced; time stamps would miss two changes in one tick of the file system's clock. If they can't be used,
  /// the last good ones stay; an error only if there were none.
  Result<std::shared_ptr<const TlsContext>> current();

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest_of(const TlsMaterial& material);
  Result<std::shared_ptr<const TlsContext>> keep(Error why);

  const TlsOptions options_;
  const Report report_;
  std::shared_ptr<const TlsContext> context_;
  Digest digest_{};           // of the material in context_
  std::string last_trouble_;  // that was reported
};

}  // namespace tikv::net
