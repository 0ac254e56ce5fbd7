#include "certificates/files.h"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace tikv::testing {

CertificateFiles::CertificateFiles() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tikv-certificates-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for certificates");
  folder_ = pattern;
}

CertificateFiles::~CertificateFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void CertificateFiles::put(const std::string& name, const std::string& text) const {
  const std::filesystem::path draft = folder_ / (name + ".new");
  std::ofstream(draft, std::ios::binary) << text;
  std::filesystem::rename(draft, folder_ / name);
}

}  // namespace tikv::testing
