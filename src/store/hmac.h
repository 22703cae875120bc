#pragma once
// HMAC-SHA256 (OpenSSL), as 64 hex digits.
#include <string>
#include <string_view>

namespace bindery {

std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace bindery
