#include "app/daemon.h"

#include <malloc.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.h"
#include "core/dates.h"
#include "engine/begin_run.h"
#include "engine/check.h"
#include "engine/store_care.h"
#include "engine/tell_people.h"
#include "store/lock.h"

namespace bindery {
namespace {

using std::chrono::seconds;

constexpr std::size_t kRunsAtOnce = 4;       // the budget is shared anyway; more would only hold more memory
constexpr auto kStopWithin = seconds(8);     // systemd and people wait ten
constexpr auto kTroubleAgain = seconds(30);  // when the store can't be read or written

std::string plural_runs(std::size_t n) { return std::to_string(n) + (n == 1 ? " run" : " runs"); }

std::string whole(const Error& error) { return error.what() + (error.hint().empty() ? "" : ". " + error.hint()); }

// A row that says `running` while nobody holds the job's lock was left by a process that died.
JobPast past_from(const JobTurnRow& row, bool here, bool elsewhere) {
    JobPast past;
    past.first_seen = row.first_seen;
    past.handled_until = row.handled_until;
    past.last_started = row.last_started;
    past.last_ended = row.last_ended;
    past.paused = row.paused_at.has_value();
    past.running = here;
    past.elsewhere = elsewhere;
    if (row.last_outcome == "failed" || row.last_outcome == "incomplete" || row.last_state == "running") past.last = JobPast::Ending::failed;
    if (row.last_outcome == "interrupted") past.last = JobPast::Ending::interrupted;
    return past;
}

}  // namespace

std::filesystem::path bell_of(const std::filesystem::path& store) { return store.string() + ".bell"; }

Pasts pasts_of(const Jobs& jobs, Store& store, const std::set<std::string>& running_here) {
    Pasts pasts;
    JobTurns turns(store);
    for (const auto& [name, job] : jobs) {
        const JobTurnRow row = turns.read(name);
        const bool here = running_here.contains(name);
        pasts[name] = past_from(row, here, !here && row.last_state == "running" && JobLock::held_elsewhere(store.file(), name));
    }
    return pasts;
}

Daemon::Daemon(Session& session)
    : session_(session),
      config_(session.shared_config()),
      log_(session.log()),
      store_file_(session.store_file()),
      manager_(session.environment()),
      wakeups_(session.stop(), bell_of(store_file_)),
      threads_(session.options(), session.stop(), session.shared_log(), [this] { wakeups_.ring(); }) {}

int Daemon::run() {
    begin();
    for (;;) {
        end_runs();
        std::optional<WallTime> wake;
        try {
            wake = look();
            trouble_.clear();
        } catch (const Error& error) {
            if (trouble_ != error.what()) log_.error("{}", whole(error));
            trouble_ = error.what();
            wake = session_.clock().wall() + kTroubleAgain;
        }
        tell("WATCHDOG=1\n");
        std::optional<Duration> longest;
        if (manager_.watchdog().count() > 0) longest = manager_.watchdog();
        const Woken woken = wakeups_.wait(wake, longest);
        if (woken.stop || session_.stop_asked()) return stop();
        if (woken.clock) log_.warn("the clock was set");
        if (woken.reload) reload();
    }
}

void Daemon::begin() {
    if (geteuid() == 0 && manager_.there()) log_.warn("runs as root; the unit in packaging/ has an account of its own");
    const Engine engine = session_.engine();
    std::size_t scheduled = 0;
    for (const auto& [name, job] : config_->jobs) {
        check_job_sql(job, store_file_);
        if (!job.schedule) continue;
        ++scheduled;
        try {
            need_secrets(engine, job);
        } catch (const Error& error) {
            log_.error("job {}: {}", name, whole(error));
        }
    }
    open_pages();
    log_.info("bindery {} runs {} of {} jobs by schedule; store {}", BINDERY_VERSION, scheduled, config_->jobs.size(), store_file_.string());
    tell("READY=1\n");
}

// The jobs matter more than the pages: only a port that was asked for by number must be had.
void Daemon::open_pages() {
    PagesSource source;
    source.config = [this] { return config(); };
    source.store = store_file_;
    source.environment = session_.environment();
    source.clock = &session_.clock();
    source.log = session_.shared_log();
    try {
        pages_ = start_pages(source);
        if (pages_) log_.info("pages at {} (bindery open gives a link)", pages_->address());
    } catch (const Error& error) {
        if (config_->settings.web.port_given) throw;
        log_.warn("there are no pages, health and metrics: {}", whole(error));
    }
}

std::shared_ptr<const Config> Daemon::config() const {
    const std::lock_guard lock(config_mutex_);
    return config_;
}

void Daemon::end_runs() {
    bool any = false;
    for (const EndedRun& end : threads_.collect()) {
        if (is_chore(end.job)) {
            if (end.error && end.error->code() != ErrorCode::interrupted) log_.error("{} {}", end.job, whole(*end.error));
            continue;
        }
        any = true;
        if (end.error && end.error->code() == ErrorCode::running_elsewhere) {
            log_.info("job {}: another process runs it", end.job);
        } else if (end.error) {
            log_.error("job {}: {}", end.job, whole(*end.error));
        } else {
            log_.log(end.report->exit == ExitCode::done ? spdlog::level::info : spdlog::level::warn, "job {} run {} ended: {}, {} effects done, {} s", end.job,
                     end.report->run, end.report->outcome, end.report->effects.done, static_cast<std::int64_t>(end.report->seconds));
        }
    }
    if (!any) return;
    ::malloc_trim(0);  // an idle daemon gives back what a run took
    tell_people_aside();
}

std::optional<WallTime> Daemon::look() {
    Store& store = session_.store();
    const WallTime now = session_.clock().wall();
    const std::set<std::string> running = threads_.running();
    Pasts pasts = pasts_of(config_->jobs, store, running);
    for (auto& [name, past] : pasts) {
        if (past.first_seen) continue;
        JobTurns(store).seen(name, now);
        past.first_seen = now;
    }
    const Outlook outlook = look_ahead(config_->jobs, pasts, now, kRunsAtOnce - std::min(kRunsAtOnce, running.size()));
    for (const DueJob& due : outlook.start) start(due);
    next_ = outlook.wake;
    clean_up(store);
    return watch_troubles(store, now);
}

// Once a day, whenever the daemon is awake anyway: it has slept through nothing that matters.
void Daemon::clean_up(Store& store) {
    if (!purge_is_due(store)) return;
    threads_.chore("retention.", config_, [](Session& session) {
        PurgeOptions options;
        options.stop = [&session] { return session.stop_asked(); };
        std::int64_t rows = 0;
        for (const auto& count : purge(session.store(), purge_rules(session.config(), session.clock().wall()), options).counts) rows += count.rows;
        session.log().info("retention: {} rows were past their time", rows);
    });
}

void Daemon::tell_people_aside() {
    if (config_->settings.notify.any()) threads_.chore("messages.", config_, [](Session& session) { tell_people(session.engine()); });
}

// A job that turns stale makes no noise of its own, so its moment is waited for; when to look again.
std::optional<WallTime> Daemon::watch_troubles(Store& store, WallTime now) {
    if (!config_->settings.notify.any()) return next_;
    if (!watched_ || (stale_ && now > *stale_)) tell_people_aside();
    watched_ = true;
    stale_ = next_stale(*config_, store, now);
    if (!stale_) return next_;
    const WallTime moment = *stale_ + std::chrono::milliseconds(1000);
    return next_ ? std::min(*next_, moment) : moment;
}

void Daemon::start(const DueJob& due) {
    JobTurns(session_.store()).handled(due.job, session_.clock().wall());
    log_.info("job {} starts ({}, its time was {})", due.job, turn_word(due.turn.why), local_time_in_zone(due.turn.fire, config_->job(due.job).timezone));
    threads_.start(due.job, config_);
}

void Daemon::reload() {
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count() / 1000) + "\n");
    try {
        auto fresh = std::make_shared<const Config>(load_config(find_config(session_.options().config), session_.environment()));
        if (session_.options().store.empty() && std::filesystem::weakly_canonical(fresh->settings.store) != store_file_)
            throw Error(ErrorCode::config, "another store is configured now: " + fresh->settings.store.string(), "restart the service for that");
        Session trial(session_.options(), session_.stop(), fresh, session_.shared_log());
        trial.store();  // tables and views of the datasets that are new
        for (const auto& [name, job] : fresh->jobs) check_job_sql(job, store_file_);
        {
            const std::lock_guard lock(config_mutex_);
            config_ = std::move(fresh);
        }
        log_.info("configuration and jobs were read again: {} jobs", config_->jobs.size());
    } catch (const Error& error) {
        log_.error("the configuration stays as it was, the new one can't be used: {}", whole(error));
    }
    tell("READY=1\n");
}

