#pragma once
// A service with its key: what is needed to call it. The account is the unit of the token budget: every process that uses the
// same key at the same address shares it.
#include <string>
#include <vector>

#include "config/service.h"
#include "store/budget.h"

namespace bindery {

struct Account {
    const Service* service = nullptr;
    std::string key;   // the secret; empty when the service needs none
    std::string name;  // `account:`, else base URL + hash of the key
    std::string user_agent;
};

Account make_account(const Service& service, const std::string& key, const std::string& contact);

// The buckets that a call draws from: each limit that matches it, less what is kept back.
std::vector<Bucket> buckets_for(const Service& service, const std::string& method, const std::string& path);

}  // namespace bindery
