// Protobuf tells stderr of every text that is no UTF-8, which here is most of them.

#include <google/protobuf/stubs/logging.h>

namespace {

[[maybe_unused]] const auto previous = google::protobuf::SetLogHandler(nullptr);

}  // namespace
