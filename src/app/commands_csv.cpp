// import, export: the agency's files in and out.
#include <iostream>

#include "app/commands.h"
#include "core/dates.h"
#include "core/error.h"
#include "csv/columns.h"
#include "csv/profiles.h"
#include "engine/export_csv.h"
#include "engine/import_run.h"

namespace bindery {
namespace {

constexpr std::size_t kSampleRows = 1000;

const Book& wanted_book(Session& session) {
    const Options& o = session.options();
    std::string names;
    for (const auto& [name, book] : session.config().books) names += (names.empty() ? "" : ", ") + std::string("book.") + name;
    if (o.into.empty()) throw Error(ErrorCode::usage, "into which book?", "name it with --into: " + names);
    try {
        return session.config().book(o.into.starts_with("book.") ? o.into : "book." + o.into);
    } catch (const Error& error) {
        throw Error(ErrorCode::usage, error.what(), "there are " + (names.empty() ? "none: write config/books/NAME.yaml" : names));
    }
}

// The file's first profile, from its headers and cells.
int suggest(Session& session) {
    const Options& o = session.options();
    const Book& book = wanted_book(session);
    const InputFile input = InputFile::open(o.file);
    const TextFormat format = tell_format(input, "", 0);
    CsvReader reader(input, format);
    CsvRow row;
    if (!reader.next(row)) throw Error(ErrorCode::mapping, o.file + " has no rows", "export it again: the first row names the columns");
    const auto headers = headers_of(row);
    std::vector<std::vector<std::string>> rows;
    while (rows.size() < kSampleRows && reader.next(row)) rows.emplace_back(row.cells.begin(), row.cells.end());
    std::vector<CsvProfile> profiles;
    for (const auto& [name, profile] : session.config().csv) {
        if (profile.into == book.name) profiles.push_back(profile);
    }
    const std::string name = o.profile.empty() ? "mine" : o.profile;
    const std::string text = suggest_profile(headers, rows, book.mapping, profiles, name);
    print(session, {{"profile", name}, {"yaml", text}}, text);
    return 0;
}

}  // namespace

int command_import(Session& session) {
    const Options& o = session.options();
    if (o.full && o.partial) throw Error(ErrorCode::usage, "--full and --partial don't go together");
    if (o.suggest) return suggest(session);
    ImportRequest request;
    request.book = wanted_book(session).mapping.dataset;
    request.file = o.file;
    request.profile = o.profile;
    if (o.full || o.partial) request.whole = o.full;
    if (!o.as_of.empty()) {
        request.as_of = read_rfc3339(o.as_of);
        if (const auto date = parse_date(o.as_of); !request.as_of && date) request.as_of = WallTime(*date);
        if (!request.as_of) throw Error(ErrorCode::usage, "--as-of isn't a time: " + o.as_of, "write it like 2026-11-25T08:00:00-06:00, or 2026-11-25");
    }
    if (o.older) request.older = ImportRequest::Older::take;
    request.dry = o.dry_run;
    request.allow_removed = o.allow_removed;
    request.stop = [&session] { return session.stop_asked(); };
    request.progress = session.progress();
    const ImportRun done = run_import(session.config(), session.store(), session.log(), std::move(request));
    if (session.progress()) std::cerr << "\r\033[K" << std::flush;
    print(session, to_json(done), printable(to_text(done)));
    return static_cast<int>(done.run.exit);
}

int command_export(Session& session) {
    const Options& o = session.options();
    const int given = (o.dataset.empty() ? 0 : 1) + (o.sql.empty() ? 0 : 1) + (o.corrections.empty() ? 0 : 1) + (o.unmatched.empty() ? 0 : 1);
    if (given != 1) throw Error(ErrorCode::usage, "export what?", "name one: a dataset (book.policies, bindpilot.renewals, runs, history), --sql 'SELECT …', --corrections JOB or --unmatched JOB");
    if (o.to.empty()) throw Error(ErrorCode::usage, "export to which file?", "name it with --to FILE; - is stdout");
    if (o.to == "-" && o.output == "json") throw Error(ErrorCode::usage, "--to - and --output json both write to stdout", "name a file with --to");
    const WallTime now = session.clock().wall();
    ExportRequest request;
    request.dataset = o.dataset;
    request.sql = o.sql;
    request.corrections = o.corrections;
    request.unmatched = o.unmatched;
    request.to = o.to;
    request.bom = o.bom;
    request.raw = o.raw;
    request.parameters = {{"now", rfc3339(now)}, {"today", format_date(date_in_zone(now, session.config().settings.timezone))}};
    try {
        for (const std::string& job : {o.corrections, o.unmatched}) {
            if (!job.empty()) session.config().job(job);
        }
        if (!o.dataset.empty() && o.dataset != "runs" && o.dataset != "history") session.config().mapping(o.dataset);
    } catch (const Error& error) {
        throw Error(ErrorCode::usage, error.what(), error.hint());
    }
    const ExportReport done = export_csv(session.config(), session.store_to_read(), request);
    if (o.to == "-") return 0;
    print(session, {{"exported", done.what}, {"file", done.file}, {"rows", done.rows}, {"columns", done.columns}},
          printable(std::to_string(done.rows) + (done.rows == 1 ? " row" : " rows") + " of " + done.what + " written to " + done.file + "\n"));
    return 0;
}

}  // namespace bindery
