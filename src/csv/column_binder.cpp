#include "csv/column_binder.h"

#include <algorithm>
#include <set>

#include "core/nearest.h"
#include "core/text.h"
#include "csv/header_names.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {

namespace {

constexpr std::string_view kRulesVersion = "2";  // raised when apply() gives other texts, so that no row is taken for known
constexpr std::size_t kShownNames = 8;

void append_sized(std::string& to, std::string_view part) {
    to += std::to_string(part.size());
    to += ':';
    to += part;
}

}  // namespace

ColumnBinder::ColumnBinder(const std::vector<std::string>& headers, const CsvProfile& profile, const Mapping& book) : profile_(profile) {
    columns_.headers_ = headers;
    columns_.dates_ = profile.dates;
    columns_.zone_ = profile.timezone;
    used_.resize(headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const std::string folded = folded_header(headers[i]);
        if (!folded.empty()) by_header_[folded].push_back(i);
    }
    for (const ColumnRule& rule : profile.columns) rules_.emplace(rule.field, &rule);
    check_twice();
    claim_named();
    for (const Field& field : book.fields) bind_field(field);
    for (const ColumnRule& rule : profile.columns) {
        const auto bound = std::find_if(columns_.fields_.begin(), columns_.fields_.end(), [&](const auto& field) { return field.name == rule.field; });
        if (bound == columns_.fields_.end() || bound->ways.empty()) columns_.absent_.push_back(rule.field);
    }
    find_lacks(book);
    find_others();
    seed();
}

void ColumnBinder::check_twice() {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < columns_.headers_.size(); ++i) {
        const auto [first, fresh] = seen.emplace(columns_.headers_[i], i);
        if (!fresh) conflicts_.push_back("columns " + column_letters(first->second) + " and " + column_letters(i) + " are both called \"" + columns_.headers_[i] + "\"");
    }
}

// A header that a rule spells out is that field's, even when another field is called the same.
void ColumnBinder::claim_named() {
    claimed_by_.resize(columns_.headers_.size());
    for (const ColumnRule& rule : profile_.columns) {
        for (const CellSource& way : rule.ways) {
            for (const HeaderNames& part : way.parts) {
                for (const std::size_t column : columns_of(part)) {
                    if (claimed_by_[column].empty()) claimed_by_[column] = rule.field;
                }
            }
        }
    }
}

std::vector<std::size_t> ColumnBinder::columns_of(const HeaderNames& names) const {
    std::set<std::size_t> columns;
    for (const std::string& name : names) {
        const auto found = by_header_.find(folded_header(name));
        if (found != by_header_.end()) columns.insert(found->second.begin(), found->second.end());
    }
    return {columns.begin(), columns.end()};
}

bool ColumnBinder::is_named(const ColumnRule& rule, const std::string& folded) const {
    for (const CellSource& way : rule.ways) {
        for (const HeaderNames& part : way.parts) {
            if (std::any_of(part.begin(), part.end(), [&](const std::string& name) { return folded_header(name) == folded; })) return true;
        }
    }
    return false;
}

// The rule's ways and the field's own name: one more spelling of a plain column, or a way before those that join several.
std::vector<CellSource> ColumnBinder::sources(const Field& field, const ColumnRule* rule) const {
    std::vector<CellSource> ways = rule == nullptr ? std::vector<CellSource>{} : rule->ways;
    const std::string own = folded_header(field.name);
    if (rule != nullptr && is_named(*rule, own)) return ways;
    for (const std::size_t column : columns_of({field.name})) {
        if (!claimed_by_[column].empty() && claimed_by_[column] != field.name) return ways;
    }
    if (!ways.empty() && ways.front().parts.size() == 1) ways.front().parts.front().push_back(field.name);
    else ways.insert(ways.begin(), CellSource{{{field.name}}, " ", NamePart::all});
    return ways;
}

// Of columns that only their punctuation tells apart, one that another way spells letter by letter is that one's.
std::vector<std::size_t> ColumnBinder::columns_for(const HeaderNames& part, const std::vector<CellSource>& ways) const {
    std::vector<std::size_t> columns = columns_of(part);
    if (columns.size() < 2) return columns;
    std::erase_if(columns, [&](std::size_t column) {
        const std::string& header = columns_.headers_[column];
        const auto spells = [&](const HeaderNames& names) { return std::find(names.begin(), names.end(), header) != names.end(); };
        const bool elsewhere = std::any_of(ways.begin(), ways.end(), [&](const CellSource& way) { return std::any_of(way.parts.begin(), way.parts.end(), spells); });
        return elsewhere && !spells(part);
    });
    return columns;
}

void ColumnBinder::add_conflict(const std::string& clause) {
    if (std::find(conflicts_.begin(), conflicts_.end(), clause) == conflicts_.end()) conflicts_.push_back(clause);
}

std::optional<ColumnBinder::Way> ColumnBinder::bind_way(const std::string& field, const CellSource& source, const std::vector<CellSource>& ways) {
    Way way;
    way.with = source.with;
    way.take = source.take;
    for (const HeaderNames& part : source.parts) {
        const std::vector<std::size_t> columns = columns_for(part, ways);
        for (std::size_t i = 1; i < columns.size(); ++i) {
            if (columns_.headers_[columns[0]] == columns_.headers_[columns[i]]) continue;  // said by check_twice()
            add_conflict(column_name(columns[0], columns_.headers_[columns[0]]) + " and " + column_name(columns[i], columns_.headers_[columns[i]]) + " are both " + field);
        }
        if (!columns.empty()) way.parts.push_back(columns.front());
    }
    if (way.parts.empty()) return std::nullopt;
    return way;
}

