#include "app/start_trouble.h"

#include <poll.h>
#include <spdlog/logger.h>

#include <algorithm>

#include "app/commands.h"
#include "app/trouble_note.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr auto kAfter = std::chrono::minutes(5);
constexpr auto kAnotherAfter = std::chrono::minutes(10);  // without a start that failed: it was stopped, or ran
constexpr auto kOthersTell = std::chrono::minutes(2);     // by all channels
constexpr const char* kCronTrouble = "cron";              // among what people are told

bool by_cron(const Starting& starting) { return !starting.jobs.empty(); }

TroubleNote note_of(const Starting& starting) {
    return {starting.store, starting.sender.config.settings.file, by_cron(starting) ? ".cron-trouble" : ".start-trouble", starting.sender.environment};
}

fs::path folder_of(const Starting& starting) { return starting.sender.config.settings.file.parent_path(); }

void need_noted(const TroubleNote& note, const NotedTrouble& noted) {
    if (!note.write(noted)) throw Error(ErrorCode::store, "that they were can be noted nowhere, and they would be told again each time");
}

bool tell(const Starting& starting, const std::string& text, bool over) { return tell_at_once(starting.sender, by_cron(starting) ? kCronTrouble : kStartTrouble, text, over); }

bool is_told_here(const Starting& starting, ErrorCode code) {
    if (by_cron(starting)) return code == ErrorCode::config || code == ErrorCode::store;
    return code != ErrorCode::config && code != ErrorCode::usage && code != ErrorCode::running_elsewhere && code != ErrorCode::interrupted;
}

// As it stands now, untold; what was told of it stays told.
FailingStarts failing_now(const std::optional<FailingStarts>& before, FailingStarts now, bool lasts) {
    if (!before || (!before->told && now.last - before->last >= kAnotherAfter)) return now;
    now.since = std::min(before->since, now.last);
    now.told = before->told && (!lasts || before->about == now.about);
    if (now.told) now.jobs = before->jobs;
    return now;
}

FailingStarts failing_of(const Starting& starting, const Error& error) {
    const WallTime now = starting.sender.clock.wall();
    FailingStarts failing{now, now, false, (by_cron(starting) ? "what cron starts can't run: " : "the daemon can't begin, and no job runs: ") + in_one_line(error), {}, {}};
    failing.about = failing.text;
    if (!by_cron(starting) || error.code() != ErrorCode::store) return failing;
    failing.about = "store";  // a full disk has other words for each job, and a small one may find room
    failing.jobs = starting.jobs;
    return failing;
}

void tell_once(const Starting& starting, const Error& error) {
    FolderLock alone(folder_of(starting));
    // Another is telling them, of this or of something else: the next start may be a day away.
    for (const BootTime until = starting.sender.clock.boot() + kOthersTell; alone.taken() && starting.sender.clock.boot() < until && !starting.sender.stop_asked(); alone.try_again()) ::poll(nullptr, 0, 100);
    if (alone.taken()) return;
    const TroubleNote note = note_of(starting);
    const bool lasts = by_cron(starting) || error.again() == Again::never;
    const NotedTrouble before = note.read();
    NotedTrouble noted{failing_now(before.failing, failing_of(starting, error), lasts), before.ended};
    FailingStarts& failing = *noted.failing;
    const bool due = !failing.told && (lasts || failing.last - failing.since >= kAfter);
    if (due) {
        failing.told = true;
        noted.ended.clear();  // the end of this one will be told
    }
    need_noted(note, noted);  // before anybody is told: what can't be remembered would be told at each start
    if (!due || tell(starting, failing.text, false)) return;
    failing.told = false;
    noted.ended = before.ended;
    need_noted(note, noted);
}

const char* who(const Starting& starting) { return by_cron(starting) ? "what cron starts" : "the daemon"; }

Starting starting_of(Session& session, const std::string& jobs) {
    return {{session.config(), session.environment(), session.clock(), session.log(), session.wires(), [&session] { return session.stop_asked(); }}, session.store_file(), jobs};
}

}  // namespace

Starting daemon_starts(Session& session) { return starting_of(session, ""); }
Starting cron_starts(Session& session) { return starting_of(session, jobs_of_line(session.options())); }

std::string jobs_of_line(const Options& options) {
    std::string text;
    for (const auto& job : options.jobs) text += (text.empty() ? "" : ", ") + job;
    return text.empty() ? "all" : text;
}

void tell_start_trouble(const Starting& starting, const Error& error) {
    if (!is_told_here(starting, error.code()) || !starting.sender.config.settings.notify.any()) return;
    try {
        tell_once(starting, error);
    } catch (const std::exception& problem) {
        starting.sender.log.error("people couldn't be told that {} doesn't begin: {}", who(starting), problem.what());
    }
}

void start_trouble_over(const Starting& starting) {
    const TroubleNote note = note_of(starting);
    if (!note.there()) return;
    NotedTrouble noted = note.read();
    if (noted.failing && !noted.failing->jobs.empty() && noted.failing->jobs != starting.jobs) return;
    if (noted.failing && noted.failing->told) noted.ended = noted.failing->text;
    noted.failing.reset();
    if (noted.ended.empty() || !starting.sender.config.settings.notify.any()) note.remove();
    else if (!note.write(noted)) starting.sender.log.warn("that {} begins again can be noted nowhere", who(starting));  // its end is told all the same
}

bool tell_start_trouble_over(const Starting& starting) {
    const TroubleNote note = note_of(starting);
    if (!note.there()) return true;
    try {
        const FolderLock alone(folder_of(starting));
        if (alone.taken()) return false;
        const NotedTrouble noted = note.read();
        if (by_cron(starting) && noted.failing) return true;  // of other jobs
        const std::string text = noted.failing && noted.failing->told ? noted.failing->text : noted.ended;
        if (!text.empty() && !tell(starting, text, true)) return false;
    } catch (const std::exception& problem) {
        starting.sender.log.error("people couldn't be told that {} begins again: {}", who(starting), problem.what());
        return false;
    }
    note.remove();
    return true;
}

}  // namespace bindery
