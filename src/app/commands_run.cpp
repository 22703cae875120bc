// sync, plan, apply: what runs jobs.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/logger.h>

#include <iostream>

#include "app/commands.h"
#include "app/daemon.h"
#include "app/start_trouble.h"
#include "core/exact_json.h"
#include "engine/begin_run.h"
#include "engine/check.h"
#include "engine/job_run.h"
#include "engine/tell_people.h"
#include "store/job_turns.h"

namespace bindery {
namespace {

// All the faults: who mends one file has the others in sight. What cron started has nobody in front of it.
[[noreturn]] void refuse_in_part(Session& session) {
    try {
        if (session.options().trigger == "schedule" && session.options().command == "sync") tell_people(session.engine());
    } catch (const Error& error) {
        session.log().error("people couldn't be told: {}", error.what());
    }
    session.config().refuse();
}

std::vector<std::string> wanted_jobs(Session& session) {
    const Options& o = session.options();
    if (o.all && !o.jobs.empty()) throw Error(ErrorCode::usage, "--all and --job don't go together");
    std::vector<std::string> names = o.jobs;
    if (o.all) {
        for (const auto& [name, job] : session.config().jobs) names.push_back(name);
    }
    if (o.all && !session.config().faults.empty()) refuse_in_part(session);
    if (names.empty()) throw Error(ErrorCode::usage, "which job?", "name it with --job NAME, or pass --all; `bindery jobs` lists them");
    const auto at_fault = [&](const std::string& name) { return !session.config().fault_of("job." + name).empty(); };
    if (names.size() == 1 && at_fault(names.front())) refuse_in_part(session);
    for (const auto& name : names) {
        try {
            if (!at_fault(name)) session.config().job(name);
        } catch (const Error& error) {
            session.warn_of_left_out();
            throw Error(ErrorCode::usage, error.what(), "`bindery jobs` lists them");
        }
    }
    session.warn_of_left_out();
    return names;
}

RunReport paused_report(const std::string& job) {
    RunReport report;
    report.job = job;
    report.outcome = "paused";
    report.warnings.push_back("the job is paused; `bindery resume " + job + "` lets it run by schedule again");
    return report;
}

// A value under its name; the lines of a long text stand below each other.
void field_text(std::string& out, const std::string& name, const json& value) {
    const std::string text = scalar_text(value).value_or(value.is_null() ? "nothing" : dump_exact(value));
    const std::string margin = "\n" + std::string(name.size() + 6, ' ');
    out += "    " + name + ": ";
    for (const char c : text) out += c == '\n' ? margin : std::string(1, c);
    out += "\n";
}

// What would be sent, field by field, then the summary: the end is what stays in sight.
std::string text_of(RunReport report) {
    std::string out;
    for (const auto& call : report.list) {
        out += call.effect + " " + call.ref + " (" + call.decision + "): " + call.method + " " + call.path + "\n";
        if (call.body.empty()) continue;
        const json body = parse_exact(call.body);
        if (!body.is_object()) {
            out += "    " + call.body + "\n";
            continue;
        }
        for (const auto& [name, value] : body.items()) field_text(out, name, value);
    }
    report.list.clear();
    return out + (out.empty() ? "" : "\n") + to_text(report);
}

void clear_progress(const Engine& engine) {
    if (engine.progress) std::cerr << "\r\033[K" << std::flush;
}

// What cron started has nobody in front of it.
void tell_of_unbegun(const Engine& engine, const std::string& job, const Error& error) {
    if (error.code() == ErrorCode::running_elsewhere) return;
    ping(engine, engine.config.job(job), failed_report(job, "sync", error));
    tell_people(engine);
}

// What the runs made of the store.
struct StoreUse {
    bool used = false, failed = false;
    std::optional<Error> unbegun;  // a run couldn't even begin for it

