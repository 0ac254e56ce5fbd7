#include "net/tls_material.h"

#include <openssl/crypto.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>

namespace tikv::net {
namespace {

// Far above any certificate store; a path that leads to something else should not fill the memory.
constexpr std::size_t kMaxFile = 16 << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::unexpected<Error> invalid(std::string message) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(message)));
}

std::unexpected<Error> unreadable(std::string_view part, const std::string& path, int error) {
  return invalid(origin(part, path) + " can't be read: " + std::generic_category().message(error));
}

/// One part: what it is called, and its two fields.
struct Part {
  std::string_view name;
  const std::string& path;
  const std::string& pem;
  bool given() const { return !path.empty() || !pem.empty(); }
};

Result<std::string> read_file(std::string_view part, const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return unreadable(part, path, errno);
  std::string text;
  char piece[4096];
  while (const std::size_t size = std::fread(piece, 1, sizeof piece, file.get())) {
    text.append(piece, size);
    if (text.size() > kMaxFile) return invalid(origin(part, path) + " is too large for certificates");
  }
  const int error = std::ferror(file.get()) != 0 ? errno : 0;
  OPENSSL_cleanse(piece, sizeof piece);
  if (error != 0) return unreadable(part, path, error);
  return text;
}

Result<std::string> read_part(const Part& part) {
  if (part.path.empty()) return part.pem;
  return read_file(part.name, part.path);
}

}  // namespace

TlsMaterial::~TlsMaterial() { OPENSSL_cleanse(key.data(), key.size()); }

std::string origin(std::string_view part, const std::string& path) {
  std::string text = "tls." + std::string(part);
  return path.empty() ? text + "_pem" : text + "_path '" + path + "'";
}

Result<void> check_fields(const TlsOptions& options) {
  const Part ca{"ca", options.ca_path, options.ca_pem};
  const Part cert{"cert", options.cert_path, options.cert_pem};
  const Part key{"key", options.key_path, options.key_pem};
  for (const Part& part : {ca, cert, key}) {
    const std::string name = "tls." + std::string(part.name);
    if (!part.path.empty() && !part.pem.empty()) return invalid(name + "_path and " + name + "_pem are both set");
  }
  if (cert.given() && !key.given()) return invalid(origin("cert", cert.path) + " is set without tls.key_path");
  if (key.given() && !cert.given()) return invalid(origin("key", key.path) + " is set without tls.cert_path");
  if (ca.given()) return {};
  if (cert.given()) return invalid(origin("cert", cert.path) + " is set without tls.ca_path, so TLS would be off");
  if (!options.verify_cn.empty()) return invalid("tls.verify_cn is set without tls.ca_path, so TLS would be off");
  return {};
}

Result<TlsMaterial> read_material(const TlsOptions& options) {
  TlsMaterial material;
  const struct {
    Part part;
    std::string& to;
  } rows[] = {{{"ca", options.ca_path, options.ca_pem}, material.ca},
              {{"cert", options.cert_path, options.cert_pem}, material.cert},
              {{"key", options.key_path, options.key_pem}, material.key}};
  for (const auto& row : rows) {
    Result<std::string> text = read_part(row.part);
    if (!text) return std::unexpected(std::move(text).error());
    row.to = *std::move(text);
  }
  return material;
}

}  // namespace tikv::net
