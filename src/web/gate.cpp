#include "web/gate.h"

#include <algorithm>

namespace bindery::web {
namespace {

// Who speaks through a proxy didn't come from this machine, whatever the address says.
bool tells_of_a_proxy(std::string_view name) {
    for (const std::string_view part : {"forwarded", "proxy", "client-ip", "clientip", "connecting-ip", "real-ip", "user-ip", "remote-addr", "remote-ip", "external-address"}) {
        if (name.find(part) != std::string_view::npos) return true;
    }
    return name == "via" || name.starts_with("x-original-") || name.starts_with("x-rewrite-") || name == "x-host" || name == "cdn-loop";
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool decode(std::string_view text, std::string& into) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            into += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high * 16 + low == 0) return false;
        into += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return true;
}

bool is_other_site(const Gate& gate, const Request& request) {
    const std::string site = request.header("sec-fetch-site");
    if (!site.empty() && site != "same-origin" && site != "none") return true;
    // Without a referrer browsers send "null" with a form of our own.
    const std::string origin = request.header("origin");
    if (origin.empty() || origin == "null") return false;
    constexpr std::string_view kScheme = "http://";
    return !origin.starts_with(kScheme) || !gate.is_ours(std::string_view(origin).substr(kScheme.size()));
}

}  // namespace

bool Gate::is_ours(std::string_view host) const {
    const std::string given = lower(host);
    const std::string ours = ":" + std::to_string(port);
    for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) {
        if (given == name + ours || (port == 80 && given == name)) return true;
    }
    return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& added) {
        const std::string name = lower(added);
        const bool has_port = name.find_last_of(':') != std::string::npos && name.back() != ']';
        return given == (has_port ? name : name + ours) || (!has_port && port == 80 && given == name);
    });
}

std::string refusal(const Gate& gate, const Request& request) {
    int hosts = 0;
    for (const auto& [name, value] : request.headers) {
        if (tells_of_a_proxy(name)) return "These pages are for this machine alone and aren't served through a proxy.";
        if (name != "host") continue;
        ++hosts;
        if (!gate.is_ours(value)) return "This address isn't one of ours: open http://127.0.0.1:" + std::to_string(gate.port) + "/";
    }
    if (hosts != 1) return "A request needs one Host header.";
    const bool reads = request.method == "GET" || request.method == "HEAD";
    return !reads && is_other_site(gate, request) ? "This was sent from another site's page." : "";
}

std::string cookie(const Request& request, std::string_view name) {
    std::string found;
    int times = 0;
    for (const auto& [header, line] : request.headers) {
        if (header != "cookie") continue;
        std::string_view rest = line;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            const std::string_view pair = trim(rest.substr(0, end));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            const auto equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
            found = pair.substr(equals + 1);
            ++times;
        }
    }
    return times == 1 ? found : "";
}

bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
    return difference == 0;
}

Form read_form(std::string_view body) {
    Form form;
    while (!body.empty()) {
        const auto end = body.find('&');
        const std::string_view pair = body.substr(0, end);
        body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        std::string name, value;
        form.broken = form.broken || !decode(pair.substr(0, equals), name) || (equals != std::string_view::npos && !decode(pair.substr(equals + 1), value));
        form.fields.emplace_back(std::move(name), std::move(value));
    }
    return form;
}

std::string url_part(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace bindery::web