    void add(const RunReport& report) {
        if (report.error && report.error->code == code_name(ErrorCode::store)) failed = true;
        used = used || (report.run != 0 && report.outcome != "paused");
    }
};

// Runs the jobs in order. A job that can't begin doesn't keep the others from running.
int run_all(Session& session, const std::vector<std::string>& names, const RunOptions& options, StoreUse* use = nullptr) {
    const Engine engine = session.engine();
    json runs = json::array();
    std::string text;
    ExitCode exit = ExitCode::done;
    for (const auto& name : names) {
        RunReport report;
        const bool scheduled = session.options().trigger == "schedule";
        try {
            if (!scheduled) check_job_sql(session.config().job(name), engine.store.file());
            const bool paused = scheduled && JobTurns(engine.store).read(name).paused_at;
            report = paused ? paused_report(name) : run_job(engine, session.config().job(name), options);
        } catch (const Error& error) {
            if (names.size() == 1) {
                clear_progress(engine);
                if (scheduled) tell_of_unbegun(engine, name, error);
                throw;
            }
            report = failed_report(name, options.kind, error);
            if (use != nullptr && error.code() == ErrorCode::store) use->unbegun = error;
        }
        if (use != nullptr) use->add(report);
        clear_progress(engine);
        if (session.config().jobs.contains(name)) ping(engine, session.config().job(name), report);
        runs.push_back(to_json(report));
        text += text_of(report);
        exit = worse(exit, report.exit);
        if (session.stop_asked()) break;
    }
    Wakeups::touch(bell_of(engine.store.file()));  // jobs of a daemon may have waited for these runs to end
    if (options.kind == "sync") tell_people(engine);
    print(session, names.size() == 1 && !session.options().all ? runs.front() : json{{"runs", runs}}, printable(text));
    return static_cast<int>(exit);
}

// The plan names clients: only its owner may read it. Written whole or not at all.
void write_private(const std::string& file, const std::string& text) {
    const std::string part = file + ".part";
    ::unlink(part.c_str());
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0;
    for (std::size_t at = 0; good && at < text.size();) {
        const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
        good = n > 0;
        if (good) at += static_cast<std::size_t>(n);
    }
    good = good && ::fsync(fd) == 0;
    if (fd >= 0) ::close(fd);
    if (!good || ::rename(part.c_str(), file.c_str()) != 0) {
        ::unlink(part.c_str());
        throw Error(ErrorCode::store, "can't write " + file, "check the folder, its permissions and the free space");
    }
}

// What is to run by itself: from now on one that has no good run turns stale, as with a daemon.
void note_seen(Session& session) {
    JobTurns turns(session.store());
    for (const auto& [name, job] : session.config().jobs) {
        if ((job.schedule || job.stale_after > Duration{0}) && !turns.read(name).first_seen) turns.seen(name, session.clock().wall());
    }
}

// Cron comes again and again: that the store can't be used is told past it, once, and so is the end of that. Of a run that fails of it
// later the store tells, if it can.
int run_by_cron(Session& session, const RunOptions& options) {
    const Starting starting = cron_starts(session);
    StoreUse use;
    const auto tell = [&] {
        if (use.unbegun) tell_start_trouble(starting, *use.unbegun);
        tell_cron_good(starting, use.used && !use.failed);
    };
    try {
        const auto names = wanted_jobs(session);
        note_seen(session);
        const int code = run_all(session, names, options, &use);
        tell();
        return code;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::store) use.unbegun = error;
        use.failed = use.failed || use.unbegun;
        tell();
        throw;
    }
}

}  // namespace

int command_sync(Session& session) {
    const Options& o = session.options();
    if (o.dry_run) return command_plan(session);
    RunOptions options;
    options.kind = o.baseline ? "baseline" : "sync";
    options.allow_effects = o.allow_effects;
    options.allow_removed = o.allow_removed;
    options.accept_ledger = o.accept_ledger;
    return o.trigger == "schedule" ? run_by_cron(session, options) : run_all(session, wanted_jobs(session), options);
}

int command_plan(Session& session) {
    const Options& o = session.options();
    const auto names = wanted_jobs(session);
    RunOptions options;
    options.kind = "plan";
    options.allow_removed = o.allow_removed;
    if (names.size() != 1) {
        if (!o.file.empty()) throw Error(ErrorCode::usage, "--out takes one job");
        return run_all(session, names, options);
    }
    const Engine engine = session.engine();
    check_job_sql(session.config().job(names.front()), engine.store.file());
    const RunReport report = run_job(engine, session.config().job(names.front()), options);
    clear_progress(engine);
    if (!o.file.empty() && report.outcome == "planned") write_private(o.file, dump_exact(plan_json(plan_of(report))) + "\n");
    print(session, to_json(report), printable(text_of(report)));
    if (o.detailed_exit_code && report.exit == ExitCode::done && !report.list.empty()) return static_cast<int>(ExitCode::changes_pending);
    return static_cast<int>(report.exit);
}

int command_apply(Session& session) {
    RunOptions options;
    options.kind = "apply";
    options.allow_effects = session.options().allow_effects;
    options.accept_ledger = session.options().accept_ledger;
    options.plan = read_plan(session.options().file);
    session.warn_of_left_out();
    const Job& job = session.config().job(options.plan->job);
    return run_all(session, {job.name}, options);
}

}  // namespace bindery
