#pragma once

#include <filesystem>
#include <string>

#include "certificates/authority.h"

namespace tikv::testing {

/// A folder of a test's own with a CA, a certificate and a key in files; gone with the object.
class CertificateFiles {
 public:
  CertificateFiles();
  ~CertificateFiles();
  CertificateFiles(const CertificateFiles&) = delete;
  CertificateFiles& operator=(const CertificateFiles&) = delete;

  std::string ca() const { return path("ca.pem"); }
  std::string cert() const { return path("cert.pem"); }
  std::string key() const { return path("key.pem"); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  void put_ca(const std::string& pem) const { put("ca.pem", pem); }
  void put_identity(const Identity& identity) const {
    put("key.pem", identity.key);
    put("cert.pem", identity.cert);
  }
  /// Replaces a file at once, by renaming.
  void put(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace tikv::testing
