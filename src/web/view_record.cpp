#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "core/field.h"
#include "store/conflicts.h"
#include "store/datasets.h"
#include "store/ledger.h"
#include "store/record_by_key.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

constexpr std::size_t kMostHistory = 200, kMostEffects = 50;

bool ends_in_id(const std::string& name) { return name.size() > 3 && name.ends_with("_id"); }

// The values by which an effect may be known to be about a record.
std::vector<std::string> own_values(const Mapping& mapping, const RecordView& record) {
    std::vector<std::string> values{record.key};
    for (std::size_t i = 0; i < mapping.fields.size() && i < record.fields.size(); ++i) {
        const auto& value = record.fields[i].second;
        if (!value) continue;
        if (mapping.fields[i].match) {
            if (const auto key = match_key(mapping.fields[i].type, *value)) values.push_back(*key);
        }
        if (ends_in_id(mapping.fields[i].name)) values.push_back(*value);
    }
    return values;
}

Html history_part(const Look& look, const std::string& dataset, const std::string& key) {
    const auto changes = history(look.store, dataset, key);
    std::vector<std::vector<Html>> rows;
    for (auto change = changes.rbegin(); change != changes.rend() && rows.size() < kMostHistory; ++change) {
        rows.push_back({time_tag(change->at, look.zone), run_link(change->run), change->kind, change->field,
                        change->old_value.value_or(""), change->new_value.value_or("")});
    }
    return tag("h2", "History") + (rows.empty() ? tag("p", "Nothing is known.") : data_table("Changes, newest first", {"When", "Run", "What", "Field", "Was", "Became"}, rows));
}

Html effects_part(const Look& look, const Mapping& mapping, const RecordView& record) {
    auto effects = Ledger(look.store).about(own_values(mapping, record));
    std::sort(effects.begin(), effects.end(), [](const EffectRow& a, const EffectRow& b) { return a.first_run > b.first_run; });
    std::vector<std::vector<Html>> rows;
    for (const auto& effect : effects) {
        if (rows.size() == kMostEffects) break;
        rows.push_back({link_to(address("/effect", {{"id", effect.identity}}), effect.ref), effect.name, state_words(effect.state), run_link(effect.first_run), once_per_words(effect.once_per), effect.reason.value_or("")});
    }
    return tag("h2", "Why: what was done about it") +
           (rows.empty() ? tag("p", "No effect is about it.") : data_table("Effects about this record", {"Reference", "Effect", "State", "Decided in run", "Once per", "Why"}, rows));
}

Html conflicts_part(const Look& look, const std::string& dataset, const std::string& key) {
    std::vector<std::vector<Html>> rows;
    for (const auto& c : Conflicts(look.store).about(dataset, key)) {
        const std::string number = std::to_string(c.id);
        rows.push_back({c.state == "open" ? link_to(address("/conflicts", {{"after", std::to_string(c.id - 1)}}), number) : Html(number), c.kind, c.field, c.ours_value.value_or(""), c.theirs_value.value_or(""), c.state + (c.take ? ": " + *c.take : "")});
    }
    return rows.empty() ? Html() : tag("h2", "Conflicts") + data_table("Conflicts about this record", {"Number", "Kind", "Field", "Ours", "Theirs", "State"}, rows);
}

Html found_in(const Look& look, const Mapping& mapping, const std::string& text, std::size_t& count) {
    if (!pull_state(look.store, mapping.dataset)) return {};  // never read
    std::vector<std::vector<Html>> rows;
    for (const auto& record : find_records(look.store, mapping, text)) {
        rows.push_back({link_to(record_address(mapping.dataset, record.key), record.key), known_by(mapping, record), record.removed_at ? "removed" : "live"});
    }
    count += rows.size();
    return rows.empty() ? Html() : data_table(mapping.dataset, {"Record", "Known by", "State"}, rows);
}

}  // namespace

std::string record_address(const std::string& dataset, const std::string& key) { return address("/record", {{"dataset", dataset}, {"key", key}}); }

const Mapping* mapping_named(const std::vector<Mapping>& mappings, const std::string& dataset) {
    const auto found = std::find_if(mappings.begin(), mappings.end(), [&](const Mapping& mapping) { return mapping.dataset == dataset; });
    return found == mappings.end() ? nullptr : &*found;
}

