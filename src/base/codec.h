#pragma once

#include <tikv/error.h>

#include <string>
#include <string_view>

namespace tikv::base {

/// The memory-comparable form of `bytes`, as TiKV keeps transactional keys and PD keeps their region borders: groups of
/// eight bytes, each followed by 0xFF minus the number of padding zeros, so that encoded keys order as plain keys do
/// and no key is a prefix of another. Costs one allocation of `(size / 8 + 1) * 9` bytes.
std::string encode_bytes(std::string_view bytes);
void encode_bytes_to(std::string_view bytes, std::string& out);

/// The inverse of `encode_bytes`. Bytes after the encoded key are an error: `kInvalidArgument`.
Result<std::string> decode_bytes(std::string_view encoded);

}  // namespace tikv::base
