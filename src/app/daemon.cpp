#include "app/daemon.h"

#include <malloc.h>
#include <spdlog/logger.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/commands.h"
#include "app/start_trouble.h"
#include "core/dates.h"
#include "engine/begin_run.h"
#include "engine/check.h"
#include "engine/check_vars.h"
#include "engine/store_care.h"
#include "engine/tell_people.h"
#include "store/job_turns.h"
#include "store/lock.h"

namespace bindery {
namespace {

using std::chrono::seconds;

constexpr std::size_t kRunsAtOnce = 4;       // the budget is shared anyway; more would only hold more memory
constexpr auto kStopWithin = seconds(8);     // systemd and people wait ten
constexpr auto kTroubleAgain = seconds(10);  // when the store can't be read or written
constexpr auto kLockPatience = std::chrono::milliseconds(2000);  // the thread that hears signals doesn't wait long for the store
constexpr auto kBeginAgain = std::chrono::minutes(5);            // a job that couldn't begin
constexpr auto kElsewhereAgain = seconds(30);
constexpr auto kTellAgain = std::chrono::minutes(10);            // what no channel took
constexpr auto kCleanAgain = std::chrono::hours(1);              // retention that failed
constexpr auto kAlarmAfter = std::chrono::minutes(5);            // a full disk that somebody is clearing needs no message
constexpr const char* kMessages = "messages.";
constexpr const char* kHooks = "webhooks.";  // among what is stuck

std::string plural_runs(std::size_t n) { return std::to_string(n) + (n == 1 ? " run" : " runs"); }

std::string what_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const Error& error) {
        return in_one_line(error);
    } catch (const std::exception& error) {
        return std::string("unexpected: ") + error.what();
    }
}

std::string status_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    return text;
}

}  // namespace

std::filesystem::path bell_of(const std::filesystem::path& store) { return store.string() + ".bell"; }

Daemon::Daemon(Session& session)
    : session_(session),
      config_(session.shared_config()),
      log_(session.log()),
      store_file_(session.store_file()),
      manager_(session.environment()),
      pulse_(2 * manager_.watchdog()),
      wakeups_(session.stop(), bell_of(store_file_)),
      threads_(session.options(), session.stop(), session.shared_log(), [this] { wakeups_.ring(); }),
      turns_(kRunsAtOnce, [this](const std::string& job) { return JobLock::held_elsewhere(store_file_, job); }),
      hooks_(session, store_file_, [this] { wakeups_.ring(); }) {}

int Daemon::run() {
    begin();
    wait_at_most(session_.store(), kLockPatience);
    struct stat there {};
    if (::stat(store_file_.c_str(), &there) == 0) store_inode_ = there.st_ino;
    for (;;) {
        pulse_.works(session_.clock().boot());
        end_runs();
        if (session_.stop_asked()) return stop(static_cast<int>(ExitCode::interrupted));
        if (store_replaced()) {
            log_.error("the store was replaced or removed under this daemon, which ends so that it can be started on the new one: {}", store_file_.string());
            return stop(static_cast<int>(ExitCode::failed));
        }
        const std::optional<WallTime> wake = look_or_wait();
        tell("WATCHDOG=1\n");
        std::optional<Duration> longest;
        if (manager_.watchdog().count() > 0) longest = manager_.watchdog();
        pulse_.sleeps(session_.clock().boot(), session_.clock().wall(), wake, longest);
        const Woken woken = wakeups_.wait(wake, longest);
        pulse_.works(session_.clock().boot());
        if (woken.clock) {
            log_.warn("the clock was set");
            turns_.slept();
        }
        if (woken.reload && !session_.stop_asked()) reload();
    }
}

// Whatever is wrong with the store now, tomorrow's turns are still to come: the daemon waits, and says so.
std::optional<WallTime> Daemon::look_or_wait() {
    try {
        const auto wake = look();
        std::erase_if(stuck_, [this](const auto& stuck) { return stuck.first != kHooks && !config_->jobs.contains(stuck.first); });
        if (!stuck_.empty()) in_trouble((stuck_.begin()->first == kHooks ? "webhooks: " : "job " + stuck_.begin()->first + ": ") + stuck_.begin()->second);
        else if (!trouble_.empty()) out_of_trouble();
        return wake;
    } catch (const std::exception&) {
        in_trouble(what_of(std::current_exception()));
        return session_.clock().wall() + kTroubleAgain;
    }
}

