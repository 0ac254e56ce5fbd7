// tikv raw ...

#include <tikv/raw.h>

#include <CLI/App.hpp>
#include <array>
#include <chrono>
#include <cstdio>

#include "answers.h"
#include "arguments.h"
#include "command.h"
#include "session.h"

namespace tikv::cli {
namespace {

/// What all of them have.
class RawCommand : public Command {
 public:
  void describe(CLI::App& app) override {
    describe_arguments(app);
    app.add_option("--cf", column_family_, "Column family: default, write or lock");
  }

 protected:
  virtual void describe_arguments(CLI::App& app) = 0;
  RawClient raw(Context& context) const {
    RawClient raw = context.client().raw();
    return column_family_.empty() ? raw : raw.with_column_family(column_family_);
  }

 private:
  std::string column_family_;
};

class RawWrite : public RawCommand {
 public:
  void describe(CLI::App& app) override {
    RawCommand::describe(app);
    app.add_flag("--atomic", atomic_, "In one order with compare-and-swap, and never sent twice");
  }

 protected:
  RawClient raw(Context& context) const {
    const RawClient raw = RawCommand::raw(context);
    return atomic_ ? raw.atomic() : raw;
  }

 private:
  bool atomic_ = false;
};

/// --ttl of writes.
struct TtlArgument {
  std::int64_t seconds = 0;
  void describe(CLI::App& app) {
    app.add_option("--ttl", seconds, "Seconds until the key goes away by itself; 0 for never")->capture_default_str();
  }
  RawPutOptions options() const { return {.ttl = std::chrono::seconds(seconds)}; }
};

class RawGet : public RawCommand {
  void describe_arguments(CLI::App& app) override {
    app.add_option("KEY", key_)->required();
    app.add_flag("-n,--no-newline", no_newline_, "No line end after the value");
  }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    return answer_value(context, key, context.wait(raw(context).get(key)), !no_newline_);
  }
  std::string key_;
  bool no_newline_ = false;
};

class RawPut : public RawWrite {
  void describe_arguments(CLI::App& app) override {
    app.add_option("KEY", key_)->required();
    app.add_option("VALUE", value_, "The value; - for all of stdin, @FILE for a file's bytes")->required();
    ttl_.describe(app);
  }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    const std::string value = context.value(value_);
    context.wait(raw(context).put(key, value, ttl_.options()));
    context.done();
    return Exit::kOk;
  }
  std::string key_;
  std::string value_;
  TtlArgument ttl_;
};

class RawDelete : public RawWrite {
  void describe_arguments(CLI::App& app) override { app.add_option("KEY", key_)->required(); }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    context.wait(raw(context).remove(key));
    context.done();
    return Exit::kOk;
  }
  std::string key_;
};

class RawScanCommand : public RawCommand {
  void describe_arguments(CLI::App& app) override { scan_.describe(app); }
  Exit run(Context& context) override {
    const auto options = scan_options<RawScanOptions>(scan_);
    const KeyRange range = scan_.range.range(context);
    const RawClient client = raw(context);
    return answer_scan(context, scan_.reverse ? client.reverse_scan(range, options) : client.scan(range, options),
                       scan_);
  }
  ScanArguments scan_;
};

class RawBatchGet : public RawCommand {
  void describe_arguments(CLI::App& app) override { keys_.describe(app); }
  Exit run(Context& context) override {
    const std::vector<std::string> keys = keys_.keys(context);
    return answer_values(context, keys, context.wait(raw(context).batch_get(keys)));
  }
  KeyArguments keys_;
};

class RawBatchPut : public RawWrite {
  void describe_arguments(CLI::App& app) override {
    pairs_.describe(app);
    ttl_.describe(app);
  }
  Exit run(Context& context) override {
    const std::vector<KvPair> pairs = pairs_.pairs(context);
    context.wait(raw(context).batch_put(pairs, ttl_.options()));
    context.done();
    return Exit::kOk;
  }
  PairArguments pairs_;
  TtlArgument ttl_;
};

class RawBatchDelete : public RawWrite {
  void describe_arguments(CLI::App& app) override { keys_.describe(app); }
  Exit run(Context& context) override {
    const std::vector<std::string> keys = keys_.keys(context);
    context.wait(raw(context).batch_remove(keys));
    context.done();
    return Exit::kOk;
  }
  KeyArguments keys_;
};

class RawDeleteRange : public RawCommand {
  void describe_arguments(CLI::App& app) override {
    range_.describe(app);
    app.add_flag("--all", all_, "Needed where no range is given: every raw key there is");
  }
  Exit run(Context& context) override {
    if (range_.given() == all_)
      throw Failure(Exit::kUsage, all_ ? "--all and a range: which?" : "which keys? give a range, or --all");
    const KeyRange range = range_.range(context);
    context.wait(raw(context).remove_range(range));
    context.done();
    return Exit::kOk;
  }
  RangeArguments range_;
  bool all_ = false;
};

