#include "messages.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <fstream>

namespace tikv::testing {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

namespace {

/// Fields of answers that the recordings do not have.
constexpr std::array<std::string_view, 11> kLeftOut = {
    "tikv.proto.kvrpcpb.KeyError.debug_info",
    "tikv.proto.kvrpcpb.LockInfo.duration_to_last_update_ms",
    "tikv.proto.errorpb.Error.message",
    "tikv.proto.deadlock.WaitForEntry.wait_time",
    "tikv.proto.deadlock.WaitForEntry.resource_group_tag",
    "tikv.proto.metapb.Region.region_epoch",
    "tikv.proto.metapb.Region.peers",
    "tikv.proto.metapb.Region.encryption_meta",
    "tikv.proto.metapb.Region.is_in_flashback",
    "tikv.proto.metapb.Region.flashback_start_ts",
    "exec_details",
};

bool is_left_out(const FieldDescriptor& field) {
  if (field.name().starts_with("exec_details")) return true;
  for (const std::string_view name : kLeftOut) {
    if (field.full_name() == name) return true;
  }
  return false;
}

/// Texts that say nothing a client may rely on.
bool is_free_text(const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING || field.is_repeated()) return false;
  if (field.full_name() == "tikv.proto.kvrpcpb.KeyError.abort") return true;
  if (field.full_name() == "tikv.proto.kvrpcpb.KeyError.retryable") return true;
  return field.name() == "error" && field.type() == FieldDescriptor::TYPE_STRING;
}

/// Which neighbours follow the region that was asked depends on the history of splits.
void keep_first_region(Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  while (reflection.FieldSize(message, &field) > 1) reflection.RemoveLast(&message, &field);
}

void normalise_field(Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (is_left_out(field)) return reflection.ClearField(&message, &field);
  if (is_free_text(field)) return reflection.SetString(&message, &field, "*");
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  if (field.full_name() == "tikv.proto.errorpb.EpochNotMatch.current_regions") keep_first_region(message, field);
  if (!field.is_repeated()) return normalise(*reflection.MutableMessage(&message, &field));
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    normalise(*reflection.MutableRepeatedMessage(&message, &field, i));
  }
}

}  // namespace

Messages::Messages(const std::string& descriptor_set_file) {
  std::ifstream in(descriptor_set_file, std::ios::binary);
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromIstream(&in)) return;
  for (const auto& file : set.file()) pool_.BuildFile(file);
  service_ = pool_.FindServiceByName("tikv.proto.tikvpb.Tikv");
}

AnyMessage Messages::make(const Descriptor* type) { return AnyMessage(factory_.GetPrototype(type)->New()); }

AnyMessage Messages::request_of(std::string_view method) {
  const auto* found = service_->FindMethodByName(std::string(method));
  return found == nullptr ? nullptr : make(found->input_type());
}

AnyMessage Messages::response_of(std::string_view method) {
  const auto* found = service_->FindMethodByName(std::string(method));
  return found == nullptr ? nullptr : make(found->output_type());
}

std::string read_json(const boost::json::value& json, Message& message) {
  return google::protobuf::util::JsonStringToMessage(boost::json::serialize(json), &message).ToString() == "OK"
             ? std::string()
             : "not a " + message.GetTypeName() + ": " + boost::json::serialize(json);
}

void normalise(Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) normalise_field(message, *field);
}

std::string difference(const Message& recorded, const Message& given) {
  std::string report;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  if (differencer.Compare(recorded, given)) return {};
  return report + "recorded: " + recorded.ShortDebugString() + "\ngiven:    " + given.ShortDebugString();
}

}  // namespace tikv::testing
