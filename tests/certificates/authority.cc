#include "certificates/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <utility>

namespace tikv::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

void check(bool good) {
  if (!good) throw std::runtime_error("OpenSSL can't make a certificate");
}

Key make_key() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  check(key != nullptr);
  return {key, &EVP_PKEY_free};
}

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  check(write(out.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string to_pem(const Certificate& certificate) {
  return written([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
}

std::string to_pem(const Key& key) {
  return written(
      [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/// Without extensions and signature.
Certificate draft(const Key& key, const std::string& name, std::chrono::seconds from, std::chrono::seconds until) {
  Certificate certificate(X509_new(), &X509_free);
  check(certificate != nullptr);
  X509* made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(made), from.count());
  X509_gmtime_adj(X509_getm_notAfter(made), until.count());
  X509_set_pubkey(made, key.get());
  if (!name.empty()) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  }
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

std::string alternative_names(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) {
    if (!text.empty()) text += ',';
    text += (is_address(host) ? "IP:" : "DNS:") + host;
  }
  return text;
}

constexpr std::chrono::seconds kDay{86'400};

void mark_authority(X509* certificate, X509* issuer) {
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
}

}  // namespace

Authority::Authority(const std::string& name) : key_(make_key()), certificate_(draft(key_, name, -kDay, kDay)) {
  mark_authority(certificate_.get(), certificate_.get());
  sign(certificate_.get(), certificate_.get(), key_.get());
  pem_ = to_pem(certificate_);
}

Authority::Authority(Key key, Certificate certificate)
    : key_(std::move(key)), certificate_(std::move(certificate)), pem_(to_pem(certificate_)) {}

Authority Authority::intermediate(const std::string& name) const {
  Key key = make_key();
  Certificate certificate = draft(key, name, -kDay, kDay);
  mark_authority(certificate.get(), certificate_.get());
  sign(certificate.get(), certificate_.get(), key_.get());
  return {std::move(key), std::move(certificate)};
}

Identity Authority::issue(const CertificateWish& wish) const {
  const Key key = make_key();
  const Certificate certificate = draft(key, wish.common_name, wish.valid_from, wish.valid_until);
  add_extension(certificate.get(), certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), certificate_.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  if (!wish.hosts.empty()) {
    add_extension(certificate.get(), certificate_.get(), NID_subject_alt_name, alternative_names(wish.hosts));
  }
  sign(certificate.get(), certificate_.get(), key_.get());
  return {to_pem(certificate), to_pem(key)};
}

std::string encrypted(const std::string& key_pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())),
                                                     &BIO_free);
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const auto* password = reinterpret_cast<const unsigned char*>("secret");
  return written([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), EVP_aes_256_cbc(), password, 6, nullptr, nullptr);
  });
}

}  // namespace tikv::testing