class RawCas : public RawCommand {
  void describe_arguments(CLI::App& app) override {
    app.add_option("KEY", key_)->required();
    app.add_option("VALUE", value_, "The new value; - for all of stdin, @FILE for a file's bytes")->required();
    auto* expect = app.add_option("--expect", expected_, "Write if this is stored (a value as VALUE is)");
    app.add_flag("--expect-absent", absent_, "Write if the key is absent")->excludes(expect);
    ttl_.describe(app);
    expect_ = expect;
  }
  Exit run(Context& context) override {
    const bool expect = expect_->count() > 0;
    if (!expect && !absent_) throw Failure(Exit::kUsage, "write if what? give --expect VALUE or --expect-absent");
    std::optional<std::string> expected;
    if (expect) expected = context.value(expected_);
    const std::string key = context.key(key_);
    const std::string value = context.value(value_);
    const RawSwap swap = context.wait(raw(context).atomic().compare_and_swap(key, expected, value, ttl_.options()));
    answer(context, key, swap);
    return swap.swapped ? Exit::kOk : Exit::kCondition;
  }
  static void answer(Context& context, const std::string& key, const RawSwap& swap) {
    if (context.json()) {
      const Json previous = swap.previous ? Json::bytes(*swap.previous) : Json();
      context.answer(Json::Object{{"key", Json::bytes(key)}, {"swapped", swap.swapped}, {"previous", previous}}, "");
    } else if (swap.swapped) {
      context.done();
    } else {
      context.note("not written: " + (swap.previous ? "stored is " + context.print_value(*swap.previous)
                                                    : std::string("the key is absent")));
    }
  }
  std::string key_;
  std::string value_;
  std::string expected_;
  CLI::Option* expect_ = nullptr;
  bool absent_ = false;
  TtlArgument ttl_;
};

class RawTtl : public RawCommand {
  void describe_arguments(CLI::App& app) override { app.add_option("KEY", key_)->required(); }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    const auto ttl = context.wait(raw(context).get_ttl(key));
    if (!ttl && !context.json()) {
      context.note("not found: " + context.print_key(key));
      return Exit::kNotFound;
    }
    const Json seconds = ttl && ttl->count() > 0 ? Json::number(static_cast<std::uint64_t>(ttl->count())) : Json();
    context.answer(Json::Object{{"key", Json::bytes(key)}, {"found", ttl.has_value()}, {"ttl_seconds", seconds}},
                   ttl && ttl->count() > 0 ? std::to_string(ttl->count()) + " s" : "never");
    return ttl ? Exit::kOk : Exit::kNotFound;
  }
  std::string key_;
};

class RawChecksumCommand : public RawCommand {
  void describe_arguments(CLI::App& app) override { range_.describe(app); }
  Exit run(Context& context) override {
    const KeyRange range = range_.range(context);
    const RawChecksum sum = context.wait(raw(context).checksum(range));
    char crc[17];
    std::snprintf(crc, sizeof crc, "%016llx", static_cast<unsigned long long>(sum.crc64_xor));
    const std::string kvs = std::to_string(sum.total_kvs);
    const std::string bytes = std::to_string(sum.total_bytes);
    context.answer(Json::Object{{"crc64_xor", crc},
                                {"total_kvs", Json::number(sum.total_kvs)},
                                {"total_bytes", Json::number(sum.total_bytes)}},
                   "crc64-xor " + std::string(crc) + "  keys " + kvs + "  bytes " + bytes);
    return Exit::kOk;
  }
  RangeArguments range_;
};

constexpr std::array kRawCommands = {
    CommandRow{"raw", "get", "The value of a key; exit code 1 if it is absent",
               "tikv raw get user/1\ntikv raw get --value-output text -n photo > photo.jpg", make_command<RawGet>},
    CommandRow{"raw", "put", "Writes a key",
               "tikv raw put user/1 Anna\ntikv raw put --ttl 3600 session/9 x\ntikv raw put photo @photo.jpg",
               make_command<RawPut>},
    CommandRow{"raw", "delete", "Removes a key, if it is there", "tikv raw delete user/1", make_command<RawDelete>},
    CommandRow{"raw", "scan", "The keys of a range, in order",
               "tikv raw scan --prefix user/ --limit 10\ntikv raw scan a b --reverse --keys-only",
               make_command<RawScanCommand>},
    CommandRow{"raw", "batch-get", "The values of many keys; exit code 1 if one is absent",
               "tikv raw batch-get user/1 user/2\ntikv raw batch-get < keys.txt", make_command<RawBatchGet>},
    CommandRow{"raw", "batch-put", "Writes many keys, not as one",
               "tikv raw batch-put user/1 Anna user/2 Ben\ntikv raw batch-put < pairs.tsv", make_command<RawBatchPut>},
    CommandRow{"raw", "batch-delete", "Removes many keys, not as one", "tikv raw batch-delete user/1 user/2",
               make_command<RawBatchDelete>},
    CommandRow{"raw", "delete-range", "Removes all keys of a range", "tikv raw delete-range --prefix user/",
               make_command<RawDeleteRange>},
    CommandRow{"raw", "cas", "Compare-and-swap; exit code 4 if it was not written",
               "tikv raw cas counter 2 --expect 1\ntikv raw cas lock me --expect-absent --ttl 30",
               make_command<RawCas>},
    CommandRow{"raw", "ttl", "When a key goes away by itself", "tikv raw ttl session/9", make_command<RawTtl>},
    CommandRow{"raw", "checksum", "A sum over a range, to compare clusters", "tikv raw checksum --prefix user/",
               make_command<RawChecksumCommand>},
};

}  // namespace

std::span<const CommandRow> raw_commands() { return kRawCommands; }

}  // namespace tikv::cli
