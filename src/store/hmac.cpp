#include "store/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "core/error.h"
#include "store/sqlite_file.h"

namespace bindery {

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
    if (made == nullptr) throw Error(ErrorCode::internal, "HMAC-SHA256 isn't available", {}, Reach::process);
    return to_hex(std::string(digest.begin(), digest.begin() + size));
}

}  // namespace bindery
