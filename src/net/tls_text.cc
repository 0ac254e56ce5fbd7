#include "net/tls_text.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

namespace tikv::net {
namespace {

struct ReasonRow {
  int reason;
  std::string_view text;
};

constexpr std::string_view kNoTls = "the server does not speak TLS";
constexpr std::string_view kNoCertificate =
    "the server asks for a client certificate (tls.cert_path), and was given none that it takes";
constexpr std::string_view kRefused = "the server refused this client's certificate";

// Reasons of SSL that say little to people. The alerts are the server's.
constexpr std::array kReasons = {
    ReasonRow{SSL_R_WRONG_VERSION_NUMBER, kNoTls},
    ReasonRow{SSL_R_HTTP_REQUEST, kNoTls},
    ReasonRow{SSL_R_PACKET_LENGTH_TOO_LONG, kNoTls},
    ReasonRow{SSL_R_RECORD_LENGTH_MISMATCH, kNoTls},
    ReasonRow{SSL_R_BAD_RECORD_TYPE, kNoTls},
    ReasonRow{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, kNoCertificate},
    ReasonRow{SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, kRefused},
    ReasonRow{SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, kRefused},
    ReasonRow{SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, kRefused},
    ReasonRow{SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, kRefused},
    ReasonRow{SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, kRefused},
    ReasonRow{SSL_R_TLSV1_ALERT_UNKNOWN_CA, kRefused},
    ReasonRow{SSL_R_TLSV1_ALERT_DECRYPT_ERROR, kRefused},
    ReasonRow{SSL_R_TLSV1_ALERT_ACCESS_DENIED, kRefused},
    // TLS 1.2's word for a missing certificate, among other things.
    ReasonRow{SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
              "the server refused the handshake (does it ask for a client certificate, tls.cert_path?)"},
    ReasonRow{SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "the server does not agree on HTTP/2 (ALPN h2)"},
    ReasonRow{SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the server wants another version of TLS than 1.2 or 1.3"},
    ReasonRow{SSL_R_UNSUPPORTED_PROTOCOL, "the server speaks only versions of TLS below 1.2"},
};

std::string reason_text(unsigned long code) {
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "error " + std::to_string(ERR_GET_REASON(code));
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!out || name == nullptr || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string time_text(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!out || time == nullptr || ASN1_TIME_print(out.get(), time) != 1) return "?";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_text(std::string_view bytes) {
  if (bytes.size() == 4) {
    std::string text;
    for (const char byte : bytes) {
      if (!text.empty()) text += '.';
      text += std::to_string(static_cast<unsigned char>(byte));
    }
    return text;
  }
  std::string text;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0 && i % 2 == 0) text += ':';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

std::string take_openssl_errors() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const std::string reason = reason_text(code);
    if (text.find(reason) != text.npos) continue;
    if (!text.empty()) text += ", ";
    text += reason;
  }
  return text;
}

std::string take_tls_failure() {
  const unsigned long code = ERR_peek_error();
  std::string_view meaning;
  for (const ReasonRow& row : kReasons)
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == row.reason) meaning = row.text;
  const std::string errors = take_openssl_errors();
  if (meaning.empty()) return errors.empty() ? "TLS failed" : "TLS failed: " + errors;
  return std::string(meaning) + ": " + errors;
}

std::string common_name(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  std::string name;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    if (size < 0) continue;
    name.assign(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  return name;
}

bool allows_name(std::span<const std::string> allowed, std::string_view name) {
  if (allowed.empty()) return true;
  return std::ranges::any_of(allowed, [&](const std::string& one) { return trimmed(one) == name; });
}

std::string names_of(const X509& certificate) {
  std::string text;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    std::string one;
    if (name->type == GEN_DNS) one = bytes_of(name->d.dNSName);
    if (name->type == GEN_IPADD) one = address_text(bytes_of(name->d.iPAddress));
    if (one.empty()) continue;
    if (!text.empty()) text += ", ";
    text += one;
  }
  GENERAL_NAMES_free(names);
  return text.empty() ? "valid for no host" : "valid for " + text;
}

std::string why_not_trusted(X509_STORE_CTX& store, std::string_view host) {
  const int error = X509_STORE_CTX_get_error(&store);
  const X509* certificate = X509_STORE_CTX_get_current_cert(&store);
  if (certificate == nullptr) certificate = X509_STORE_CTX_get0_cert(&store);
  std::string text = "the server's certificate ";
  if (certificate == nullptr) return text + "can't be checked: " + X509_verify_cert_error_string(error);
  text += "'" + name_text(X509_get_subject_name(certificate)) + "' ";
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return text + "is " + names_of(*certificate) + ", not for " + std::string(host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return text + "has expired at " + time_text(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return text + "is not valid before " + time_text(X509_get0_notBefore(certificate));
    default:
      return text + "is not trusted: " + X509_verify_cert_error_string(error) + " (issued by '" +
             name_text(X509_get_issuer_name(certificate)) + "')";
  }
}

}  // namespace tikv::net
