#include "engine/import_run.h"

#include "config/faults.h"
#include "core/dates.h"
#include "core/text.h"
#include "csv/input_file.h"
#include "engine/begin_run.h"
#include "engine/forget.h"
#include "engine/import_words.h"
#include "engine/store_care.h"
#include "engine/tally.h"
#include "store/lock.h"
#include "store/runs.h"

namespace bindery {
namespace {


RunRow begin_row(const std::string& book, const std::string& zone, WallTime now) {
    RunRow row;
    row.job = book;
    row.kind = "import";
    row.phase = "import";
    row.timezone = zone;
    row.started_at = row.now = rfc3339(now);
    row.today = format_date(date_in_zone(now, zone));
    return row;
}

std::string same_again(const ImportReport& file) { return "the same file again" + (file.read_in > 0 ? ": run " + std::to_string(file.read_in) + " has read it" : ""); }

std::string named(std::int64_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

}  // namespace

void take_import(const ImportReport& file, const std::string& book, RunReport& run) {
    DatasetReport& dataset = run.datasets[book];
    add_counts(dataset.counts, file.counts);
    dataset.as_of = file.read_at;
    dataset.complete = file.whole && !file.outdated;
    dataset.verdict = file.same_again ? same_again(file) : file.outdated ? "an older file" : file.whole ? "complete" : "a part of the book";
    for (const auto& warning : file.warnings) run.warnings.push_back(book + ": " + warning);
    if (file.counts.quarantined == 0) return;
    run.worsen(ExitCode::partial);
    run.warnings.push_back(book + ": " + named(file.counts.quarantined, "row") + " of " + file.file + " rejected" + (file.rejects.empty() ? "" : ", kept with the reason in " + file.rejects));
}

ImportRun run_import(const Config& config, Store& store, spdlog::logger& log, ImportRequest request) {
    config.book(request.book);
    // A file or a profile that isn't there is no run.
    InputFile::open(request.file);
    if (!request.profile.empty() && request.profile != "export" && config.csv.count(request.profile) == 0) {
        std::vector<std::string> names;
        for (const auto& [name, profile] : config.csv) {
            if ("book." + profile.into == request.book) names.push_back(name);
        }
        throw Error(ErrorCode::usage, "there is no profile `" + request.profile + "` for " + request.book + did_you_mean(request.profile, names),
                    "leave it out and the one that fits is taken, or see config/csv; `bindery import FILE --suggest` writes another");
    }
    const auto lock = JobLock::take(store.file(), request.book);
    if (!lock) throw Error(ErrorCode::running_elsewhere, request.book + " is being imported already", "wait until that has ended", Reach::job, Again::later);
    if (!request.dry) check_store_when_due(store, log, request.stop);
    ImportRun done;
    RunReport& run = done.run;
    const WallTime now = store.clock().wall();
    const BootTime started = store.clock().boot();
    run.job = request.book;
    run.kind = "import";
    RunRow row = begin_row(request.book, config.settings.timezone, now);
    run.now = row.now;
    run.today = row.today;
    if (!request.dry) {
        store.transaction([&] { request.run = run.run = Runs(store).begin(row); });
    }
    try {
        done.file = import_file(config, store, request);
        take_import(done.file, request.book, run);
        if (const auto back = request.dry ? 0 : forgotten_that_came_back(store, request.book, run.run); back > 0) run.warnings.push_back(came_back(request.book, back));
    } catch (const Error& error) {
        run.fail(error);
        log.warn("{}", error.what());
    }
    run.outcome = outcome_of(run);
    run.seconds = std::chrono::duration<double>(store.clock().boot() - started).count();
    if (!request.dry) end_run(store, run, {});
    log.info("{}: import ends: {}", request.book, run.outcome);
    return done;
}

json to_json(const ImportRun& done) {
    json out = to_json(done.run);
    const ImportReport& file = done.file;
    for (const char* unused : {"effects", "conflicts", "requests", "waited_seconds"}) out.erase(unused);
    out["file"] = file.file;
    out["profile"] = file.profile;
    out["whole"] = file.whole;
    out["as_of"] = file.read_at;
    out["same_again"] = file.same_again;
    out["read"] = file.counts.seen;
    out["rejected"] = file.counts.quarantined;
    out["kept"] = file.counts.kept;
    if (!file.absent.empty()) out["absent"] = file.absent;
    if (!file.unmapped.empty()) out["no_field_takes"] = file.unmapped;
    if (!file.rejects.empty()) out["rejects"] = file.rejects;
    if (!file.reasons.empty()) out["reasons"] = file.reasons;
    return out;
}

std::string to_text(const ImportRun& done) {
    const RunReport& run = done.run;
    const ImportReport& file = done.file;
    const ImportCounts& c = file.counts;
    std::string out = "Import into " + run.job + (run.run > 0 ? ", run " + std::to_string(run.run) : ", dry: nothing is written") + ": " + run.outcome + "\n";
    if (file.same_again) {
        out += "  the same file has landed before: nothing to do\n";
    } else if (!run.error) {
        out += "  " + named(c.seen, "row") + " read with the profile " + file.profile + ", as of " + file.read_at + (file.whole ? ", the whole book" : ", a part of the book") + "\n  " +
               std::to_string(c.added) + " added, " + std::to_string(c.changed) + " changed, " + std::to_string(c.unchanged) + " unchanged, " + std::to_string(c.removed) + " removed";
        const auto part = [&](std::int64_t n, const char* what) {
            if (n > 0) out += ", " + std::to_string(n) + " " + what;
        };
        part(c.folded, "folded into another row's record");
        part(c.superseded, "older than what the book has");
        part(c.quarantined, "rejected");
        out += "\n";
        std::string absent;
        for (const auto& name : file.absent) absent += (absent.empty() ? "  no column for: " : ", ") + name;
        if (!absent.empty()) out += absent + "\n";
        if (!file.unmapped.empty()) out += "  no field takes: " + one_line(first_names(file.unmapped)) + "; kept under these headers\n";
        if (c.kept > 0) out += "  " + named(c.kept, "value") + " of changed records kept that the file leaves blank\n";
    }
    for (const auto& [reason, rows] : file.reasons) out += "  rejected, " + named(rows, "row") + ": " + one_line(reason) + "\n";
    for (const auto& warning : run.warnings) out += "  warning: " + one_line(warning) + "\n";
    if (run.error) {
        out += "  error: " + one_line(run.error->message) + "\n";
        if (!run.error->hint.empty()) out += "  what to do: " + one_line(run.error->hint) + "\n";
    }
    return out;
}

}  // namespace bindery
