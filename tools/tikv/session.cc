#include "session.h"

#include <tikv/config_file.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace tikv::cli {
namespace {

std::string bytes_of(std::string_view what, std::string_view text, Form form) {
  if (text.ends_with('\0')) text.remove_suffix(1);  // of `Parser::parse`
  Result<std::string> bytes = parse_bytes(text, form);
  if (!bytes) throw Failure(Exit::kUsage, std::string(what) + ": " + bytes.error().message());
  return *std::move(bytes);
}

std::string all_of(std::istream& stream) {
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes = all_of(file);
  if (!file.is_open() || file.bad()) throw Failure(Exit::kFile, "can't read " + path);
  return bytes;
}

std::vector<std::string> endpoints_of(const std::vector<std::string>& lists) {
  std::vector<std::string> endpoints;
  for (const std::string& list : lists) {
    std::istringstream stream(list);
    for (std::string endpoint; std::getline(stream, endpoint, ',');) {
      if (!endpoint.empty()) endpoints.push_back(endpoint);
    }
  }
  return endpoints;
}

void refuse_in_shell(const Session& session) {
  if (session.in_shell) throw Failure(Exit::kUsage, "in the shell the input is for commands: give it as arguments");
}

}  // namespace

ClientOptions client_options(const Connection& connection) {
  ClientOptions options;
  if (!connection.config.empty()) options = value_or_fail(load_options(connection.config));
  if (!connection.pd.empty()) options.pd_endpoints = endpoints_of(connection.pd);
  if (!connection.ca.empty()) options.tls.ca_path = connection.ca;
  if (!connection.cert.empty()) options.tls.cert_path = connection.cert;
  if (!connection.key.empty()) options.tls.key_path = connection.key;
  if (!connection.verify_cn.empty()) options.tls.verify_cn = connection.verify_cn;
  if (options.pd_endpoints.empty())
    throw Failure(Exit::kUsage, "which cluster? give --pd HOST:PORT or --config FILE, or set TIKV_PD");
  return options;
}

Client& Session::client(std::chrono::milliseconds timeout) {
  if (client_) return *client_;
  options_ = client_options(connection);
  Task<Result<Client>> connecting = Client::connect(options_);
  const Interrupt::Running running(interrupt_);
  if (timeout.count() > 0) connecting = std::move(connecting).with_timeout(timeout);
  client_ = std::make_unique<Client>(value_or_fail(std::move(connecting).with_stop(running.token()).get()));
  return *client_;
}

std::string Context::key(std::string_view text) const { return bytes_of("key", text, settings_.key_form); }

std::string Context::value(std::string_view text) const {
  if (text == "-") {
    refuse_in_shell(session_);
    return all_of(session_.in());
  }
  if (text.starts_with('@')) return file_bytes(std::string(text.substr(1)));
  return bytes_of("value", text, settings_.value_form);
}

std::vector<std::string> Context::input_lines() const {
  refuse_in_shell(session_);
  std::vector<std::string> lines;
  for (std::string line; std::getline(session_.in(), line);) lines.push_back(line);
  return lines;
}

std::string Context::print_key(std::string_view key) const {
  return print_bytes(key, settings_.key_output.value_or(settings_.key_form));
}

std::string Context::print_value(std::string_view value) const {
  return print_bytes(value, settings_.value_output.value_or(settings_.value_form));
}

void Context::answer(const Json& object, std::string_view text) {
  if (json()) {
    out() << object.dump() << '\n';
  } else {
    out() << text << '\n';
  }
}

void Context::done() {
  if (json()) {
    out() << Json(Json::Object{{"ok", true}}).dump() << '\n';
  } else if (!settings_.quiet) {
    out() << "ok\n";
  }
}

void Context::note(std::string_view text) {
  if (!settings_.quiet) session_.err() << text << '\n';
}

}  // namespace tikv::cli
