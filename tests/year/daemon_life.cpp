#include "year/daemon_life.h"

#include <malloc.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/dates.h"
#include "engine/store_care.h"
#include "engine/tell_people.h"
#include "store/care.h"
#include "store/job_turns.h"
#include "store/lock.h"
#include "store/told.h"

namespace bindery::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kRetry = 30min;

std::size_t resident() {
    std::ifstream in("/proc/self/statm");
    std::size_t whole = 0, pages = 0;
    in >> whole >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t descriptors() {
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) n += entry.path().empty() ? 0 : 1;
    return n;
}

}  // namespace

DaemonLife::DaemonLife(WallTime start, unsigned seed) : services((world.clock.set_wall(start), world.clock), seed + 1), agency(services, seed + 2), oracle(agency, services), eye(world, services), random_(seed), start_(start) {
    world.call_class = CallClass::schedule;
    world.elsewhere = [this](const HttpRequest& request, BootTime at) {
        carry();
        eye.asked(request);
        return services.handle(request, at);
    };
    world.environment() = {{"BI369_PROJECT", "prj_renewals"}};
    world.settings("secrets_dir: ../secrets\nretention: {history: 90d, runs: 90d, effects: 90d, quarantine: 90d, removed: 90d, conflicts: 90d, corrections: 90d, sales: 90d, webhooks: 90d}\n");
    for (const char* job : {"renewals", "policies"}) world.shipped(job);
    // These look twice a day here instead of each hour: a year of them would take an hour, and nearly all of it would find nothing.
    world.shipped("leads", {{R"(cron: "15 6-20 * * *")", R"(retry: 3h, cron: "15 7,19 * * *")"}});
    world.shipped("quotes", {{R"(cron: "*/20 7-19 * * 1-6")", R"(retry: 3h, cron: "40 8,14 * * 1-6")"}});
    world.shipped("lead-sales", {{"#schedule: {every: 5m}", "schedule: {every: 11h, retry: 3h}\n#"}, {"mode: test", "mode: live"}});
    for (const auto& known : services.keys) take_key(known.first);
}

void DaemonLife::live(int days) {
    const WallTime end = start_ + hours(24 * days);
    plan_outages(end);
    for (int day = 0; day < days + 8; ++day) {
        plan(start_ + hours(24 * day) + minutes(roll(0, 1439)), "a day at BindPilot");
        plan(start_ + hours(24 * day) + minutes(roll(0, 240)), "an export of the AMS");
    }
    live_until(end);
}

void DaemonLife::calm_down() {
    calm_ = true;
    services.quiet = services.post.quiet = true;
    services.outages.clear();
    std::erase_if(events_, [](const auto& event) { return event.second.rfind("a day", 0) != 0 && event.second != "resume" && event.second.rfind("an export", 0) != 0; });
    set_ahead(0min);
    for (const auto& known : services.keys) take_key(known.first);
    live_until(now() + hours(4 * 24));
}

void DaemonLife::live_until(WallTime end) {
    while (now() < end) {
        const WallTime from = now();
        died_ = stop_ = false;
        hooks_ = std::make_unique<HooksIn>(world, services.hook_secrets);
        world.with_engine([&](const Engine& engine) { process(engine, end); });
        hooks_.reset();
        if (now() >= end) break;
        const WallTime gone = now();
        world.clock.advance(died_ && percent(2) ? Duration(minutes(roll(10, 600))) : Duration(seconds(roll(15, 135))));
        excuses.push_back({std::min(from, gone), now()});
        excuses.back().from = gone;
        services.post.hand_over([](const sandbox::Delivery&) { return 0; });
    }
}

