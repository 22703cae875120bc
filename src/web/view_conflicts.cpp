#include "store/page_lists.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

Html value_or(const std::optional<std::string>& value, const char* otherwise) { return value ? Html(*value) : tag("em", otherwise); }

Html word_button(const Look& look, const ConflictRow& conflict, const std::string& word, const std::string& label) {
    return button_form("/resolve", look.form_token, {{"id", std::to_string(conflict.id)}, {"seen", mark_of(conflict)}, {"take", word}}, label, "for conflict " + std::to_string(conflict.id));
}

Html value_form(const Look& look, const ConflictRow& conflict) {
    const std::string name = "value-" + std::to_string(conflict.id);
    const std::string about = "for conflict " + std::to_string(conflict.id);
    Html fields;
    for (const auto& [field, value] : {std::pair<const char*, std::string>{"token", look.form_token}, {"id", std::to_string(conflict.id)}, {"seen", mark_of(conflict)}}) {
        fields += lone_tag("input", {{"type", "hidden"}, {"name", field}, {"value", value}});
    }
    fields += tag("label", {{"for", name}}, Html("Another value ") + tag("span", {{"class", "unseen"}}, about)) +
              lone_tag("input", {{"type", "text"}, {"id", name}, {"name", "value"}, {"required", ""}, {"maxlength", "500"}, {"autocomplete", "off"}}) + " " +
              tag("button", {{"type", "submit"}}, Html("Take it") + tag("span", {{"class", "unseen"}}, " " + about));
    return tag("form", {{"method", "post"}, {"action", "/resolve"}}, fields);
}

Html choices(const Look& look, const ConflictRow& conflict) {
    Html out;
    if (conflict.kind == "match") {
        for (const auto& key : conflict.candidates) out += word_button(look, conflict, key, "The same as " + key);
        return out + word_button(look, conflict, "different", "Another one");
    }
    if (conflict.ours_value || conflict.kind == "gone") out += word_button(look, conflict, "ours", "Take ours");
    if (conflict.theirs_value || conflict.kind == "gone") out += word_button(look, conflict, "theirs", "Take theirs");
    return conflict.kind == "gone" ? out : out + value_form(look, conflict);
}

Html last_change(const Look& look, const nlohmann::json& changed) {
    if (!changed.is_object() || !changed.contains("at") || !changed["at"].is_string()) return {};
    return tag("div", {{"class", "quiet"}}, "changed " + time_tag(changed["at"].get<std::string>(), look.zone));
}

Html conflict_card(const Look& look, const ConflictRow& c) {
    const bool match = c.kind == "match";
    const char* none = c.kind == "gone" ? "gone" : "blank";
    const std::string what = match ? "which record is it?" : c.kind == "gone" ? "gone on one side" : c.field + (c.kind == "war" ? " swings to and fro" : "");
    Html candidates;
    if (match) {
        for (const auto& key : c.candidates) candidates += tag("div", record_link(look, c.ours, key) + Html(" " + record_words(look, c.ours, key)));
    }
    const auto side = [&](const std::string& dataset, const std::string& key, const std::optional<std::string>& value, const nlohmann::json& changed) {
        // Of a record that is gone on one side the values are hashes.
        const Html shown = c.kind == "gone" ? Html(value ? "is there" : "is gone") : value_or(value, none);
        return tag("div", {{"class", "value"}}, shown) + tag("div", {{"class", "quiet"}}, Html(dataset + " ") + record_link(look, dataset, key)) + last_change(look, changed);
    };
    std::string who = record_words(look, c.ours, c.ours_key);
    if (who.empty()) who = record_words(look, c.theirs, c.theirs_key);
    Html card = tag("h2", "Conflict " + std::to_string(c.id) + ": " + what);
    card += facts({{"Who", who},
                   {"Ours", match ? Html() : side(c.ours, c.ours_key, c.ours_value, c.ours_changed)},
                   {"Theirs", match ? Html(c.theirs + " ") + record_link(look, c.theirs, c.theirs_key) : side(c.theirs, c.theirs_key, c.theirs_value, c.theirs_changed)},
                   {"May be", candidates},
                   {"Agreed before", c.base && c.kind != "gone" ? Html(*c.base) : Html()},
                   {"Opened", time_tag(c.opened_at, look.zone) + " in " + run_link(c.opened_run) + " of " + c.job}});
    return tag("li", {{"class", "card"}}, card + choices(look, c));
}

}  // namespace

View conflicts_view(const Look& look) {
    const auto conflicts = PageLists(look.store).open_conflicts(number_argument(look.request, "after"), kPageRows);
    Html cards;
    for (const auto& conflict : conflicts) cards += conflict_card(look, conflict);
    View view{"Conflicts", "/conflicts", {}};
    view.content += tag("p", "Two books disagree, and no rule decides. What you choose is carried out by the job's next run.");
    view.content += cards.empty() ? tag("p", "None waits.") : tag("ul", {{"class", "cards"}, {"role", "list"}}, cards);
    if (static_cast<int>(conflicts.size()) == kPageRows) view.content += tag("p", link_to(address("/conflicts", {{"after", std::to_string(conflicts.back().id)}}), "Further ones"));
    return view;
}

View quarantine_view(const Look& look) {
    const auto lines = PageLists(look.store).quarantined(number_argument(look.request, "after"), kPageRows);
    std::vector<std::vector<Html>> rows;
    for (const auto& line : lines) {
        const Html document = line.document.empty() ? Html() : tag("details", tag("summary", "as received") + tag("pre", {{"tabindex", "0"}}, line.document.substr(0, 4000)));
        rows.push_back({record_link(look, line.dataset, line.key), line.dataset, line.reason, time_tag(line.first_at, look.zone), run_link(line.last_run), document});
    }
    View view{"Quarantine", "/quarantine", {}};
    view.content += tag("p", "What could not be taken in, with the reason. It leaves by itself when a later reading is right.");
    view.content += rows.empty() ? tag("p", "Empty.") : data_table("Records in quarantine", {"Key", "Dataset", "Reason", "Since", "Last seen", "Document"}, rows);
    if (static_cast<int>(lines.size()) == kPageRows) view.content += tag("p", link_to(address("/quarantine", {{"after", std::to_string(lines.back().id)}}), "Further ones"));
    return view;
}

}  // namespace bindery::web
