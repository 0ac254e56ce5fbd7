#include "schema_facts.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace tikv::testing {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view kPackagePrefix = "tikv.proto.";
constexpr std::string_view kImportFolder = "tikv/proto/";

std::string line(std::initializer_list<std::string_view> words) {
  std::string text;
  for (auto word : words) text.append(text.empty() ? "" : " ").append(word.empty() ? "-" : word);
  return text;
}

std::string_view yes_no(bool value) { return value ? "yes" : "no"; }

/// `comment` in the table means that only prose says so, which no descriptor shows.
std::string_view deprecated(const Row& row) { return yes_no(row["deprecated"] == "yes"); }

std::string without(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix))
    throw std::runtime_error(std::string(name) + " does not start with " + std::string(prefix));
  return std::string(name.substr(prefix.size()));
}

std::string imports_line(std::vector<std::string> imports) {
  std::sort(imports.begin(), imports.end());
  std::string text;
  for (const auto& name : imports) text += name + ",";
  return text;
}

// Lines of the table.

std::string fact_of(const Row& row) {
  const auto& kind = row["kind"];
  if (kind == "file") {
    auto imports = split(row["type"], ',');
    // Options for other languages, which the generator leaves out.
    std::erase_if(imports, [](const auto& name) {
      return name.empty() || name == "gogoproto/gogo.proto" || name == "rustproto.proto";
    });
    return line({kind, row["file"], row["message"], row["field"], imports_line(std::move(imports))});
  }
  if (kind == "reserved") {
    auto range = row["number"];
    if (!range.empty() && range.find('-') == std::string::npos) range += "-" + row["number"];
    return line({kind, row["file"], row["message"], row["field"], range});
  }
  if (kind == "field") {
    return line({kind, row["file"], row["message"], row["field"], row["number"], row["label"], row["type"],
                 row["oneof"], row["presence"], yes_no(row["packed"] == "yes"), deprecated(row)});
  }
  if (kind == "enum_value") {
    return line({kind, row["file"], row["message"], row["field"], row["number"], deprecated(row)});
  }
  if (kind == "rpc") {
    return line({kind, row["file"], row["message"], row["field"], row["type"], row["response"], row["client_streaming"],
                 row["server_streaming"], deprecated(row)});
  }
  if (kind == "message" || kind == "enum") return line({kind, row["file"], row["message"], deprecated(row)});
  throw std::runtime_error("unknown kind " + kind);
}

// Lines of the descriptors.

class Collector {
 public:
  explicit Collector(const pb::FileDescriptor& file) : file_(without(kImportFolder, file.name())) {
    std::vector<std::string> imports;
    for (int i = 0; i < file.dependency_count(); ++i) {
      imports.push_back(without(kImportFolder, file.dependency(i)->name()));
    }
    add({"file", file_, without(kPackagePrefix, file.package()), pb::FileDescriptor::SyntaxName(file.syntax()),
         imports_line(std::move(imports))});
    for (int i = 0; i < file.message_type_count(); ++i) collect(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) collect(*file.enum_type(i));
    for (int i = 0; i < file.service_count(); ++i) collect(*file.service(i));
  }

  SchemaFacts take() { return std::move(facts_); }

 private:
  void add(std::initializer_list<std::string_view> words) { facts_.push_back(line(words)); }

  static std::string type_name(const pb::FieldDescriptor& field) {
    if (field.is_map()) {
      return "map<" + type_name(*field.message_type()->map_key()) + "," +
             type_name(*field.message_type()->map_value()) + ">";
    }
    if (field.message_type() != nullptr) return without(kPackagePrefix, field.message_type()->full_name());
    if (field.enum_type() != nullptr) return without(kPackagePrefix, field.enum_type()->full_name());
    return field.type_name();
  }

  static std::string_view label(const pb::FieldDescriptor& field) {
    if (field.is_map()) return "map";
    return field.is_repeated() ? "repeated" : "optional";
  }

  static std::string_view presence(const pb::FieldDescriptor& field) {
    if (field.is_repeated()) return "n/a";
    return field.has_presence() ? "explicit" : "implicit";
  }

  void collect(const pb::Descriptor& message) {
    const auto name = without(kPackagePrefix, message.full_name());
    add({"message", file_, name, yes_no(message.options().deprecated())});
    for (int i = 0; i < message.field_count(); ++i) {
      const auto& field = *message.field(i);
      const auto* oneof = field.real_containing_oneof();
      add({"field", file_, name, field.name(), std::to_string(field.number()), label(field), type_name(field),
           oneof != nullptr ? oneof->name() : "", presence(field), yes_no(field.is_packed()),
           yes_no(field.options().deprecated())});
    }
    for (int i = 0; i < message.reserved_range_count(); ++i) {
      const auto& range = *message.reserved_range(i);  // its end is exclusive
      add({"reserved", file_, name, "", std::to_string(range.start) + "-" + std::to_string(range.end - 1)});
    }
    for (int i = 0; i < message.reserved_name_count(); ++i) {
      add({"reserved", file_, name, message.reserved_name(i), ""});
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
      if (!message.nested_type(i)->options().map_entry()) collect(*message.nested_type(i));
    }
    for (int i = 0; i < message.enum_type_count(); ++i) collect(*message.enum_type(i));
  }

  void collect(const pb::EnumDescriptor& enumeration) {
    const auto name = without(kPackagePrefix, enumeration.full_name());
    add({"enum", file_, name, yes_no(enumeration.options().deprecated())});
    for (int i = 0; i < enumeration.value_count(); ++i) {
      const auto& value = *enumeration.value(i);
      add({"enum_value", file_, name, value.name(), std::to_string(value.number()),
           yes_no(value.options().deprecated())});
    }
  }

  void collect(const pb::ServiceDescriptor& service) {
    const auto name = without(kPackagePrefix, service.full_name());
    for (int i = 0; i < service.method_count(); ++i) {
      const auto& method = *service.method(i);
      add({"rpc", file_, name, method.name(), without(kPackagePrefix, method.input_type()->full_name()),
           without(kPackagePrefix, method.output_type()->full_name()), yes_no(method.client_streaming()),
           yes_no(method.server_streaming()), yes_no(method.options().deprecated())});
    }
  }

  std::string file_;
  SchemaFacts facts_;
};

}  // namespace

SchemaFacts facts_of(const std::vector<Row>& rows) {
  SchemaFacts facts;
  for (const auto& row : rows) {
    if (row["scope"] == "required") facts.push_back(fact_of(row));
  }
  std::sort(facts.begin(), facts.end());
  return facts;
}

SchemaFacts facts_of(const pb::FileDescriptorSet& set) {
  pb::DescriptorPool pool;  // its own: nothing enters the process's generated pool
  SchemaFacts facts;
  for (const auto& proto : set.file()) {
    const auto* file = pool.BuildFile(proto);
    if (file == nullptr) throw std::runtime_error("does not link: " + proto.name());
    auto more = Collector(*file).take();
    facts.insert(facts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  std::sort(facts.begin(), facts.end());
  return facts;
}

SchemaDifference difference(const SchemaFacts& expected, const SchemaFacts& actual) {
  SchemaDifference result;
  std::set_difference(expected.begin(), expected.end(), actual.begin(), actual.end(),
                      std::back_inserter(result.missing));
  std::set_difference(actual.begin(), actual.end(), expected.begin(), expected.end(), std::back_inserter(result.extra));
  return result;
}

}  // namespace tikv::testing