bool DaemonLife::process(const Engine& engine, WallTime end) {
    TurnWatch watch(4, [this](const std::string& job) { return JobLock::held_elsewhere(world.store_file(), job); });
    news_ = true;
    for (int idle = 0; now() < end;) {
        while (!events_.empty() && events_.begin()->first <= now()) {
            const std::string what = events_.begin()->second;
            const WallTime before = now();
            events_.erase(events_.begin());
            happen(engine, what);
            if (now() > before) excuses.push_back({before, now()});
        }
        if (stop_) return true;
        if (std::exchange(clock_set_, false)) watch.slept();
        const Outlook outlook = watch.look(engine.config.jobs, engine.store, {}, world.clock.wall(), world.clock.boot());
        tell(engine);
        for (const auto& due : outlook.start) {
            if (permille(10)) ++counts.kills, died_ = true;  // before the run's row
            if (died_) return true;
            hooks_->polls(due.job);
            looked_at_ = &engine.store;
            const bool lives = run_one(watch, due.job, {});
            looked_at_ = nullptr;
            if (!lives) return true;
        }
        if (!hear(engine, watch)) return true;
        if (permille(2)) ++counts.kills, died_ = true;
        if (died_ || !clean_up(engine)) return true;
        tell(engine);
        sample();
        idle = outlook.start.empty() ? idle + 1 : 0;
        REQUIRE(idle < 10'000);
        if (outlook.start.empty()) sleep(outlook, end);
    }
    return false;
}

Death DaemonLife::some_death(const std::string& run) {
    Death death;
    const Usual& usual = usual_[run];
    const auto within = [&](std::size_t most) { return static_cast<std::size_t>(roll(1, static_cast<int>(most) + 1)); };
    switch (roll(0, 2)) {
        case 0: death.at_commit = within(usual.commits); break;
        case 1: death.at_start = within(usual.starts); break;
        default: death.at_reply = within(usual.replies); break;
    }
    return death;
}

// While a run is under way events come, and the daemon looks at them now and then.
void DaemonLife::carry() {
    if (!hooks_) return;
    services.post.hand_over([this](const sandbox::Delivery& delivery) { return hooks_->take(delivery); });
    if (looked_at_ != nullptr && roll(1, 4) == 1) hooks_->look(*looked_at_, busy_);
}

// What webhooks ask for.
bool DaemonLife::hear(const Engine& engine, TurnWatch& watch) {
    carry();
    hear_again_ = hooks_->look(engine.store, {});
    while (!hooks_->to_start.empty()) {
        const HintedJob job = hooks_->to_start.front();
        hooks_->to_start.erase(hooks_->to_start.begin());
        if (permille(10)) ++counts.kills, died_ = true;
        looked_at_ = &engine.store;
        const bool lives = !died_ && run_one(watch, job.job, job);
        looked_at_ = nullptr;
        if (!lives) return false;
        hear_again_ = hooks_->look(engine.store, {});
    }
    return true;
}

// False: it died, or the process was told to stop.
bool DaemonLife::run_one(TurnWatch& watch, const std::string& name, const std::optional<HintedJob>& hinted) {
    const bool daily = name == "renewals" || name == "policies";
    const std::string run = hinted ? name + " by webhook" : name;
    Death death;
    if (percent(hinted ? 5 : daily ? 45 : name == "lead-sales" ? 20 : 2)) death = some_death(run);
    if (percent(2)) world.stop_at = world.clock.boot() + seconds(roll(0, 20));
    const bool sigterm = world.stop_at.has_value();
    RunNote note{name, hinted.has_value(), now(), {}, "died", "", services.time.ahead};
    const auto reads = hinted ? hinted->reads : std::nullopt;
    if (name == "renewals") oracle.run_begins(date_in_zone(world.clock.wall(), "America/Denver"));
    eye.run_begins(name, reads);
    busy_ = {name};
    world.call_class = hinted ? CallClass::webhook : CallClass::schedule;
    RunOptions options;
    if (reads) options.kind = "webhook", options.hints = reads;
    std::optional<RunReport> report;
    std::optional<ErrorCode> code;
    try {
        report = world.run_or_die(name, death, options);
        if (!report) ++counts.kills, died_ = true;
    } catch (const Error& error) {
        code = error.code();
        note.outcome = code_name(*code);
        if (!hinted) watch.couldnt_begin(name, 5min, world.clock.boot());
    }
    busy_.clear();
    world.stop_at.reset();
    world.log = std::ostringstream();  // with what it has taken
    if (report) {
        note.outcome = report->outcome;
        if (report->outcome == "done") usual_[run] = {world.commits, world.starts, world.replies};
        eye.run_ended(*report);
    }
    take_note(note, report);
    news_ = true;
    if (permille(10)) ++counts.kills, died_ = true;  // before its hints are taken off
    if (died_) return false;
    hooks_->ended(name, report, code);
    const bool stopped = sigterm && report && report->outcome == "interrupted";
    if (stopped) ++counts.restarts;
    return !stopped;
}

void DaemonLife::take_note(RunNote note, const std::optional<RunReport>& report) {
    note.ended = now();
    excuses.push_back({note.began, note.ended});
    const bool again = (report && report->incomplete) || (note.outcome != "done" && note.outcome != "guard" && note.outcome != "doubt");
    if (note.job == "renewals") {
        if (report && report->datasets.contains("bindpilot.renewals")) note.list = report->datasets.at("bindpilot.renewals").verdict;
        note.checked = report && !note.hinted && (report->outcome == "done" || report->outcome == "doubt") && !report->error && !report->incomplete;
        if (note.checked) {
            // After a kill within the reading the rest of it is read, and all is there.
            const auto& renewals = report->datasets.at("bindpilot.renewals");
            note.checked = renewals.complete || renewals.verdict == "resumed";
        }
        if (again && !note.hinted) excuses.push_back({note.ended, note.ended + kRetry});
        if (report) {
            std::vector<EffectRow> ledger;
            for (const char* effect : {"renewal_task", "expired_alarm"}) {
                for (auto& row : world.effects(effect)) ledger.push_back(std::move(row));
            }
            oracle.run_ended(*report, ledger);
        }
    }
    runs.push_back(std::move(note));
}

bool DaemonLife::clean_up(const Engine& engine) {
    if (!purge_is_due(engine.store)) return true;
    const WallTime wall = world.clock.wall();
    ++counts.purges;
    PurgeOptions options;
    const int dies_after = percent(10) ? roll(0, 6) : -1;
    int committed = 0;
    options.committed = [&] {
        if (committed++ == dies_after) throw SimulatedCrash{};
    };
    try {
        world.with_engine([&](const Engine& own) {
            for (const auto& count : purge(own.store, purge_rules(own.config, wall), options).counts) counts.rows_purged += static_cast<int>(count.rows);
            counts.events_purged += static_cast<int>(purge_inbox(own.config, world.store_file(), world.clock));
        });
    } catch (const SimulatedCrash&) {
        ++counts.kills;
        died_ = true;
    }
    return !died_;
}

void DaemonLife::tell(const Engine& engine) {
    const WallTime wall = world.clock.wall();
    if (news_ || (stale_ && wall > *stale_)) {
        tell_people(engine, {{"test", [this](const Message& message, const News&) {
                                  messages.push_back({now(), message.subject + ": " + message.body});
                                  return std::string();
                              }}});
        news_ = false;
    }
    stale_ = next_stale(engine.config, engine.store, wall);
}

void DaemonLife::sleep(const Outlook& outlook, WallTime end) {
    WallTime until = end;
    if (!events_.empty()) until = std::min(until, events_.begin()->first);
    const auto wake_at = [&](WallTime machine) { until = std::min(until, machine - services.time.ahead); };
    if (outlook.wake) wake_at(*outlook.wake);
    if (hear_again_) wake_at(*hear_again_);
    if (const auto event = services.post.next()) until = std::min(until, *event);
    if (stale_) wake_at(*stale_ + 1s);
    world.clock.advance(std::max<Duration>(until - now(), 1ms));
}

std::set<std::string> DaemonLife::troubles() {
    std::set<std::string> keys;
    world.with_engine([&](const Engine& engine) {
        for (const auto& [key, trouble] : Told(engine.store).read()) keys.insert(key);
    });
    return keys;
}

std::string DaemonLife::refused() {
    std::string list;
    for (const auto& row : world.rows("SELECT name, job, status, coalesce(reason, ''), coalesce(reply, ''), updated_at FROM effect WHERE state IN ('rejected', 'in_doubt')")) list += row + "\n";
    return list;
}

bool DaemonLife::doubts_wait_for_a_person() {
    return world.rows("SELECT 1 FROM effect WHERE state = 'in_doubt' AND when_in_doubt <> 'hold'").empty();
}

std::optional<WallTime> DaemonLife::last_integrity_check() {
    std::optional<WallTime> at;
    world.with_engine([&](const Engine& engine) { at = cared_at(engine.store, "integrity"); });
    return at;
}

void DaemonLife::sample() {
    const int day = static_cast<int>((now() - start_) / hours(24));
    if (day == sampled_) return;
    sampled_ = day;
    ::malloc_trim(0);
    samples.push_back({day, std::filesystem::file_size(world.store_file()), ::mallinfo2().uordblks, resident(), descriptors()});
    for (const auto& [service, made] : services.calls) calls[day] += static_cast<std::int64_t>(made);
    if (day % 7 == 0) sizes[day] = sizes_of(world.folder());
}

}  // namespace bindery::test
