#include "core/fold.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/decimal.h"
#include "core/text.h"

namespace bindery {

namespace {

bool by_cells(const FlatRow& a, const FlatRow& b) { return std::tie(a.fields, a.others) < std::tie(b.fields, b.others); }
bool same_cells(const FlatRow& a, const FlatRow& b) { return std::tie(a.fields, a.others) == std::tie(b.fields, b.others); }

std::size_t place_of(const Mapping& mapping, const std::string& name) {
    std::size_t i = 0;
    while (i < mapping.fields.size() && mapping.fields[i].name != name) ++i;
    return i;
}

// What the row states there, however it is spelled.
std::optional<std::string> stated_key(const Mapping& mapping, std::size_t field, const FlatRow& row) {
    const FieldType type = mapping.fields[field].type;
    const Canonical stated = canonicalize_text(type, row.fields[field]);
    return stated.state == Canonical::State::value ? match_key(type, stated.text) : std::nullopt;
}

// A first name against another one's short form: Bo, Bob. They may be one person, or Ann and Anna of one family.
bool begins_other(const std::string& a, const std::string& b) { return std::min(a.size(), b.size()) >= 2 && (a.starts_with(b) || b.starts_with(a)); }

enum class Agreement { unknown, same, other };

Agreement agreement(const Mapping& mapping, const std::vector<std::string>& part, const FlatRow& held, const FlatRow& row) {
    bool certain = true;
    for (const auto& name : part) {
        const std::size_t field = place_of(mapping, name);
        const auto before = stated_key(mapping, field, held), now = stated_key(mapping, field, row);
        certain = certain && before && now;
        if (!before || !now || *before == *now) continue;
        if (&name == &part.back() || !begins_other(*before, *now)) return Agreement::other;
        certain = false;
    }
    return certain ? Agreement::same : Agreement::unknown;
}

// What a household has in common.
bool is_shared(const Mapping& mapping, const std::vector<std::string>& part) {
    return std::all_of(part.begin(), part.end(), [&](const std::string& name) {
        const FieldType type = mapping.fields[place_of(mapping, name)].type;
        return type == FieldType::phone || type == FieldType::email;
    });
}

std::string joined_names(const std::vector<std::string>& part) {
    std::string words;
    for (const auto& name : part) words += (words.empty() ? "" : " + ") + name;
    return words;
}

class Folding {
  public:
    Folding(const Mapping& mapping, const FoldRule& rule) : mapping_(mapping), rule_(rule) {}

    // `rows` differ from each other.
    FlatRow fold(std::vector<FlatRow> rows) const {
        const bool dated = !rule_.latest.empty() && keep_latest(rows);
        if (dated || !rule_.add.empty()) keep_one_a_line(rows, !dated);
        std::stable_sort(rows.begin(), rows.end(), [this](const FlatRow& a, const FlatRow& b) { return leads(a, b); });
        FlatRow whole = rows.front();
        fill_blanks(whole, rows);
        for (const auto& name : rule_.add) add_up(whole, rows, field(name));
        for (const auto& name : rule_.join) list_each(whole, rows, field(name));
        return whole;
    }

  private:
    std::size_t field(const std::string& name) const { return place_of(mapping_, name); }

    std::optional<std::string> canonical(const FlatRow& row, std::size_t i) const {
        Canonical text = canonicalize_text(mapping_.fields[i].type, row.fields[i]);
        if (text.state != Canonical::State::value) return std::nullopt;
        return std::move(text.text);
    }

    std::optional<Decimal> number(const FlatRow& row, std::size_t i) const {
        const auto text = canonical(row, i);
        return text ? parse_decimal(*text) : std::nullopt;
    }

    // False when no row has a date.
    bool keep_latest(std::vector<FlatRow>& rows) const {
        const std::size_t date = field(rule_.latest);
        std::optional<std::string> latest;
        for (const auto& row : rows) latest = std::max(latest, canonical(row, date));
        if (!latest) return false;
        std::erase_if(rows, [&](const FlatRow& row) { return canonical(row, date) != latest; });
        return true;
    }

    // Two transactions of one day on one line; without dates, only rows with the same amounts are about the same thing (a policy
    // listed under two contacts), and others are parts of it (two cars).
    void keep_one_a_line(std::vector<FlatRow>& rows, bool same_amounts) const {
        std::map<std::vector<std::string>, FlatRow> lines;
        for (auto& row : rows) {
            std::vector<std::string> line;
            for (const auto& name : rule_.join) line.push_back(match_key(FieldType::text, row.fields[field(name)]).value_or(""));
            for (const auto& name : same_amounts ? rule_.add : std::vector<std::string>()) line.push_back(canonical(row, field(name)).value_or(row.fields[field(name)]));
            const auto [place, fresh] = lines.try_emplace(std::move(line), row);
            if (!fresh && leads(row, place->second)) place->second = std::move(row);
        }
        rows.clear();
        for (auto& [line, row] : lines) rows.push_back(std::move(row));
    }

