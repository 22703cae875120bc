#include "store/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "core/error.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

[[noreturn]] void not_available() { throw Error(ErrorCode::internal, "HMAC-SHA256 isn't available", {}, Reach::process); }

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
    if (made == nullptr) not_available();
    return to_hex(std::string(digest.begin(), digest.begin() + size));
}

struct KeyedHash::Context {
    std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free};
    std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> keyed{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr, &EVP_MAC_CTX_free};
};

KeyedHash::KeyedHash(std::string_view key) : context_(std::make_unique<Context>()) {
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    if (!context_->keyed || EVP_MAC_init(context_->keyed.get(), bytes, key.size(), parameters.data()) != 1) not_available();
}

KeyedHash::~KeyedHash() = default;

std::string KeyedHash::of(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t size = 0;
    // A copy of what has the key and nothing else: OpenSSL before 3.0.3 doesn't begin anew when it's told to, and says that it has.
    const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> fresh{EVP_MAC_CTX_dup(context_->keyed.get()), &EVP_MAC_CTX_free};
    const bool made = fresh && EVP_MAC_update(fresh.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1 &&
                      EVP_MAC_final(fresh.get(), digest.data(), &size, digest.size()) == 1;
    if (!made) not_available();
    return to_hex(std::string(digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(size)));
}

}  // namespace bindery
