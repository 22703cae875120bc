#include "engine/import_words.h"

#include <algorithm>

#include "csv/cell_rules.h"

namespace bindery {
namespace {

constexpr std::size_t kNamed = 10;
constexpr std::size_t kPlaces = 5;

std::string of_profile(const CsvProfile& profile) {
    return profile.file.empty() ? "a profile (bindery import FILE --into BOOK --suggest writes one)" : "the profile `" + profile.name + "` (config/csv/" + profile.name + ".yaml)";
}

std::string and_more(std::size_t all, std::size_t shown) { return all > shown ? " and " + std::to_string(all - shown) + " more" : ""; }

std::string first_lines(std::vector<std::int64_t> lines) {
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < kNamed; ++i) text += (i == 0 ? "" : ", ") + std::to_string(lines[i]);
    return text + and_more(lines.size(), kNamed);
}

}  // namespace

std::string first_names(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kNamed; ++i) text += (i == 0 ? "\"" : ", \"") + names[i] + "\"";
    return text + and_more(names.size(), kNamed);
}

std::string strange_columns(const std::vector<std::string>& unmapped, const std::vector<std::string>& absent, const std::vector<std::string>& known, const CsvProfile& profile) {
    const auto is_known = [&](const std::string& name) { return std::find(known.begin(), known.end(), name) != known.end(); };
    if (absent.empty() || std::all_of(unmapped.begin(), unmapped.end(), is_known)) return {};
    std::string lacks;
    for (std::size_t i = 0; i < absent.size() && i < kNamed; ++i) lacks += (i == 0 ? "" : ", ") + absent[i];
    return std::string("no field takes the column") + (unmapped.size() > 1 ? "s " : " ") + first_names(unmapped) + ", and no column is there for " + lacks + and_more(absent.size(), kNamed) +
           ": if one is the other, add its header to " + of_profile(profile) + " and import the file again";
}

std::string rows_that_disagree(std::vector<std::int64_t> lines) {
    return "rows of one record that don't agree stand in lines " + first_lines(std::move(lines)) + ": none of them was taken";
}

std::string rows_of_others(std::vector<std::int64_t> lines) {
    return "rows about another record than the book has under their key stand in lines " + first_lines(std::move(lines)) + ": none of them was taken; the reject file says what to do";
}

void UnreadCells::look(const Mapping& book, bool ours, const FlatRow& row, DateOrder dates, std::int64_t line) {
    for (std::size_t i = 0; i < book.fields.size(); ++i) {
        const FieldType type = book.fields[i].type;
        const bool looked_at = type == FieldType::datetime || (ours && (type == FieldType::date || type == FieldType::money));
        if (!looked_at || canonicalize_text(type, row.fields[i]).state != Canonical::State::bad) continue;
        Field& field = fields_[book.fields[i].name];
        field.type = type;
        const bool zoneless = type == FieldType::datetime && local_time(row.fields[i], dates).has_value();  // all else may be another column's, and somebody's
        field.zoneless = field.zoneless || zoneless;
        if (++field.count <= static_cast<std::int64_t>(kPlaces)) field.places.push_back("line " + std::to_string(line) + (zoneless ? " \"" + row.fields[i] + "\"" : ""));
    }
}

std::vector<std::string> UnreadCells::lines(const CsvProfile& profile) const {
    std::vector<std::string> lines;
    for (const auto& [name, field] : fields_) {
        const bool time = field.type == FieldType::datetime;
        std::string text = name + ": " + std::to_string(field.count) + (time ? " time" : " value") + (field.count == 1 ? "" : "s") + " can't be read" + (time ? "" : std::string(" as ") + (field.type == FieldType::date ? "a date" : "money")) + ": ";
        for (std::size_t i = 0; i < field.places.size(); ++i) text += (i == 0 ? "" : ", ") + field.places[i];
        text += and_more(static_cast<std::size_t>(field.count), field.places.size()) + (time ? "; a time needs its offset, as 2026-11-28T09:15:00-07:00" : "");
        if (field.zoneless && profile.timezone.empty()) text += ", or say whose zone it is in " + of_profile(profile) + ": `timezone: America/Denver`";
        lines.push_back(std::move(text));
    }
    return lines;
}

bool UnreadCells::tells_of(const std::string& line) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return line.starts_with(field.first + ": "); });
}

}  // namespace bindery
