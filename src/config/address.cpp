// Calls (`GET /clients/{id}`) and base URLs.
#include <algorithm>
#include <charconv>

#include "config/scalar.h"

namespace bindery {

namespace {

// What stands between braces, in order; nullopt when the braces don't pair or a place has no proper name.
std::optional<std::vector<std::string>> places_of(std::string_view path) {
    std::vector<std::string> names;
    std::size_t at = 0;
    while ((at = path.find_first_of("{}", at)) != std::string_view::npos) {
        const std::size_t end = path.find_first_of("{}", at + 1);
        if (path[at] != '{' || end == std::string_view::npos || path[end] != '}') return std::nullopt;
        names.emplace_back(path.substr(at + 1, end - at - 1));
        if (!is_name(names.back())) return std::nullopt;
        at = end + 1;
    }
    return names;
}

bool is_plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
    });
}

int octet(std::string_view text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc{} && end == text.data() + text.size() && text.size() <= 3;
    return good && value >= 0 && value <= 255 ? value : -1;
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "[::1]") return true;
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t dot = host.find('.');
        parts.push_back(host.substr(0, dot));
        if (dot == std::string_view::npos) break;
        host.remove_prefix(dot + 1);
    }
    return parts.size() == 4 && parts[0] == "127" &&
           std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return octet(part) >= 0; });
}

bool is_port(std::string_view text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

std::vector<std::string> call_places(std::string_view path) {
    return places_of(path).value_or(std::vector<std::string>{});
}

Parsed<Call> parse_call(std::string_view text) {
    const std::string fault = "a call such as `GET /clients/{id}`";
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {{}, fault};
    const std::string_view method = text.substr(0, space);
    const std::string_view path = text.substr(space + 1);
    const std::vector<std::string> methods{"GET", "POST", "PUT", "PATCH", "DELETE"};
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
        return {{}, fault + " with the method " + listed(methods)};
    }
    if (!path.starts_with('/') || !is_plain(path)) return {{}, fault + ": one space, then a path that begins with /"};
    if (path.find_first_of("?#") != std::string_view::npos) return {{}, fault + "; parameters go to `query`"};
    if (path.find("/..") != std::string_view::npos || path.find("//") != std::string_view::npos) {
        return {{}, fault + ", without // and .."};
    }
    if (!places_of(path)) return {{}, fault + "; a {place} is a name in small letters"};
    return {Call{std::string(method), std::string(path)}, {}};
}

Parsed<std::string> parse_base_url(std::string_view text) {
    const std::string fault = "an address such as https://api.example.com/v1";
    const bool plain_http = text.starts_with("http://");
    if (!plain_http && !text.starts_with("https://")) return {{}, fault + " (https, or http to this machine)"};
    std::string_view rest = text.substr(plain_http ? 7 : 8);
    if (!is_plain(rest) || rest.find_first_of("\\\"<>{}") != std::string_view::npos) return {{}, fault};
    if (rest.find_first_of("?#") != std::string_view::npos) return {{}, fault + ", without ? and #"};
    const std::size_t slash = rest.find('/');
    const std::string_view authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos)
        return {{}, fault + ", without a user name or password; keys are secrets, see `auth`"};
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, colon);
    if (host.empty()) return {{}, fault};
    if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1)))
        return {{}, fault + "; its port is 1 to 65535"};
    if (plain_http && !is_loopback(host)) {
        return {{},
                "an https address: over plain http the key would travel in the clear; http is for this machine only "
                "(localhost, 127.0.0.1, [::1])"};
    }
    while (text.ends_with('/')) text.remove_suffix(1);
    return {std::string(text), {}};
}

std::optional<std::string> address_fault(std::string_view text) {
    const std::size_t mark = text.find('?');
    const std::string_view query = mark == std::string_view::npos ? std::string_view() : text.substr(mark);
    if (!is_plain(query) || query.find_first_of("#\\\"<>{}") != std::string_view::npos) return "an address such as https://alerts.example/push?token=…, without # and blanks";
    const auto address = parse_base_url(text.substr(0, mark));
    return address.value ? std::nullopt : std::optional(address.fault);
}

}  // namespace bindery