std::string known_by(const Mapping& mapping, const RecordView& record) {
    std::string words;
    for (std::size_t i = 0; i < mapping.fields.size() && i < record.fields.size() && words.size() < 200; ++i) {
        if (mapping.fields[i].match && record.fields[i].second) words += (words.empty() ? "" : " · ") + *record.fields[i].second;
    }
    return words;
}

std::optional<RecordView> kept_record(const Look& look, const Mapping* mapping, const std::string& key) {
    if (mapping == nullptr || key.empty() || !pull_state(look.store, mapping->dataset)) return std::nullopt;
    return record_by_key(look.store, *mapping, key);
}

std::string record_words(const Look& look, const std::string& dataset, const std::string& key) {
    const auto mappings = look.feed.datasets();
    const Mapping* mapping = mapping_named(*mappings, dataset);
    const auto record = kept_record(look, mapping, key);
    return record ? known_by(*mapping, *record) : "";
}

Html record_link(const Look& look, const std::string& dataset, const std::string& key) {
    const auto mappings = look.feed.datasets();
    return kept_record(look, mapping_named(*mappings, dataset), key) ? link_to(record_address(dataset, key), key) : Html(key);
}

std::int64_t number_argument(const Request& request, std::string_view name) {
    const std::string text = request.argument(name);
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

View record_view(const Look& look) {
    const std::string dataset = look.request.argument("dataset"), key = look.request.argument("key");
    const auto mappings = look.feed.datasets();
    const Mapping* mapping = mapping_named(*mappings, dataset);
    const auto record = kept_record(look, mapping, key);
    if (!record) throw Error(ErrorCode::not_found, "There is no such record.");
    std::vector<std::pair<std::string, Html>> values{{"Known by", known_by(*mapping, *record)}, {"Read", time_tag(record->read_at, look.zone)}};
    if (record->removed_at) values.emplace_back("Removed", time_tag(*record->removed_at, look.zone) + " " + record->removed_why.value_or(""));
    if (record->missed_at) values.emplace_back("Missing", "from the list of " + time_tag(*record->missed_at, look.zone) + "; removed if the next whole list lacks it too");
    std::vector<std::vector<Html>> rows;
    for (const auto& [name, value] : record->fields) rows.push_back({name, value ? Html(*value) : tag("em", "blank")});
    View view{dataset + " " + key, "/search", {}};
    view.content += facts(values) + tag("h2", "Fields") + data_table("Fields as read", {"Field", "Value"}, rows);
    view.content += effects_part(look, *mapping, *record) + conflicts_part(look, dataset, key) + history_part(look, dataset, key);
    view.content += tag("details", tag("summary", "The document as received") + tag("pre", {{"tabindex", "0"}}, record->document.substr(0, 20'000)));
    return view;
}

View search_view(const Look& look) {
    const std::string text(trim(look.request.argument("q")));
    View view{"Search", "/search", {}};
    view.content += tag("form", {{"method", "get"}, {"action", "/search"}, {"role", "search"}},
                        tag("label", {{"for", "q"}}, "Name, e-mail, phone, policy number or key ") +
                            lone_tag("input", {{"type", "search"}, {"id", "q"}, {"name", "q"}, {"value", text}, {"maxlength", "200"}}) + " " + tag("button", {{"type", "submit"}}, "Search"));
    view.content += tag("p", {{"class", "quiet"}},
                        "Whole values only, in any spelling of case, spaces and punctuation that the field allows: a part of a name finds nothing. "
                        "Only fields that records are matched by can be searched; where first and last name stand apart, search by one of them.");
    if (text.empty() || text.size() > 200) return view;
    std::size_t count = 0;
    Html found;
    const auto mappings = look.feed.datasets();
    for (const auto& mapping : *mappings) found += found_in(look, mapping, text, count);
    view.content += tag("h2", count == 0 ? Html("Nothing found") : Html(counted(static_cast<std::int64_t>(count), "record", "records"))) + found;
    return view;
}

}  // namespace bindery::web
