#pragma once
// HMAC-SHA256 (OpenSSL), as 64 hex digits.
#include <memory>
#include <string>
#include <string_view>

namespace bindery {

std::string hmac_sha256(std::string_view key, std::string_view bytes);

// For many texts under one key: preparing it costs several times what a short text does. One thread at a time.
class KeyedHash {
  public:
    explicit KeyedHash(std::string_view key);  // not an empty one
    ~KeyedHash();
    KeyedHash(const KeyedHash&) = delete;
    KeyedHash& operator=(const KeyedHash&) = delete;

    std::string of(std::string_view bytes);  // as hmac_sha256

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace bindery
