#include "engine/export_csv.h"

#include <algorithm>
#include <regex>

#include "core/dates.h"
#include "core/error.h"
#include "core/exact_json.h"
#include "csv/header_names.h"
#include "engine/csv_file.h"
#include "engine/export_corrections.h"
#include "engine/export_unmatched.h"
#include "store/book_import.h"
#include "store/job_sql.h"
#include "store/text_rows.h"

namespace bindery {
namespace {

constexpr const char* kRunColumns[] = {"id", "job", "kind", "state", "outcome", "exit_code", "started_at", "ended_at", "error_code", "message"};
constexpr const char* kHistoryColumns[] = {"id", "dataset", "key", "run", "at", "kind", "field", "old", "new"};

// A book: its fields, then the columns that no field takes, so that importing it again gives what there is. A book that we write into
// has the records' keys too: its fields may have moved away from them.
void write_book(const Config& config, Store& store, const Mapping& mapping, CsvFile& out, ExportReport& report) {
    const bool keyed = config.book(mapping.dataset).authority == Authority::here;
    auto others = other_headers(store, mapping.dataset);
    // One that has become a field since is there as that field; until the next import it says there what it said as a column.
    std::vector<std::pair<std::string, std::size_t>> former;
    std::erase_if(others, [&](const std::string& header) {
        const auto field = std::find_if(mapping.fields.begin(), mapping.fields.end(), [&](const Field& each) { return folded_header(each.name) == folded_header(header); });
        if (field == mapping.fields.end()) return false;
        former.emplace_back(header, static_cast<std::size_t>(field - mapping.fields.begin()));
        return true;
    });
    std::vector<bool> text;
    if (keyed) {
        report.columns.emplace_back("record_key");
        text.push_back(true);
    }
    for (const Field& field : mapping.fields) {
        report.columns.push_back(field.name);
        text.push_back(is_text_column(field.type));
    }
    for (const auto& header : others) {
        report.columns.push_back(header);
        text.push_back(true);
    }
    out.header(report.columns, text);
    for_each_text_row(store, dataset_select(mapping), {}, [&](TextCells& cells) {
        json document;
        if (!others.empty() || !former.empty()) document = parse_exact(cells.back());
        cells.pop_back();
        const auto column = [&](const std::string& header) {
            const auto found = document.find(header);
            return found != document.end() && found->is_string() ? std::string_view(found->get_ref<const std::string&>()) : std::string_view();
        };
        for (const auto& [header, field] : former) {
            if (cells[1 + field].empty()) cells[1 + field] = column(header);  // behind the key
        }
        for (const auto& header : others) cells.push_back(column(header));
        if (!keyed) cells.erase(cells.begin());
        out.row(cells);
    });
}

void write_dataset(const Config& config, Store& store, const std::string& dataset, CsvFile& out, ExportReport& report) {
    const Mapping& mapping = config.mapping(dataset);
    if (!mapping.key_fields.empty()) return write_book(config, store, mapping, out, report);
    std::vector<bool> text{true};
    report.columns.emplace_back("key");
    for (const Field& field : mapping.fields) {
        report.columns.push_back(field.name);
        text.push_back(is_text_column(field.type));
    }
    out.header(report.columns, text);
    for_each_text_row(store, dataset_select(mapping), {}, [&](TextCells& cells) {
        cells.pop_back();
        out.row(cells);
    });
}

template <std::size_t N>
void write_table(Store& store, const char* table, const char* const (&columns)[N], CsvFile& out, ExportReport& report) {
    std::string sql;
    std::vector<bool> text;
    for (const char* column : columns) {
        sql += (sql.empty() ? "SELECT " : ", ") + std::string(column);
        report.columns.emplace_back(column);
        const std::string name = column;
        text.push_back(name != "id" && name != "run" && name != "exit_code" && !name.ends_with("at"));
    }
    out.header(report.columns, text);
    for_each_text_row(store, sql + " FROM " + table + " ORDER BY id", {}, [&](TextCells& cells) { out.row(cells); });
}

// Without an order of its own a select may give its rows in another one each time.
std::string ordered(const std::string& sql, std::size_t columns) {
    static const std::regex order("order\\s+by", std::regex::icase);
    if (std::regex_search(sql, order)) return sql;
    std::string by;
    for (std::size_t i = 1; i <= columns; ++i) by += (i > 1 ? ", " : "") + std::to_string(i);
    std::string select = sql;
    while (!select.empty() && (select.back() == ';' || select.back() == ' ' || select.back() == '\n')) select.pop_back();
    return "SELECT * FROM (" + select + "\n) ORDER BY " + by;
}

void write_select(Store& store, const ExportRequest& request, CsvFile& out, ExportReport& report) {
    JobSql sql(store.file(), request.parameters);
    try {
        report.columns = sql.columns(request.sql);
    } catch (const Error& error) {
        throw Error(ErrorCode::usage, error.what(), error.hint());
    }
    out.header(report.columns, std::vector<bool>(report.columns.size(), true));
    std::vector<std::string> texts;
    std::vector<bool> text;
    sql.for_each_cells(ordered(request.sql, report.columns.size()), [&](const std::vector<json>& cells) {
        texts.clear();
        text.clear();
        for (const auto& cell : cells) {
            texts.push_back(scalar_text(cell).value_or(""));
            text.push_back(cell.is_string() && !parse_date(texts.back()));
        }
        out.row(TextCells(texts.begin(), texts.end()), text);
    });
}

}  // namespace

ExportReport export_csv(const Config& config, Store& store, const ExportRequest& request) {
    ExportReport report;
    report.what = !request.sql.empty() ? "a select" : !request.corrections.empty() ? "corrections of " + request.corrections : !request.unmatched.empty() ? "what only one book has by " + request.unmatched : request.dataset;
    report.file = request.to.string();
    for (const std::string& job : {request.corrections, request.unmatched}) {
        if (!job.empty()) config.job(job);
    }
    const bool own = request.dataset == "runs" || request.dataset == "history";
    if (!request.dataset.empty() && !own) config.mapping(request.dataset);
    CsvFile out(request.to, request.bom, request.raw ? CellGuard::raw : CellGuard::safe);
    if (!request.sql.empty()) write_select(store, request, out, report);
    if (!request.corrections.empty()) report.columns = write_corrections(config, store, request.corrections, out);
    if (!request.unmatched.empty()) report.columns = write_unmatched(config, store, request.unmatched, out);
    if (request.dataset == "runs") write_table(store, "run", kRunColumns, out, report);
    if (request.dataset == "history") write_table(store, "change", kHistoryColumns, out, report);
    if (!request.dataset.empty() && !own) write_dataset(config, store, request.dataset, out, report);
    out.finish();
    report.rows = out.rows();
    return report;
}

ExportRequest export_request(const Engine& engine, const ExportStep& step, const Values& values) {
    ExportRequest request;
    request.dataset = step.dataset;
    request.sql = step.sql;
    request.corrections = step.corrections;
    std::string to = step.to;
    for (auto at = to.find("{today}"); at != std::string::npos; at = to.find("{today}")) to.replace(at, 7, values.at("today").get<std::string>());
    request.to = (engine.config.settings.file.parent_path() / to).lexically_normal();
    request.bom = step.bom;
    request.raw = step.raw;
    request.parameters = values;
    return request;
}

}  // namespace bindery
