#include "net/tls_source.h"

#include <openssl/sha.h>

#include <utility>

namespace tikv::net {

Result<void> check_tls(const TlsOptions& options) {
  if (auto good = check_fields(options); !good || !options.enabled()) return good;
  const Result<std::shared_ptr<const TlsContext>> context = TlsSource(options).current();
  if (!context) return std::unexpected(context.error());
  return {};
}

TlsSource::TlsSource(TlsOptions options, Report report) : options_(std::move(options)), report_(std::move(report)) {}

TlsSource::Digest TlsSource::digest_of(const TlsMaterial& material) {
  // Each part by itself first, so that nothing can move from one to the next unseen.
  std::array<Digest, 3> parts{};
  const std::string* const texts[] = {&material.ca, &material.cert, &material.key};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    SHA256(reinterpret_cast<const unsigned char*>(texts[i]->data()), texts[i]->size(), parts[i].data());
  }
  Digest whole{};
  SHA256(parts[0].data(), sizeof parts, whole.data());
  return whole;
}

Result<std::shared_ptr<const TlsContext>> TlsSource::current() {
  Result<TlsMaterial> material = read_material(options_);
  if (!material) return keep(std::move(material).error());
  const Digest digest = digest_of(*material);
  if (context_ && digest == digest_) {
    last_trouble_.clear();
    return context_;
  }
  Result<std::shared_ptr<const TlsContext>> made = TlsContext::make(options_, *material);
  if (!made) return keep(std::move(made).error());
  if (context_ && report_) report_(Event::kChanged, (*made)->summary());
  context_ = *std::move(made);
  digest_ = digest;
  last_trouble_.clear();
  return context_;
}

Result<std::shared_ptr<const TlsContext>> TlsSource::keep(Error why) {
  if (!context_) return std::unexpected(std::move(why));
  if (why.message() != last_trouble_) {
    last_trouble_ = why.message();
    if (report_) report_(Event::kUseless, last_trouble_);
  }
  return context_;
}

}  // namespace tikv::net
