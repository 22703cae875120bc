#include "store/run_changes.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

constexpr int kChangeRows = 100;
constexpr std::size_t kChangesOpen = 25;  // more records are folded away until they are asked for
constexpr std::size_t kLongestShown = 160;

// The record's page has the whole of it.
Html shortened(const std::optional<std::string>& value) {
    if (!value) return tag("em", "blank");
    if (value->size() <= kLongestShown) return *value;
    std::size_t end = kLongestShown;
    while (end > 0 && (static_cast<unsigned char>((*value)[end]) & 0xC0) == 0x80) --end;
    return value->substr(0, end) + " …";
}

Html field_line(const RunChange& change) {
    const bool others = change.field == "*";
    if (others && !change.old_value && !change.new_value) return tag("div", "members that no field takes");
    return tag("div", Html(others ? "other members" : change.field) + ": " + shortened(change.old_value) + " → " + shortened(change.new_value));
}

// One row a record: its changed fields follow each other in the history.
std::vector<std::vector<Html>> record_rows(const Look& look, const std::vector<RunChange>& changes) {
    const auto mappings = look.feed.datasets();
    std::vector<std::vector<Html>> rows;
    for (std::size_t i = 0; i < changes.size();) {
        const RunChange& first = changes[i];
        Html fields;
        std::string kind = first.kind;
        if (kind == "removed" && first.new_value) kind += ": " + *first.new_value;
        for (; i < changes.size() && changes[i].key == first.key && changes[i].dataset == first.dataset && changes[i].kind == first.kind; ++i) {
            if (!changes[i].field.empty()) fields += field_line(changes[i]);
        }
        const Mapping* mapping = mapping_named(*mappings, first.dataset);
        const auto record = kept_record(look, mapping, first.key);
        const Html key = record ? link_to(record_address(first.dataset, first.key), first.key) : Html(first.key);
        rows.push_back({key, first.dataset, record ? known_by(*mapping, *record) : "", kind, fields});
    }
    return rows;
}

std::string missing_words(std::int64_t count) {
    return "It counted " + counted(count, "change to a record", "changes to records") +
           ". The history has none of them any more.";
}

}  // namespace

Html changes_section(const Look& look, const RunRow& run) {
    const std::int64_t after = number_argument(look.request, "changes_after"), count = counted_changes(run);
    if (run.report && count == 0) return {};
    const RunChanges found = changes_of(look.store, run.id, after, kChangeRows);
    const Html head = tag("h2", "What it changed");
    if (found.rows.empty()) return count == 0 || after > 0 ? Html() : head + tag("p", missing_words(count));
    const auto rows = record_rows(look, found.rows);
    Html list = data_table("Records in the order in which they were written", {"Record", "Dataset", "Known by", "What", "Fields"}, rows);
    if (found.more) {
        list += tag("p", link_to(address("/run", {{"id", std::to_string(run.id)}, {"changes_after", std::to_string(found.rows.back().id)}}), "Further changes of this run"));
    }
    if (rows.size() <= kChangesOpen || after > 0) return head + list;
    return head + tag("details", tag("summary", std::string(found.more ? "The first " : "All ") + std::to_string(rows.size()) + " records, one by one") + list);
}

}  // namespace bindery::web
