// jobs, pause, resume, cron next, run: when jobs run by themselves.
#include <iostream>

#include "app/commands.h"
#include "app/daemon.h"
#include "app/page_facts.h"
#include "app/start_trouble.h"
#include "core/cron.h"
#include "core/dates.h"
#include "engine/schedule.h"
#include "store/job_turns.h"
#include "store/lock.h"

namespace bindery {
namespace {

// What the store remembers; nothing when there is none yet.
JobTurnRow turn_of(Session& session, const std::string& job) {
    std::error_code none;
    if (!std::filesystem::exists(session.store_file(), none)) return {};
    return JobTurns(session.store_to_read()).read(job);
}

// nullptr: its file is at fault. A daemon may run it all the same, as it was.
const Job* job_named(Session& session) {
    try {
        if (!session.config().fault_of("job." + session.options().id).empty()) return nullptr;
        return &session.config().job(session.options().id);
    } catch (const Error& error) {
        throw Error(ErrorCode::usage, error.what(), "`bindery jobs` lists them");
    }
}

}  // namespace

int command_jobs(Session& session) {
    const WallTime now = session.clock().wall();
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, job] : session.config().jobs) {
        const JobTurnRow turn = turn_of(session, name);
        json fires = json::array();
        std::string shown;
        for (const NextStart& start : next_starts(job, turn, session.store_file(), now, static_cast<std::size_t>(session.options().next))) {
            fires.push_back({{"at", rfc3339(start.at)}, {"local", rfc3339_in_zone(start.at, job.timezone)}, {"timezone", job.timezone}, {"retry", start.retry}});
            shown = local_time_in_zone(start.at, job.timezone) + " " + job.timezone + (start.retry ? " (retry)" : "");
            if (session.options().next > 1) rows.push_back({rows.empty() || fires.size() == 1 ? name : "", fires.size() == 1 ? schedule_words(job) : "", shown, fires.size() == 1 ? job.about : ""});
        }
        const bool paused = turn.paused_at.has_value();
        const auto jitter = job.schedule ? std::chrono::duration_cast<std::chrono::seconds>(jitter_of(name, job.schedule->jitter)).count() : 0;
        list.push_back({{"job", name}, {"about", job.about}, {"schedule", schedule_words(job)}, {"next", fires.empty() ? json() : fires.front()["at"]},
                        {"fires", fires}, {"starts_later_by_seconds", jitter}, {"paused", paused}});
        list.back()["on"] = json::array();
        for (const Listen& listen : job.on) list.back()["on"].push_back(listen.word());
        if (paused) list.back().update({{"paused_why", turn.paused_why.value_or("")}, {"paused_by", turn.paused_by.value_or("")}});
        std::string pause = "paused by " + turn.paused_by.value_or("somebody");
        if (turn.paused_why && !turn.paused_why->empty()) pause += ": " + *turn.paused_why;
        if (session.options().next == 1 || fires.empty()) rows.push_back({name, schedule_words(job), paused ? pause : shown.empty() ? "-" : shown, job.about});
    }
    for (const auto& [name, fault] : session.config().jobs_left_out()) {
        list.push_back({{"job", name}, {"problem", fault}});
        rows.push_back({name, "?", "?", "can't be read: " + fault});
    }
    print(session, {{"jobs", list}}, table({"JOB", "SCHEDULE", "NEXT", "ABOUT"}, rows));
    return 0;
}

int command_pause(Session& session) {
    job_named(session);
    const std::string& job = session.options().id;
    const bool fresh = JobTurns(session.store()).pause(job, session.options().why);
    Wakeups::touch(bell_of(session.store_file()));
    print(session, {{"job", job}, {"paused", true}, {"changed", fresh}},
          "job " + job + (fresh ? " is paused: it doesn't start by itself until `bindery resume " + job + "`. A run under way goes on.\n" : " was paused already.\n"));
    return 0;
}

int command_resume(Session& session) {
    const Job* known = job_named(session);
    const std::string& job = session.options().id;
    const bool fresh = JobTurns(session.store()).resume(job);
    Wakeups::touch(bell_of(session.store_file()));
    const bool makes_up = known != nullptr && known->schedule && known->schedule->catch_up == "once";
    print(session, {{"job", job}, {"paused", false}, {"changed", fresh}},
          "job " + job + (fresh ? std::string(" starts by itself again.") + (makes_up ? " A turn that it missed is made up.\n" : "\n") : " wasn't paused.\n"));
    return 0;
}

int command_cron_next(const Options& options) {
    const std::string zone = options.zone.empty() ? "UTC" : options.zone;
    WallTime at = options.from.empty() ? SystemClock().wall() : parse_rfc3339(options.from);
    json times = json::array();
    for (int i = 0; i < options.next; ++i) {
        at = next_fire(options.expression, zone, at);
        times.push_back(rfc3339_in_zone(at, zone));
    }
    if (options.output == "json") {
        std::cout << json{{"expression", options.expression}, {"timezone", zone}, {"times", times}}.dump(2) << "\n";
    } else {
        for (const auto& time : times) std::cout << time.get<std::string>() << "\n";
    }
    return 0;
}

int command_run(Session& session) {
    try {
        const auto lock = JobLock::take(session.store_file(), kDaemonLock);
        if (!lock) {
            throw Error(ErrorCode::running_elsewhere, "a daemon runs on this store already (process " + std::to_string(JobLock::holder(session.store_file(), kDaemonLock)) + ")",
                        "stop it first, or use `bindery sync` beside it");
        }
        session.store();
        return Daemon(session).run();
    } catch (const Error& error) {
        tell_start_trouble(daemon_starts(session), error);
        throw;
    }
}

}  // namespace bindery
