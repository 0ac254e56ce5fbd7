#pragma once

#include <string>
#include <vector>

#include "table.h"

namespace google::protobuf {
class FileDescriptorSet;
}

namespace tikv::testing {

/// What a schema says, as sorted lines of text, one for each file, message, field, reserved range, enum, enum value and
/// rpc. Two schemas are the same if their lines are.
using SchemaFacts = std::vector<std::string>;

/// The facts that rows of proto/kvproto.tsv state.
SchemaFacts facts_of(const std::vector<Row>& rows);

/// The facts that compiled descriptors state, without the package prefix that the generator adds. Throws if the set
/// does not link.
SchemaFacts facts_of(const google::protobuf::FileDescriptorSet& set);

struct SchemaDifference {
  SchemaFacts missing;  ///< expected, not there
  SchemaFacts extra;    ///< there, not expected
};

SchemaDifference difference(const SchemaFacts& expected, const SchemaFacts& actual);

}  // namespace tikv::testing
