#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/nearest.h"
#include "csv/column_looks.h"
#include "csv/header_names.h"
#include "csv/profiles.h"

namespace bindery {

namespace {

constexpr std::size_t kMostWays = 7;  // `otherwise` takes six

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

const char* take_word(NamePart part) {
    if (part == NamePart::name) return "name";
    return part == NamePart::first ? "first" : part == NamePart::last ? "last" : "all";
}

struct Guess {
    std::vector<CellSource> ways;  // each part with one header, as it stands in the file
    std::string why;               // empty: a known spelling
    std::map<std::string, std::string> words;  // of the known profiles whose spelling it is: the file's, folded → the book's
};

class Suggestion {
  public:
    Suggestion(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows, const Mapping& book, const std::vector<CsvProfile>& profiles)
        : headers_(headers), book_(book), used_(headers.size()), guesses_(book.fields.size()), rows_(rows.size()) {
        for (std::size_t i = 0; i < headers.size(); ++i) {
            folded_.push_back(folded_header(headers[i]));
            looks_.push_back(looks_of(rows, i));
        }
        into_ = book.dataset.starts_with("book.") ? book.dataset.substr(5) : book.dataset;
        for (std::size_t i = 0; i < book.fields.size(); ++i) by_known_spelling(i, profiles);
        for (std::size_t i = 0; i < book.fields.size(); ++i) by_near_name(i);
        for (std::size_t i = 0; i < book.fields.size(); ++i) by_looks(i);
        names_by_looks();
    }

    std::string yaml(const std::string& name) const {
        std::string text = "# yaml-language-server: $schema=../schema/csv.json\n# A first profile, made from a file's headers and " + std::to_string(rows_) +
                           " of its rows. What was guessed says so: look at those lines, then\n# take the comments out. All keys: docs/csv.md\nprofile: " + name +
                           "\nabout: \"Made from a file's headers.\"\ninto: " + into_ + "\n";
        text += date_lines();
        std::string columns, none, needed;
        for (std::size_t i = 0; i < guesses_.size(); ++i) {
            const std::string& field = book_.fields[i].name;
            if (!guesses_[i].ways.empty()) columns += column_lines(i);
            else if (is_needed(i)) needed += "  # " + field + ": []   # needed, and no header was found for it\n";
            else none += (none.empty() ? "" : ", ") + field;
        }
        text += columns.empty() ? "columns: {}\n" + needed : "columns:\n" + columns + needed;
        if (!none.empty()) text += "# No header was found for: " + none + "\n";
        std::string others;
        for (std::size_t i = 0; i < headers_.size(); ++i) {
            if (!used_[i]) others += "#   " + quoted(headers_[i]) + "\n";
        }
        if (!others.empty()) text += "# No field takes these; they are kept under their own headers:\n" + others;
        return text;
    }

  private:
    std::vector<std::size_t> columns_of(const HeaderNames& names) const {
        std::vector<std::size_t> found;
        for (const std::string& name : names) {
            for (std::size_t i = 0; i < folded_.size(); ++i) {
                if (!folded_[i].empty() && folded_[i] == folded_header(name)) found.push_back(i);
            }
        }
        return found;
    }

    bool in_file(const CellSource& source) const {
        return std::all_of(source.parts.begin(), source.parts.end(), [this](const HeaderNames& part) { return !columns_of(part).empty(); });
    }

    bool has_way(std::size_t field, const CellSource& way) const {
        const auto& ways = guesses_[field].ways;
        return std::any_of(ways.begin(), ways.end(), [&](const CellSource& each) { return each.parts == way.parts; });
    }

    void add_way(std::size_t field, const CellSource& way) {
        if (guesses_[field].ways.size() == kMostWays || has_way(field, way)) return;
        guesses_[field].ways.push_back(way);
        for (const HeaderNames& part : way.parts) {
            for (const std::size_t column : columns_of(part)) used_[column] = true;
        }
    }

