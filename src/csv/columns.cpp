#include "csv/columns.h"

#include <algorithm>

#include "core/dates.h"
#include "core/error.h"
#include "core/text.h"
#include "csv/cell_rules.h"
#include "csv/column_binder.h"
#include "csv/header_names.h"
#include "csv/writer.h"

namespace bindery {

namespace {

constexpr std::size_t kFewestPhoneDigits = 7;  // fewer is an area code alone

std::string joined(const std::vector<std::string>& clauses) {
    std::string text;
    for (const std::string& clause : clauses) text += (text.empty() ? "" : "; ") + clause;
    return text;
}

bool looks_like_value(const std::string& cell) {
    return is_figure(cell) || cell.find('@') != std::string::npos || (cell.size() >= 5 && std::count_if(cell.begin(), cell.end(), is_digit) * 2 > static_cast<std::ptrdiff_t>(cell.size()));
}

// None of the headers is known. They may be people's data: not one of them is repeated here.
[[noreturn]] void refuse_headers(const std::vector<std::string>& headers, const CsvProfile& profile, const std::string& file) {
    const bool blank = std::all_of(headers.begin(), headers.end(), [](const std::string& h) { return h.starts_with("column "); });
    if (!blank && std::any_of(headers.begin(), headers.end(), looks_like_value))
        throw Error(ErrorCode::mapping, file + " has no header row: its first line looks like data", "export it with column headers, or put them in as the first line");
    throw Error(ErrorCode::mapping, file + ": the profile `" + profile.name + "` knows none of the " + std::to_string(headers.size()) + " headers in its first line",
                "the headers must stand in the first line, without a title above; `bindery import --suggest FILE --into BOOK` writes a profile for other ones");
}

}  // namespace

std::vector<std::string> headers_of(const CsvRow& row) {
    std::vector<std::string> headers;
    for (const std::string_view cell : row.cells) {
        const std::string_view header = trim(without_guard(cell));
        headers.push_back(header.empty() ? "column " + std::to_string(headers.size() + 1) : std::string(header));
    }
    return headers;
}

bool is_reject_column(const std::string& header) { return std::find(std::begin(kRejectColumns), std::end(kRejectColumns), header) != std::end(kRejectColumns); }

Columns Columns::bind(const std::vector<std::string>& headers, const CsvProfile& profile, const Mapping& book, const std::string& file) {
    const ColumnBinder binder(headers, profile, book);
    if (binder.found() == 0) refuse_headers(headers, profile, file);
    const std::string by = profile.name.empty() ? "" : " (profile `" + profile.name + "`)";
    if (!binder.conflicts().empty())
        throw Error(ErrorCode::mapping, file + by + ": " + joined(binder.conflicts()),
                    "take one out of the file, or say in the profile which comes first: FIELD: {from: ONE, otherwise: {from: OTHER}}");
    if (!binder.lacks().empty())
        throw Error(ErrorCode::mapping, file + by + ": " + joined(binder.lacks()),
                    "add the column to the report, or its header to the profile; `bindery import --suggest FILE --into BOOK` writes a first profile");
    return binder.columns();
}

std::size_t Columns::take_text(const FieldColumns& field, const CsvRow& row, std::string& to) const {
    for (std::size_t i = 0; i < field.ways.size(); ++i) {
        const Way& way = field.ways[i];
        to.clear();
        for (const std::size_t column : way.parts) {
            const std::string_view text = column < row.cells.size() ? trim(cell_value(row.cells[column])) : std::string_view();
            if (text.empty()) continue;
            if (!to.empty()) to += way.with;
            to += text;
        }
        if (to.empty()) continue;
        if (field.type == FieldType::phone && way.parts.size() > 1 && digits_in(to) < kFewestPhoneDigits) to.clear();
        if (way.take != NamePart::all) to = name_part(to, way.take);
        if (field.type == FieldType::date) {
            if (auto date = plain_date(to, dates_)) to = *std::move(date);
        }
        if (field.type == FieldType::datetime && !zone_.empty()) {
            const auto local = local_time(to, dates_);
            if (const auto time = local ? time_of_local(*local, zone_) : std::nullopt) to = rfc3339_in_zone(*time, zone_);
        }
        if (to.empty()) continue;
        if (field.words.empty()) return i;
        const auto word = field.words.find(match_key(FieldType::text, to).value_or(""));
        if (word != field.words.end()) to = word->second;
        return i;
    }
    to.clear();
    return field.ways.size();
}

void Columns::keep(std::size_t column, const CsvRow& row, std::size_t& stated, FlatRow& to) const {
    if (column >= row.cells.size()) return;
    const std::string_view text = cell_value(row.cells[column]);
    if (trim(text).empty()) return;
    if (stated == to.others.size()) to.others.emplace_back();
    to.others[stated].first = headers_[column];
    to.others[stated].second = text;
    ++stated;
}

void Columns::keep_spare(const FieldColumns& field, std::size_t taken, const CsvRow& row, std::size_t& stated, FlatRow& to) const {
    const auto is_taken = [&](std::size_t column) {
        if (taken == field.ways.size()) return false;
        const auto& parts = field.ways[taken].parts;
        return std::find(parts.begin(), parts.end(), column) != parts.end();
    };
    for (const Way& way : field.ways) {
        for (const std::size_t column : way.parts) {
            const std::string& header = headers_[column];
            // Two fields may leave one column over. A field's own name would be the field.
            const bool known = std::any_of(to.others.begin(), to.others.begin() + static_cast<std::ptrdiff_t>(stated), [&](const auto& other) { return other.first == header; }) ||
                               std::any_of(fields_.begin(), fields_.end(), [&](const FieldColumns& one) { return one.name == header; });
            if (!known && !is_taken(column)) keep(column, row, stated, to);
        }
    }
}

void Columns::apply(const CsvRow& row, FlatRow& to) const {
    to.fields.resize(fields_.size());
    std::size_t stated = 0;
    for (const std::size_t column : others_) keep(column, row, stated, to);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const std::size_t taken = take_text(fields_[i], row, to.fields[i]);
        if (fields_[i].ways.size() > 1) keep_spare(fields_[i], taken, row, stated, to);
    }
    to.others.resize(stated);
    const bool keyed = record_key_ && *record_key_ < row.cells.size();
    to.record_key = keyed ? trim(cell_value(row.cells[*record_key_])) : std::string_view();
}

}  // namespace bindery
