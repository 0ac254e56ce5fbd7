#pragma once

#include <string>
#include <vector>

namespace tikv {

/// How a client and its cluster prove to each other who they are: the meaning of client-go's `config.Security`.
///
/// Connections are encrypted if a CA is given (`ca_path` or `ca_pem`), all of them, to PD and to the stores; without
/// one they are in plain text. TLS is 1.2 or newer, HTTP/2 must be agreed on (ALPN "h2"). A server is trusted if its
/// certificate chain ends at one of the CA's certificates, is valid now, and names the host of its address among its
/// subject alternative names (DNS names, or IP addresses for numeric hosts; the common name does not count).
///
/// Files are read again for each new connection, so certificates, key and CA can be replaced under a client that runs:
/// connections that exist live on, new ones take what the files hold by then. Files that make no sense together, such
/// as a new certificate beside the old key, leave what was read before in use. Reading happens on the io thread: the
/// files belong on a local disk.
///
/// `Client::connect` checks all of it first and answers with `kInvalidArgument` that names field and path. Two clients
/// of one process share none of it.
struct TlsOptions {
  /// File with the certificates that are trusted, PEM, one or more. client-go's `cluster-ssl-ca`.
  std::string ca_path;
  /// File with the client's certificate, PEM; certificates of intermediate authorities may follow it. Needs a key.
  /// Empty for clusters that don't ask for one. client-go's `cluster-ssl-cert`.
  std::string cert_path;
  /// File with the certificate's private key, PEM, not encrypted. client-go's `cluster-ssl-key`.
  std::string key_path;

  /// The same as text instead of a file; each excludes its file, and does not change.
  std::string ca_pem;
  std::string cert_pem;
  std::string key_pem;

  /// If it is not empty, the common name of a server's certificate must also be one of these, spaces around them
  /// aside. It is checked besides everything else. client-go carries the setting (`cluster-verify-cn`) and leaves the
  /// check to others; the rule is TiDB's and TiKV's for the certificates that they are shown.
  std::vector<std::string> verify_cn;

  /// Whether connections are encrypted.
  bool enabled() const noexcept { return !ca_path.empty() || !ca_pem.empty(); }
};

}  // namespace tikv