void ColumnBinder::bind_field(const Field& field) {
    const auto found = rules_.find(field.name);
    const ColumnRule* rule = found == rules_.end() ? nullptr : found->second;
    Columns::FieldColumns bound{field.name, field.type, field.required, {}};
    bool named = false;
    const std::vector<CellSource> ways = sources(field, rule);
    for (const CellSource& source : ways) {
        auto way = bind_way(field.name, source, ways);
        if (!way) continue;
        for (const std::size_t column : way->parts) {
            used_[column] = true;
            named = named || claimed_by_[column] == field.name;
        }
        bound.ways.push_back(*std::move(way));
    }
    if (rule != nullptr) bound.words.insert(rule->words.begin(), rule->words.end());
    if (!bound.ways.empty()) ++found_;
    if (named) ++named_;
    columns_.fields_.push_back(std::move(bound));
}

std::string ColumnBinder::lack(const std::string& field, const std::string& why) const {
    std::vector<std::string> looked, near, folded;
    for (const std::string& header : columns_.headers_) folded.push_back(folded_header(header));
    const auto look = [&](const std::string& name) {
        if (std::find(looked.begin(), looked.end(), name) != looked.end()) return;
        looked.push_back(name);
        const std::string best = nearest(folded_header(name), folded);
        for (std::size_t i = 0; !best.empty() && i < folded.size(); ++i) {
            const bool fresh = std::find(near.begin(), near.end(), columns_.headers_[i]) == near.end();
            if (folded[i] == best && !used_[i] && fresh) near.push_back(columns_.headers_[i]);
        }
    };
    const auto rule = rules_.find(field);
    if (rule != rules_.end()) {
        for (const CellSource& way : rule->second->ways) {
            for (const HeaderNames& part : way.parts) std::for_each(part.begin(), part.end(), look);
        }
    }
    look(field);
    const bool cut = looked.size() > kShownNames;
    if (cut) looked.resize(kShownNames);
    std::string text = "no column is " + field + ", " + why + " (looked for " + listed_headers(looked) + (cut ? " and more" : "");
    if (!near.empty()) text += "; nearest: " + listed_headers(near);
    return text + ")";
}

void ColumnBinder::find_lacks(const Mapping& book) {
    std::set<std::string> said;
    const auto bound = [&](std::size_t field) { return !columns_.fields_[field].ways.empty(); };
    for (const auto& field : columns_.fields_) {
        if (!field.required || !field.ways.empty()) continue;
        lacks_.push_back(lack(field.name, "which every row needs"));
        said.insert(field.name);
    }
    bool whole = book.key_fields.empty();
    std::vector<std::size_t> closest;
    for (const std::vector<std::string>& names : book.key_fields) {
        std::vector<std::size_t> fields, missing;
        for (const std::string& name : names) {
            for (std::size_t i = 0; i < book.fields.size(); ++i) {
                if (book.fields[i].name == name) fields.push_back(i);
            }
        }
        std::copy_if(fields.begin(), fields.end(), std::back_inserter(missing), [&](std::size_t field) { return !bound(field); });
        whole = whole || missing.empty();
        if (closest.empty() || missing.size() < closest.size()) closest = missing;
        columns_.keys_.push_back(std::move(fields));
    }
    if (whole) return;
    for (const std::size_t field : closest) {
        if (said.insert(columns_.fields_[field].name).second) lacks_.push_back(lack(columns_.fields_[field].name, "by which a record is known"));
    }
}

void ColumnBinder::find_others() {
    const auto key = by_header_.find(folded_header("record_key"));
    if (key != by_header_.end() && !used_[key->second.front()]) columns_.record_key_ = key->second.front();
    for (std::size_t i = 0; i < columns_.headers_.size(); ++i) {
        if (used_[i] || columns_.record_key_ == i || is_reject_column(columns_.headers_[i])) continue;
        columns_.others_.push_back(i);
        if (columns_.headers_[i] != "column " + std::to_string(i + 1)) columns_.unmapped_.push_back(columns_.headers_[i]);
        else columns_.nameless_.push_back(i);
    }
}

void ColumnBinder::seed() {
    std::string all(kRulesVersion);
    for (const std::string& header : columns_.headers_) append_sized(all, header);
    all += columns_.dates_ == DateOrder::dmy ? "|dmy" : "|mdy";
    if (!columns_.zone_.empty()) append_sized(all, columns_.zone_);
    for (const auto& field : columns_.fields_) {
        append_sized(all, field.name);
        all += field_type_name(field.type);
        for (const Way& way : field.ways) {
            all += '/' + std::to_string(static_cast<int>(way.take));
            append_sized(all, way.with);
            for (const std::size_t column : way.parts) all += ',' + std::to_string(column);
        }
        for (const auto& [theirs, ours] : field.words) {
            all += '=';
            append_sized(all, theirs);
            append_sized(all, ours);
        }
    }
    columns_.seed_ = XXH3_64bits(all.data(), all.size());
}

bool ColumnBinder::reads_like(const ColumnBinder& other) const {
    return columns_.seed_ == other.columns_.seed_;
}

}  // namespace bindery