void Daemon::in_trouble(const std::string& text) {
    if (trouble_ != text && stuck_.empty()) log_.error("no job can be started: {}", text);
    trouble_ = text;
    not_ready_ = stuck_.empty() ? "no job can be started; the log says why" : "a run, or what webhooks brought, can't be noted; the log says why";
    const BootTime now = session_.clock().boot();
    if (!trouble_since_) trouble_since_ = now;
    if (alarmed_ || now - *trouble_since_ < kAlarmAfter || (alarm_again_ && now < *alarm_again_)) return;
    alarm_again_ = now + kTellAgain;
    alarm(false);
}

void Daemon::out_of_trouble() {
    log_.info("jobs start again; that is over: {}", trouble_);
    if (alarmed_) alarm(true);
    alarmed_ = false;
    not_ready_ = nullptr;
    trouble_.clear();
    trouble_since_.reset();
    alarm_again_.reset();
}

// Past the store, which is what can't be used.
void Daemon::alarm(bool over) {
    threads_.chore("alarm.", config_, [this, over, text = (stuck_.empty() && !over ? "no job can be started: " : "") + trouble_](Session& session) {
        const Sender sender{session.config(), session.environment(), session.clock(), session.log(), session.wires(), [&session] { return session.stop_asked(); }};
        if (tell_at_once(sender, "daemon", text, over) && !over) alarmed_ = true;
    });
}

// By a restore, or a folder that was removed and made anew: what this daemon has open is another file than the runs would open.
bool Daemon::store_replaced() const {
    struct stat there {};
    return ::stat(store_file_.c_str(), &there) != 0 || there.st_ino != store_inode_;
}

void Daemon::begin() {
    if (geteuid() == 0 && manager_.there()) log_.warn("runs as root; the unit in packaging/ has an account of its own");
    if (!wakeups_.warning().empty()) log_.warn("{}", wakeups_.warning());
    const Engine engine = session_.engine();
    std::size_t scheduled = 0;
    for (const auto& [name, job] : config_->jobs) {
        check_job_sql(job, store_file_);
        if (!job.schedule) continue;
        ++scheduled;
        try {
            need_secrets(engine, job);
            check_vars(job, store_file_);
        } catch (const Error& error) {
            log_.error("job {}: {}", name, in_one_line(error));
        }
    }
    hooks_.configure(*config_);
    open_pages();
    log_.info("bindery {} runs {} of {} jobs by schedule; store {}", BINDERY_VERSION, scheduled, config_->jobs.size(), store_file_.string());
    tell("READY=1\n");
    start_trouble_over(daemon_starts(session_));
}

// The jobs matter more than the pages: only a port that was asked for by number must be had.
void Daemon::open_pages() {
    PagesSource source;
    source.config = [this] { return config(); };
    source.store = store_file_;
    source.environment = session_.environment();
    source.clock = &session_.clock();
    source.log = session_.shared_log();
    source.webhooks = [this] { return hooks_.facts(); };
    source.not_ready = [this] { return not_ready(); };
    source.hooks = [this] { return hooks_.hooks_of(*config()); };
    try {
        pages_ = start_pages(source);
        if (pages_) log_.info("pages at {} (bindery open gives a link)", pages_->address());
    } catch (const Error& error) {
        // It may be free in a moment (a neighbour that is being restarted): no mistake for which the service would stay down.
        if (config_->settings.web.port_given) throw Error(ErrorCode::service, error.what(), error.hint(), Reach::process, Again::later);
        log_.warn("there are no pages, health and metrics: {}", in_one_line(error));
    }
}

// For /readyz; from the pages' threads.
std::vector<std::string> Daemon::not_ready() const {
    std::vector<std::string> reasons;
    if (pulse_.late(session_.clock().boot())) reasons.emplace_back("the scheduler has stopped");
    if (const char* trouble = not_ready_) reasons.emplace_back(trouble);
    return reasons;
}

std::shared_ptr<const Config> Daemon::config() const {
    const std::lock_guard lock(config_mutex_);
    return config_;
}