    // A source with the headers of this file. One of several headers for it becomes a way of its own.
    void add_source(std::size_t field, const CellSource& source) {
        CellSource way{{}, source.with, source.take};
        if (source.parts.size() == 1) {
            for (const std::size_t column : columns_of(source.parts.front())) {
                way.parts = {{headers_[column]}};
                add_way(field, way);
            }
            return;
        }
        for (const HeaderNames& part : source.parts) {
            const auto columns = columns_of(part);
            if (!columns.empty()) way.parts.push_back({headers_[columns.front()]});
        }
        if (way.parts.size() == source.parts.size()) add_way(field, way);
    }

    void by_known_spelling(std::size_t field, const std::vector<CsvProfile>& profiles) {
        const std::string& name = book_.fields[field].name;
        for (const CsvProfile& profile : profiles) {
            if (!profile.into.empty() && profile.into != into_) continue;
            for (const ColumnRule& rule : profile.columns) {
                if (rule.field != name) continue;
                for (const CellSource& source : rule.ways) {
                    add_source(field, source);
                    if (in_file(source)) guesses_[field].words.insert(rule.words.begin(), rule.words.end());
                }
            }
        }
        add_source(field, CellSource{{{name}}, " ", NamePart::all});
    }

    // The field's name with a slip, or as a part of the header, and nothing in the cells against it.
    void by_near_name(std::size_t field) {
        if (!guesses_[field].ways.empty()) return;
        const std::string name = folded_header(book_.fields[field].name);
        std::vector<std::string> free;
        for (std::size_t i = 0; i < headers_.size(); ++i) {
            if (!used_[i] && looks_[i].may_be(book_.fields[field].type)) free.push_back(folded_[i]);
        }
        std::string near = nearest(name, free);
        for (std::size_t i = 0; near.empty() && name.size() > 3 && i < free.size(); ++i) {
            if (free[i].find(name) != std::string::npos) near = free[i];
        }
        for (std::size_t i = 0; !near.empty() && i < headers_.size(); ++i) {
            if (used_[i] || folded_[i] != near) continue;
            take_column(field, i, "by its name");
            return;
        }
    }

    void take_column(std::size_t field, std::size_t column, const std::string& why) {
        add_way(field, CellSource{{{headers_[column]}}, " ", NamePart::all});
        guesses_[field].why = why;
    }

    // The only column that looks like the type, for the only field of that type that has none.
    void by_looks(std::size_t field) {
        const FieldType type = book_.fields[field].type;
        if (!guesses_[field].ways.empty()) return;
        for (std::size_t i = 0; i < book_.fields.size(); ++i) {
            if (i != field && book_.fields[i].type == type && guesses_[i].ways.empty() && (type != FieldType::date || !is_needed(field))) return;
        }
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < headers_.size(); ++i) {
            if (used_[i] || !looks_like(i, type)) continue;
            // Of several dates the needed one is the latest: a policy's expiration.
            const bool later = found && type == FieldType::date && is_needed(field);
            if (found && !later) return;
            if (!found || looks_[i].most_date > looks_[*found].most_date) found = i;
        }
        if (found) take_column(field, *found, "by what its cells look like");
    }

    bool looks_like(std::size_t column, FieldType type) const {
        const ColumnLooks& looks = looks_[column];
        switch (type) {
            case FieldType::email:
                return looks.mostly(looks.emails);
            case FieldType::phone:
                return looks.mostly(looks.phones);
            case FieldType::zip:
                return looks.mostly(looks.zips);
            case FieldType::state:
                return looks.mostly(looks.states);
            case FieldType::date:
                return looks.mostly(looks.dates);
            case FieldType::money:
                return looks.mostly(looks.money);
            case FieldType::policy_number:
                return looks.mostly(looks.policy_numbers) && looks.distinct * 10 >= looks.stated * 7 && !looks.mostly(looks.zips) && !looks.mostly(looks.money);
            default:
                return false;
        }
    }

