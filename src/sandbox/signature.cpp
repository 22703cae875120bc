#include "sandbox/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace bindery::sandbox {

std::string signature(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(), &length) == nullptr) {
    throw std::runtime_error("libcrypto could not compute an HMAC");
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "sha256=";
  for (unsigned int i = 0; i < length; ++i) {
    text += kHex[mac[i] >> 4U];
    text += kHex[mac[i] & 0x0FU];
  }
  return text;
}

}  // namespace bindery::sandbox
