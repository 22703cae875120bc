#include <algorithm>

#include "core/text.h"
#include "csv/cell_rules.h"
#include "csv/columns.h"
#include "csv/header_names.h"

namespace bindery {

// What a row's cells are checked for before they are fields.
class RowFaults {
  public:
    RowFaults(const CsvRow& row, const Columns& columns) : row_(row), columns_(columns) {}

    std::optional<std::string> first() const {
        if (is_totals_line()) return "a totals or footer line, not a record";
        if (too_many())
            return "has " + std::to_string(row_.cells.size()) + " cells, the header has " + std::to_string(columns_.width()) + ": is there a delimiter in a cell without quotes?";
        if (row_.cells.size() < columns_.width() && !has_what_it_needs())
            return "has " + std::to_string(row_.cells.size()) + " cells, the header has " + std::to_string(columns_.width()) + ": is there a line break in a cell without quotes?";
        return cell_fault();
    }

  private:
    std::string_view cell(std::size_t column) const { return column < row_.cells.size() ? row_.cells[column] : std::string_view(); }

    // The first stated cell is a label, and all others are figures.
    bool is_totals_line() const {
        bool labelled = false;
        for (const std::string_view each : row_.cells) {
            const std::string_view text = trim(each);
            if (text.empty()) continue;
            if (is_totals_label(text)) labelled = true;
            else if (!labelled || !is_figure(text)) return false;
        }
        return labelled;
    }

    bool too_many() const {
        for (std::size_t i = columns_.width(); i < row_.cells.size(); ++i) {
            if (!trim(row_.cells[i]).empty()) return true;
        }
        return false;
    }

    bool is_stated(const Columns::FieldColumns& field) const {
        return std::any_of(field.ways.begin(), field.ways.end(), [&](const Columns::Way& way) {
            return std::any_of(way.parts.begin(), way.parts.end(), [&](std::size_t column) { return !trim(cell(column)).empty(); });
        });
    }

    // Programs leave blank cells at a row's end out. A row that was cut elsewhere has no key, or not what every row needs.
    bool has_what_it_needs() const {
        const auto& fields = columns_.fields_;
        if (std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.required && !is_stated(field); })) return false;
        const auto whole = [&](const std::vector<std::size_t>& key) { return std::all_of(key.begin(), key.end(), [&](std::size_t field) { return is_stated(fields[field]); }); };
        return columns_.keys_.empty() || std::any_of(columns_.keys_.begin(), columns_.keys_.end(), whole);
    }

    static bool digits_matter(FieldType type) {
        return type == FieldType::text || type == FieldType::policy_number || type == FieldType::phone || type == FieldType::zip || type == FieldType::money ||
               type == FieldType::integer;
    }

    std::optional<std::string> cell_fault() const {
        for (const auto& field : columns_.fields_) {
            const bool digits = digits_matter(field.type);
            const bool ordered = field.type == FieldType::date && columns_.dates_ == DateOrder::dmy;
            if (!digits && !ordered) continue;
            for (const Columns::Way& way : field.ways) {
                for (const std::size_t column : way.parts) {
                    const std::string_view text = trim(cell(column));
                    if (digits && is_shortened_number(text))
                        return field.name + ": Excel has shortened the number in column " + column_letters(column) + " (as in 1.23457E+11); its digits are lost, take the file as the program exported it";
                    if (ordered && against_order(trim(cell_value(text)), columns_.dates_)) return field.name + ": isn't a date in the profile's order, day before month";
                }
            }
        }
        return std::nullopt;
    }

    const CsvRow& row_;
    const Columns& columns_;
};

std::optional<std::string> row_fault(const CsvRow& row, const Columns& columns) {
    return RowFaults(row, columns).first();
}

}  // namespace bindery