    bool leads(const FlatRow& a, const FlatRow& b) const {
        if (!rule_.lead.empty()) {
            const std::size_t lead = field(rule_.lead);
            const auto left = number(a, lead), right = number(b, lead);
            if (left.has_value() != right.has_value()) return left.has_value();
            if (left && decimal_less(*left, *right)) return false;
            if (left && decimal_less(*right, *left)) return true;
        }
        return by_cells(b, a);
    }

    static void fill_blanks(FlatRow& whole, const std::vector<FlatRow>& rows) {
        for (std::size_t i = 0; i < whole.fields.size(); ++i) {
            for (std::size_t r = 1; r < rows.size() && trim(whole.fields[i]).empty(); ++r) whole.fields[i] = rows[r].fields[i];
        }
        std::set<std::string> stated;
        for (const auto& [name, text] : whole.others) stated.insert(name);
        for (std::size_t r = 1; r < rows.size(); ++r) {
            for (const auto& other : rows[r].others) {
                if (stated.insert(other.first).second) whole.others.push_back(other);
            }
        }
    }

    void add_up(FlatRow& whole, const std::vector<FlatRow>& rows, std::size_t i) const {
        std::optional<Decimal> sum;
        std::size_t parts = 0;
        for (const auto& row : rows) {
            const auto one = number(row, i);
            if (!one && !trim(row.fields[i]).empty()) {  // a sum that lacks a part would be a wrong one: it's told as unreadable
                whole.fields[i] = row.fields[i];
                return;
            }
            if (!one) continue;
            sum = sum ? decimal_sum(*sum, *one) : *one;
            ++parts;
        }
        if (parts > 1) whole.fields[i] = decimal_text(*sum, mapping_.fields[i].type == FieldType::money ? 2 : 0);
    }

    void list_each(FlatRow& whole, const std::vector<FlatRow>& rows, std::size_t i) const {
        std::map<std::string, std::string> values;  // by how they compare
        for (const auto& row : rows) {
            const std::string text(trim(row.fields[i]));
            const auto key = match_key(FieldType::text, text);
            if (!key) continue;
            const auto [place, fresh] = values.try_emplace(*key, text);
            if (!fresh) place->second = std::max(place->second, text);
        }
        std::string all;
        for (const auto& [key, text] : values) all += (all.empty() ? "" : ", ") + text;
        if (!all.empty()) whole.fields[i] = all;
    }

    const Mapping& mapping_;
    const FoldRule& rule_;
};

}  // namespace

std::vector<std::string> another_record(const Mapping& mapping, const FoldRule& rule, const FlatRow& held, const FlatRow& row) {
    std::vector<std::string> differ, names;
    bool same = false;
    for (const auto& part : rule.one_of) {
        const Agreement how = agreement(mapping, part, held, row);
        same = same || how == Agreement::same;
        if (how == Agreement::other) (is_shared(mapping, part) ? differ : names).push_back(joined_names(part));
    }
    const bool named_otherwise = !names.empty();
    differ.insert(differ.end(), names.begin(), names.end());
    const bool lone = differ.size() < 2;
    const bool may_be = named_otherwise ? same && lone : same || (lone && rule.one_of.size() > 1);
    return may_be ? std::vector<std::string>() : differ;
}

std::string contradicted_field(const Mapping& mapping, const FoldRule& rule, const std::vector<FlatRow>& rows) {
    for (const auto& name : rule.same) {
        const std::size_t field = place_of(mapping, name);
        std::optional<std::string> known;
        for (const auto& row : rows) {
            auto key = stated_key(mapping, field, row);
            if (known && key && *known != *key) return name;
            if (key) known = std::move(key);
        }
    }
    return {};
}

std::optional<FlatRow> fold_rows(const Mapping& mapping, const FoldRule& rule, std::vector<FlatRow> rows) {
    std::sort(rows.begin(), rows.end(), by_cells);
    rows.erase(std::unique(rows.begin(), rows.end(), same_cells), rows.end());
    if (rows.size() == 1) return std::move(rows.front());
    if (!rule.any() || !contradicted_field(mapping, rule, rows).empty()) return std::nullopt;
    return Folding(mapping, rule).fold(std::move(rows));
}

}  // namespace bindery