int Daemon::stop() {
    tell("STOPPING=1\n");
    log_.info("stops; {} under way", plural_runs(threads_.running().size()));
    const BootTime until = session_.clock().boot() + kStopWithin;
    while (!threads_.idle() && session_.clock().boot() < until) {
        wakeups_.wait_for_ring(until - session_.clock().boot());
        end_runs();
    }
    if (!threads_.idle()) {
        // Each call under way was noted before it left, so this is no worse than a power cut: the next run looks at it.
        log_.warn("{} still waits for a reply; what was being sent is looked at by the next run", plural_runs(threads_.running().size()));
        log_.flush();
        ::_exit(static_cast<int>(ExitCode::interrupted));
    }
    log_.info("stopped");
    return static_cast<int>(ExitCode::interrupted);
}

std::string Daemon::summary() const {
    if (!trouble_.empty()) return trouble_;
    std::string text;
    for (const auto& job : threads_.running()) text += (text.empty() ? "running " : ", ") + job;
    if (text.empty()) text = "idle";
    return text + (next_ ? "; next start at " + rfc3339(*next_) : "; nothing is scheduled");
}

void Daemon::tell(const std::string& prefix) const { manager_.tell(prefix + "STATUS=" + summary()); }

int command_run(Session& session) {
    const auto lock = JobLock::take(session.store_file(), kDaemonLock);
    if (!lock) {
        throw Error(ErrorCode::running_elsewhere, "a daemon runs on this store already (process " + std::to_string(JobLock::holder(session.store_file(), kDaemonLock)) + ")",
                    "stop it first, or use `bindery sync` beside it");
    }
    session.store();
    return Daemon(session).run();
}

}  // namespace bindery
