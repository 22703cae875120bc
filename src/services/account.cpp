#include "services/account.h"

#include <openssl/evp.h>

#include <array>

namespace bindery {
namespace {

std::string short_hash(const std::string& text) {
    std::array<unsigned char, 32> digest{};
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
    static constexpr char kHex[] = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < 8; ++i) {
        hex += kHex[digest[i] >> 4];
        hex += kHex[digest[i] & 15];
    }
    return hex;
}

}  // namespace

Account make_account(const Service& service, const std::string& key, const std::string& contact) {
    Account account;
    account.service = &service;
    account.key = key;
    account.name = service.account.empty() ? service.base_url + "#" + short_hash(key) : service.account;
    account.user_agent = std::string("bindery/") + BINDERY_VERSION;
    if (!contact.empty()) account.user_agent += " (+" + contact + ")";
    return account;
}

std::vector<Bucket> buckets_for(const Service& service, const std::string& method, const std::string& path) {
    std::vector<Bucket> buckets;
    for (const auto& limit : service.limits) {
        if (!limit.matches(method, path)) continue;
        buckets.push_back({limit.name, usable_tokens(limit.tokens, service.keep_back), limit.per});
    }
    return buckets;
}

}  // namespace bindery
