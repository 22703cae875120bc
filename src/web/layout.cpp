#include "web/layout.h"

#include "core/dates.h"
#include "web/chart.h"

namespace bindery::web {
namespace {

struct Entry {
    const char* path;
    const char* name;
};
constexpr Entry kMenu[] = {{"/", "Overview"}, {"/runs", "Runs"}, {"/effects", "Effects"}, {"/conflicts", "Conflicts"}, {"/quarantine", "Quarantine"}, {"/search", "Search"}};

Html menu(const Frame& frame) {
    if (frame.form_token.empty()) return {};
    Html entries;
    for (const auto& entry : kMenu) {
        const bool here = frame.here == entry.path;
        entries += tag("li", here ? tag("a", {{"href", entry.path}, {"aria-current", "page"}}, entry.name) : tag("a", {{"href", entry.path}}, entry.name));
    }
    return tag("nav", {{"aria-label", "Pages"}}, tag("ul", entries)) + button_form("/logout", frame.form_token, {}, "Log out");
}

}  // namespace

std::string document(const Frame& frame, const Html& content) {
    const Html head = lone_tag("meta", {{"charset", "utf-8"}}) + lone_tag("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
                      lone_tag("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) + tag("title", frame.title + " · Bindery") +
                      lone_tag("link", {{"rel", "stylesheet"}, {"href", "/style.css"}});
    Html body = tag("a", {{"class", "skip"}, {"href", "#main"}}, "Skip to the content");
    body += tag("header", tag("p", {{"class", "brand"}}, frame.form_token.empty() ? Html("Bindery") : link_to("/", "Bindery")) + menu(frame));
    Html main;
    if (!frame.notice.empty()) main += tag("p", {{"class", "notice"}, {"role", "status"}}, sentence(frame.notice));
    main += tag("h1", frame.title) + content;
    body += tag("main", {{"id", "main"}, {"tabindex", "-1"}}, main);
    if (!frame.foot.empty()) body += tag("footer", frame.foot);
    return "<!DOCTYPE html>\n" + tag("html", {{"lang", "en"}}, tag("head", head) + tag("body", body)).text() + "\n";
}

Html data_table(const std::string& caption, const std::vector<std::string>& columns, const std::vector<std::vector<Html>>& rows) {
    // Roles are said aloud, for browsers that forget them where a narrow screen lays rows out as blocks.
    Html heads, lines;
    for (const auto& column : columns) heads += tag("th", {{"scope", "col"}, {"role", "columnheader"}}, column);
    for (const auto& row : rows) {
        Html cells;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string& column = columns[i];
            cells += i == 0 ? tag("th", {{"scope", "row"}, {"role", "rowheader"}, {"data-label", column}}, row[i]) : tag("td", {{"role", "cell"}, {"data-label", column}}, row[i]);
        }
        lines += tag("tr", {{"role", "row"}}, cells);
    }
    const Html head = tag("thead", {{"role", "rowgroup"}}, tag("tr", {{"role", "row"}}, heads));
    return tag("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", caption}},
               tag("table", {{"role", "table"}}, tag("caption", caption) + head + tag("tbody", {{"role", "rowgroup"}}, lines)));
}

Html facts(const std::vector<std::pair<std::string, Html>>& pairs) {
    Html out;
    for (const auto& [term, value] : pairs) {
        if (!value.empty()) out += tag("div", tag("dt", term) + tag("dd", value));
    }
    return tag("dl", out);
}

Html time_tag(const std::string& text, const std::string& zone) {
    const auto time = read_rfc3339(text);
    return time ? time_tag(*time, zone) : Html(text.empty() ? "–" : text);
}

Html time_tag(WallTime time, const std::string& zone) {
    std::string local = local_time_in_zone(time, zone);
    if (const auto at = local.find('T'); at != std::string::npos) local[at] = ' ';
    return tag("time", {{"datetime", rfc3339(time)}}, local);
}

Html outcome_badge(const std::string& outcome) {
    const std::string shown = outcome.empty() ? "under way" : outcome;
    return tag("span", {{"class", "badge " + tone_of(outcome)}}, tag("span", {{"aria-hidden", "true"}}, sign_of(outcome) + " ") + shown);
}

Html sentence(std::string_view text) {
    Html out;
    while (true) {
        const auto open = text.find('`'), close = open == std::string_view::npos ? open : text.find('`', open + 1);
        if (close == std::string_view::npos) return out + Html(text);
        out += Html(text.substr(0, open)) + tag("code", text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
}

Html button_form(const std::string& path, const std::string& form_token, const std::vector<std::pair<std::string, std::string>>& fields, const std::string& label, const std::string& about) {
    Html inputs = lone_tag("input", {{"type", "hidden"}, {"name", "token"}, {"value", form_token}});
    for (const auto& [name, value] : fields) inputs += lone_tag("input", {{"type", "hidden"}, {"name", name}, {"value", value}});
    const Html hidden = about.empty() ? Html() : tag("span", {{"class", "unseen"}}, " " + about);
    return tag("form", {{"method", "post"}, {"action", path}}, inputs + tag("button", {{"type", "submit"}}, label + hidden));
}

}  // namespace bindery::web
