#include "config/expand.h"

#include <algorithm>

namespace bindery {

namespace {

bool is_variable(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// What stands between the braces, in the environment's words.
Parsed<std::string> look_up(std::string_view inside, const Environment& environment) {
    const std::size_t colon = inside.find(":-");
    const std::string name(inside.substr(0, colon));
    if (!is_variable(name)) {
        return {{},
                "`${" + std::string(inside.substr(0, 40)) +
                    "}` names no variable; write ${NAME} or ${NAME:-default}, and $${ for the characters themselves"};
    }
    const auto found = environment.find(name);
    const bool has_default = colon != std::string_view::npos;
    const bool blank = found == environment.end() || found->second.find_first_not_of(" \t\r\n") == std::string::npos;
    if (!blank) return {found->second, {}};
    if (has_default) return {std::string(inside.substr(colon + 2)), {}};
    return {{}, "the environment variable " + name + (found == environment.end() ? " isn't set" : " is set, but empty") + "; set it (export " + name +
                    "=…), or write the value here in place of ${" + name + "}; a default would be ${" + name + ":-default}"};
}

}  // namespace

Parsed<std::string> expand(std::string_view text, const Environment& environment) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t dollar = text.find('$', at);
        if (dollar == std::string_view::npos) break;
        out += text.substr(at, dollar - at);
        const std::string_view rest = text.substr(dollar);
        if (rest.starts_with("$${")) {
            out += "${";
            at = dollar + 3;
        } else if (rest.starts_with("${")) {
            const std::size_t end = rest.find('}');
            if (end == std::string_view::npos)
                return {{}, "`${` has no closing `}`; write $${ for the characters themselves"};
            const Parsed<std::string> value = look_up(rest.substr(2, end - 2), environment);
            if (!value.value) return value;
            out += *value.value;
            at = dollar + end + 1;
        } else {
            out += '$';
            at = dollar + 1;
        }
    }
    if (at < text.size()) out += text.substr(at);
    return {out, {}};
}

}  // namespace bindery