void Daemon::end_runs() {
    bool any = false;
    for (const EndedRun& end : threads_.collect()) {
        if (is_chore(end.job)) {
            end_chore(end);
            continue;
        }
        any = true;
        try {
            hooks_.ended(end, session_.clock().wall());
        } catch (const Error& error) {
            log_.error("webhooks: {}", in_one_line(error));  // what was hinted at is read once more
        }
        stuck_.erase(end.job);
        if (!end.error) {
            log_.log(end.report->exit == ExitCode::done ? spdlog::level::info : spdlog::level::warn, "job {} run {} ended: {}, {} effects done, {} s", end.job,
                     end.report->run, end.report->outcome, end.report->effects.done, static_cast<std::int64_t>(end.report->seconds));
            continue;
        }
        const bool elsewhere = end.error->code() == ErrorCode::running_elsewhere;
        if (end.error->code() != ErrorCode::interrupted && !end.hinted) turns_.couldnt_begin(end.job, elsewhere ? Duration(kElsewhereAgain) : Duration(kBeginAgain), session_.clock().boot());
        if (elsewhere) log_.info("job {}: another process runs it", end.job);
        else log_.error("job {}: {}", end.job, in_one_line(*end.error));
        if (end.error->code() == ErrorCode::store || end.error->code() == ErrorCode::internal) stuck_[end.job] = in_one_line(*end.error);
    }
    if (!any) return;
    ::malloc_trim(0);  // an idle daemon gives back what a run took
    news_ = true;
}

void Daemon::end_chore(const EndedRun& end) {
    if (end.error && end.error->code() != ErrorCode::interrupted) log_.error("{} {}", end.job, in_one_line(*end.error));
    if (end.job != kMessages) return;
    tell_again_.reset();
    if (end.error || untold_) tell_again_ = session_.clock().boot() + kTellAgain;
}

std::optional<WallTime> Daemon::look() {
    Store& store = session_.store();
    const WallTime now = session_.clock().wall();
    const std::set<std::string> running = threads_.running();
    const Outlook outlook = turns_.look(config_->jobs, store, running, now, session_.clock().boot(), hooks_.running());
    next_ = outlook.wake;
    looked_ = true;
    for (const DueJob& due : outlook.start) start(due);
    const auto hinted = look_at_hooks(store, now);
    clean_up(store);
    const auto wake = watch_troubles(store, now);
    return wake && hinted ? std::min(*wake, *hinted) : wake ? wake : hinted;
}

// After what is due on schedule, so that a flood of webhooks never keeps a job from its turn; nor does an inbox that can't be used.
std::optional<WallTime> Daemon::look_at_hooks(Store& store, WallTime now) {
    std::set<std::string> paused, busy = threads_.running();
    for (const auto& [name, job] : config_->jobs) {
        if (!job.on.empty() && JobTurns(store).read(name).paused_at) paused.insert(name);
    }
    try {
        const auto wake = hooks_.look(*config_, store, now, busy, paused, [this](const std::string& job, const HintedRun& run) {
            log_.info("job {} starts (webhooks)", job);
            threads_.start(job, config_, run);
        });
        stuck_.erase(kHooks);
        return wake;
    } catch (const Error& error) {
        if (!stuck_.contains(kHooks)) log_.error("webhooks: what comes can't be kept or looked into: {}", in_one_line(error));
        stuck_[kHooks] = in_one_line(error);
        return now + kTroubleAgain;
    }
}

// Once a day, whenever the daemon is awake anyway: it has slept through nothing that matters.
void Daemon::clean_up(Store& store) {
    const BootTime now = session_.clock().boot();
    if ((clean_again_ && now < *clean_again_) || !purge_is_due(store)) return;
    clean_again_ = now + kCleanAgain;
    threads_.chore("retention.", config_, [](Session& session) {
        PurgeOptions options;
        options.stop = [&session] { return session.stop_asked(); };
        std::int64_t rows = 0;
        for (const auto& count : purge(session.store(), purge_rules(session.config(), session.clock().wall()), options).counts) rows += count.rows;
        rows += purge_inbox(session.config(), session.store_file(), session.clock());
        session.log().info("retention: {} rows were past their time", rows);
    });
}

// While they are being told of something already, what is new waits until that is done.
void Daemon::tell_people_aside() {
    if (!config_->settings.notify.any()) return;
    news_ = !threads_.chore(kMessages, config_, [this](Session& session) {
        const bool begun = tell_start_trouble_over(daemon_starts(session));
        untold_ = !tell_people(session.engine()) || !begun;
    });
}

