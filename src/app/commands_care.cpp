// backup, purge, check --integrity: care of the store.
#include <iostream>

#include "app/commands.h"
#include "core/dates.h"
#include "core/error.h"
#include "engine/forget.h"
#include "engine/store_care.h"
#include "store/backup.h"
#include "store/care.h"
#include "store/ledger.h"

namespace bindery {
namespace {

std::string size_text(std::int64_t bytes) {
    constexpr std::int64_t kKilo = 1000, kMega = 1000 * kKilo;
    if (bytes < 10 * kMega) return std::to_string((bytes + kKilo - 1) / kKilo) + " kB";
    return std::to_string((bytes + kMega - 1) / kMega) + " MB";
}

double seconds_since(const Session& session, BootTime began) { return std::chrono::duration<double>(session.clock().boot() - began).count(); }

// The copy is whole by now; that the store couldn't note it, or is of another version, is a warning.
std::string note(Session& session, const BackupReport& report) {
    std::string warning;
    if (!note_backup(session.store_file(), {report.file.string(), rfc3339(session.clock().wall()), report.bytes})) warning = "the place of this backup could not be noted beside the store";
    try {
        Store::open_read_only(session.store_file(), session.clock());  // an older one isn't upgraded by its backup
        Store store(session.store_file(), session.clock());
        store.transaction([&] {
            note_care(store, "backup");
            note_care(store, "integrity");  // the copy was read whole and found sound
            Ledger(store).audit(std::nullopt, "backup", "store", report.file.string());
        });
    } catch (const Error& error) {
        warning = std::string("the store could not note this backup: ") + error.what();
    }
    return warning;
}

std::string count_text(const PurgeCount& count, bool dry) {
    static const std::map<std::string, std::string> kWhat{
        {"history", "changes"}, {"runs", "runs"}, {"effects", "effects' contents"}, {"attempts", "attempts"}, {"quarantine", "rows in quarantine"},
        {"calls", "calls of runs"}, {"answers", "answers to pings"}, {"proofs", "proofs of consent of sales"}, {"removed", "removed records"}, {"conflicts", "closed conflicts"}, {"corrections", "closed corrections"}};
    return std::to_string(count.rows) + " " + kWhat.at(count.kind) + (count.dataset.empty() ? "" : " of " + count.dataset) + (dry ? " would go" : " gone");
}

}  // namespace

int command_backup(Session& session) {
    const Options& o = session.options();
    if (o.file.empty()) throw Error(ErrorCode::usage, "back up to which file?", "bindery backup FILE");
    BackupRequest request;
    request.store = session.store_file();
    request.target = o.file;
    request.replace = o.replace;
    request.stop = [&session] { return session.stop_asked(); };
    if (const auto progress = session.progress()) {
        request.progress = [progress](int copied, int pages) { progress("copied " + std::to_string(pages == 0 ? 100 : static_cast<std::int64_t>(copied) * 100 / pages) + " %"); };
    }
    const BootTime began = session.clock().boot();
    const BackupReport report = back_up(request);
    if (session.progress()) std::cerr << "\r\033[K" << std::flush;
    const double seconds = seconds_since(session, began);
    const std::string warning = note(session, report);
    std::string text = report.file.string() + ": " + size_text(report.bytes) + ", " + std::to_string(report.pages) + " pages, checked and sound, in " +
                       format_duration(session.clock().boot() - began) + "\n";
    if (!warning.empty()) text += "warning: " + warning + "\n";
    json object{{"file", report.file.string()}, {"bytes", report.bytes}, {"pages", report.pages}, {"checked", true}, {"seconds", seconds}};
    if (!warning.empty()) object["warnings"] = json::array({warning});
    print(session, object, printable(text));
    return 0;
}

int command_check_integrity(Session& session) {
    session.store_to_read();  // one that isn't there, or isn't a store, is told as such
    const BootTime began = session.clock().boot();
    Store store(session.store_file(), session.clock());
    const auto problems = check_store(store, [&session] { return session.stop_asked(); });
    const double seconds = seconds_since(session, began);
    if (problems.empty()) {
        print(session, {{"sound", true}, {"problems", json::array()}, {"seconds", seconds}}, session.store_file().string() + " is sound\n");
        return 0;
    }
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "; ") + problem;
    throw Error(ErrorCode::store, session.store_file().string() + " is damaged: " + text, restore_hint(session.store_file()), Reach::process);
}

int command_purge(Session& session) {
    const Options& o = session.options();
    if (o.dry_run && o.vacuum) throw Error(ErrorCode::usage, "--dry-run and --vacuum don't go together");
    Store& store = o.dry_run ? session.store_to_read() : session.store();
    PurgeOptions options;
    options.dry = o.dry_run;
    options.stop = [&session] { return session.stop_asked(); };
    const Purged done = purge(store, purge_rules(session.config(), session.clock().wall()), options);
    json counts = json::array();
    std::string text;
    if (const std::int64_t ids = o.dry_run || !done.whole ? 0 : purge_inbox(session.config(), session.store_file(), session.clock()); ids > 0) {
        counts.push_back({{"kind", "webhooks"}, {"rows", ids}});
        text += std::to_string(ids) + " ids of webhook events gone\n";
    }
    for (const auto& count : done.counts) {
        counts.push_back({{"kind", count.kind}, {"rows", count.rows}});
        if (!count.dataset.empty()) counts.back()["dataset"] = count.dataset;
        text += count_text(count, o.dry_run) + "\n";
    }
    if (text.empty()) text = "Nothing is past its retention.\n";
    const auto left_out = session.config().jobs_left_out();
    if (!left_out.empty()) text += "Removed records stay until the file of job " + left_out.begin()->first + " can be read: it may compare them.\n";
    if (!done.whole) throw Error(ErrorCode::interrupted, "stopped; what was left goes with the next purge", "", Reach::process, Again::later);
    if (o.vacuum && !finish_forgetting(session.config(), store)) vacuum(store);
    const std::int64_t free = free_bytes(store);
    if (o.vacuum) text += "The file was written anew.\n";
    else if (free > 0) text += size_text(free) + " in the file are free; later runs use them again (--vacuum gives them back to the disk)\n";
    print(session, {{"dry_run", o.dry_run}, {"purged", counts}, {"free_bytes", free}, {"vacuumed", o.vacuum}}, text);
    return 0;
}

}  // namespace bindery
