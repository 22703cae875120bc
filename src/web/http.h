#pragma once
// An inbound request and its reply as plain values. Nothing here knows libmicrohttpd.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.h"

namespace bindery::web {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;  // as sent
    std::string path;    // percent-decoded, without the query
    Pairs query;         // decoded, in order
    Pairs headers;       // names in lower case, in order; a name may come twice
    std::string body;    // as received

    // The first value of that name; empty when there's none.
    std::string header(std::string_view lower_name) const { return first(headers, lower_name); }
    std::string argument(std::string_view name) const { return first(query, name); }

    static std::string first(const Pairs& pairs, std::string_view name) {
        for (const auto& [key, value] : pairs) {
            if (key == name) return value;
        }
        return {};
    }
};

struct Reply {
    int status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body;
    Pairs headers;  // beside the content's type and length
};

// May be called from several threads at a time.
using Handler = std::function<Reply(const Request&)>;

}  // namespace bindery::web
