#pragma once

#include <tikv/error.h>
#include <tikv/options.h>

#include <string>
#include <string_view>
#include <vector>

namespace tikv {

/// Options from a TOML file with client-go's keys; docs/configuration.md lists them all.
///
///   path = "tikv://10.0.0.1:2379,10.0.0.2:2379"
///   [tikv-client]
///   grpc-keepalive-time = "10s"
///
/// What the file does not set stays as it is in `defaults`; what the program sets afterwards counts more than the file.
/// Errors (`kInvalidArgument`) are unknown keys, values of the wrong type and values outside their limits. The message
/// names the file, the line and column and the key of each of them, the first `kMaxConfigErrors`, and of unknown keys
/// the one that may have been meant. There are no options then: a file counts as a whole, or not at all. A file that
/// can't be read, or is larger than 64 KiB, is an error too. Blocks for the file; any thread.
Result<ClientOptions> load_options(const std::string& path, ClientOptions defaults = {});

/// The same from the text of such a file. `name` is what messages call it.
Result<ClientOptions> parse_options(std::string_view text, ClientOptions defaults = {},
                                    std::string_view name = "configuration");

inline constexpr std::size_t kMaxConfigErrors = 10;

/// The PD endpoints of a URL as other tools of TiKV have it, `tikv://host:port,host:port?disableGC=true`. `disableGC`
/// may be there, and says nothing to this client, which never collects garbage by itself. `kInvalidArgument` for what
/// is no such URL, and for a `keyspaceName` that is not empty: this client knows no keyspaces yet, and would show the
/// keys of another one.
Result<std::vector<std::string>> parse_path(std::string_view path);

}  // namespace tikv