    // "Roe, Ann" wants turning round in a field for whole names.
    void names_by_looks() {
        for (std::size_t field = 0; field < guesses_.size(); ++field) {
            if (book_.fields[field].type != FieldType::text || folded_header(book_.fields[field].name).find("name") == std::string::npos) continue;
            for (CellSource& way : guesses_[field].ways) {
                const auto columns = way.parts.size() == 1 ? columns_of(way.parts.front()) : std::vector<std::size_t>{};
                if (columns.empty() || way.take != NamePart::all) continue;
                const ColumnLooks& looks = looks_[columns.front()];
                if (looks.stated > 0 && looks.last_first * 2 >= looks.stated) way.take = NamePart::name;
            }
        }
    }

    bool is_needed(std::size_t field) const {
        if (book_.fields[field].required) return true;
        const auto& keys = book_.key_fields;
        return keys.size() == 1 && std::find(keys.front().begin(), keys.front().end(), book_.fields[field].name) != keys.front().end();
    }

    static std::string way_text(const CellSource& way) {
        std::string text = way.parts.size() == 1 ? "{from: " + quoted(way.parts.front().front()) : "{join: [";
        if (way.parts.size() > 1) {
            for (std::size_t i = 0; i < way.parts.size(); ++i) text += (i > 0 ? ", " : "") + quoted(way.parts[i].front());
            text += ']';
            if (way.with != " ") text += ", with: " + quoted(way.with);
        }
        if (way.take != NamePart::all) text += std::string(", take: ") + take_word(way.take);
        return text;
    }

    std::string column_lines(std::size_t field) const {
        const Guess& guess = guesses_[field];
        std::string text = guess.why.empty() ? "" : "  # guessed " + guess.why + ":\n";
        text += "  " + book_.fields[field].name + ": ";
        const CellSource& first = guess.ways.front();
        if (guess.ways.size() == 1 && first.parts.size() == 1 && first.take == NamePart::all && guess.words.empty()) return text + "[" + quoted(first.parts.front().front()) + "]\n";
        text += way_text(first);
        if (guess.ways.size() > 1) {
            text += ", otherwise: [";
            for (std::size_t i = 1; i < guess.ways.size(); ++i) text += (i > 1 ? ", " : "") + way_text(guess.ways[i]) + "}";
            text += "]";
        }
        return text + words_text(guess.words) + "}\n";
    }

    static std::string words_text(const std::map<std::string, std::string>& words) {
        std::string text;
        for (const auto& [theirs, ours] : words) text += (text.empty() ? "" : ", ") + quoted(theirs) + ": " + quoted(ours);
        return text.empty() ? "" : ",\n    # from the known profiles; look at what a word means in your program:\n    words: {" + text + "}";
    }

    std::string date_lines() const {
        std::size_t told = 0, dates = 0;
        for (const ColumnLooks& each : looks_) {
            if (!each.mostly(each.dates)) continue;
            ++dates;
            told += each.mdy_only + each.dmy_only;
        }
        if (dates == 0) return "";
        const bool dmy = date_order(looks_) == DateOrder::dmy;
        return std::string("dates: ") + (dmy ? "dmy" : "mdy") + (told == 0 ? "   # not told by these rows: does 3/4 mean March 4? else dmy\n" : "\n");
    }

    const std::vector<std::string>& headers_;
    const Mapping& book_;
    std::string into_;
    std::vector<std::string> folded_;
    std::vector<ColumnLooks> looks_;
    std::vector<bool> used_;
    std::vector<Guess> guesses_;  // one a field
    std::size_t rows_;
};

}  // namespace

std::string suggest_profile(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows, const Mapping& book,
                            const std::vector<CsvProfile>& profiles, const std::string& name) {
    return Suggestion(headers, rows, book, profiles).yaml(name);
}

}  // namespace bindery
