#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace tikv::testing {

using AnyMessage = std::unique_ptr<google::protobuf::Message>;

/// The messages of kvproto by the method that carries them, from a descriptor set.
class Messages {
 public:
  /// Not `ready` when the file is not a descriptor set.
  explicit Messages(const std::string& descriptor_set_file);

  bool ready() const { return service_ != nullptr; }

  AnyMessage request_of(std::string_view method);
  AnyMessage response_of(std::string_view method);

 private:
  AnyMessage make(const google::protobuf::Descriptor* type);

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
  const google::protobuf::ServiceDescriptor* service_ = nullptr;
};

/// Reads protobuf JSON with the field names of the .proto files. Empty: it worked.
std::string read_json(const boost::json::value& json, google::protobuf::Message& message);

/// Brings an answer, recorded or given, to the form in which answers are compared: free texts become "*", and what the
/// recordings leave out is left out.
void normalise(google::protobuf::Message& message);

/// Empty: they are equal.
std::string difference(const google::protobuf::Message& recorded, const google::protobuf::Message& given);

}  // namespace tikv::testing
