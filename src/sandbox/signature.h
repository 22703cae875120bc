#pragma once

#include <string>
#include <string_view>

namespace bindery::sandbox {

// "sha256=" and the hex HMAC-SHA256 of the raw body, as both services put it into their signature header.
std::string signature(std::string_view secret, std::string_view body);

}  // namespace bindery::sandbox
