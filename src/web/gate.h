#pragma once
// What is refused before anything is looked at: requests that come by another name than ours, through a proxy, or from another site.
// Pure.
#include <cstdint>
#include <string>
#include <vector>

#include "web/http.h"

namespace bindery::web {

struct Gate {
    std::uint16_t port = 0;
    std::vector<std::string> hosts;  // names that `web.host` adds; with a port or without (then ours)

    // Is a Host header one of ours: localhost, 127.0.0.1, [::1] or an added name, with the port that it should have?
    bool is_ours(std::string_view host) const;
};

// Empty: let it in. Else a sentence for the 403; it repeats nothing of the request.
std::string refusal(const Gate& gate, const Request& request);

// The value of a cookie; empty when there's none, or more than one of that name.
std::string cookie(const Request& request, std::string_view name);

// Takes as long whatever differs. Texts of different length differ.
bool same_secret(std::string_view a, std::string_view b);

// `a=1&b=x+y`, percent-decoded, in order; `broken` by a bad escape or a NUL.
struct Form {
    Pairs fields;
    bool broken = false;
    std::string value(std::string_view name) const { return Request::first(fields, name); }
};
Form read_form(std::string_view body);

// For a path or a query's value: what isn't a letter, a digit or one of -._~ becomes %XX.
std::string url_part(std::string_view text);

}  // namespace bindery::web