// A job that turns stale makes no noise of its own, so its moment is waited for; when to look again.
std::optional<WallTime> Daemon::watch_troubles(Store& store, WallTime now) {
    if (!config_->settings.notify.any()) return next_;
    const BootTime boot = session_.clock().boot();
    if (news_ || (stale_ && now > *stale_) || (tell_again_ && boot >= *tell_again_)) {
        tell_again_.reset();
        tell_people_aside();
    }
    std::optional<WallTime> wake = next_;
    const auto wake_at = [&](WallTime moment) { wake = wake ? std::min(*wake, moment) : moment; };
    stale_ = next_stale(*config_, store, now);
    if (stale_) wake_at(*stale_ + std::chrono::milliseconds(1000));
    if (tell_again_) wake_at(now + std::chrono::ceil<std::chrono::milliseconds>(*tell_again_ - boot));
    return wake;
}

// Its turn is taken when its run is noted in the store, not before: a process that dies in between loses nothing.
void Daemon::start(const DueJob& due) {
    log_.info("job {} starts ({}, its time was {})", due.job, turn_word(due.turn.why), local_time_in_zone(due.turn.fire, config_->job(due.job).timezone));
    try {
        hooks_.polls(due.job);
    } catch (const Error& error) {
        log_.error("webhooks: {}", in_one_line(error));  // a broken inbox keeps no job from its turn
    }
    threads_.start(due.job, config_);
}

std::shared_ptr<const Config> Daemon::read_again() {
    auto fresh = std::make_shared<const Config>(load_config(find_config(session_.options().config), session_.environment()));
    if (session_.options().store.empty() && std::filesystem::weakly_canonical(fresh->settings.store) != store_file_)
        throw Error(ErrorCode::config, "another store is configured now: " + fresh->settings.store.string(), "restart the service for that");
    Session trial(session_.options(), session_.stop(), fresh, session_.shared_log());
    trial.store();  // tables and views of the datasets that are new
    for (const auto& [name, job] : fresh->jobs) {
        check_job_sql(job, store_file_);
        check_vars(job, store_file_);
    }
    return fresh;
}

void Daemon::reload() {
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count() / 1000) + "\n");
    try {
        auto fresh = read_again();
        const WebSettings& pages = config_->settings.web;
        if (fresh->settings.web.port != pages.port || fresh->settings.web.hosts != pages.hosts) log_.warn("`web` has changed: the pages take that after a restart");
        hooks_.configure(*fresh);
        {
            const std::lock_guard lock(config_mutex_);
            config_ = std::move(fresh);
        }
        turns_.try_now();  // who reloads has mended something, it may be what a run couldn't begin for
        log_.info("configuration and jobs were read again: {} jobs", config_->jobs.size());
    } catch (const std::exception&) {
        log_.error("the configuration stays as it was, the new one can't be used: {}", what_of(std::current_exception()));
    }
    tell("READY=1\n");
}

int Daemon::stop(int code) {
    tell("STOPPING=1\n");
    hooks_.close();  // services keep what they couldn't deliver, and send it again
    log_.info("stops; {} under way", plural_runs(threads_.running().size()));
    const BootTime until = session_.clock().boot() + kStopWithin;
    while (!threads_.idle() && session_.clock().boot() < until) {
        wakeups_.wait_for_ring(until - session_.clock().boot());
        end_runs();
    }
    if (!threads_.idle()) {
        // Each call under way was noted before it left, so this is no worse than a power cut: the next run looks at it.
        if (const auto runs = threads_.running(); !runs.empty()) log_.warn("{} still waiting for a reply; what was being sent is looked at by the next run", plural_runs(runs.size()));
        else log_.warn("a message to people, or care of the store, was cut off; it is taken up at the next start");
        log_.flush();
        ::_exit(code);
    }
    log_.info("stopped");
    return code;
}

std::string Daemon::summary() const {
    if (!trouble_.empty()) return trouble_;
    std::string text;
    for (const auto& job : threads_.running()) text += (text.empty() ? "running " : ", ") + job;
    if (text.empty()) text = "idle";
    if (!looked_) return "it has begun, and looks at what is due";
    if (next_) return text + "; next start at " + rfc3339(*next_);
    return text == "idle" ? "idle; nothing is scheduled" : text;  // a job that runs has its next turn when it has ended
}

void Daemon::tell(const std::string& prefix) const { manager_.tell(prefix + "STATUS=" + status_line(summary())); }

}  // namespace bindery
