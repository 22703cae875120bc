#include "year/daemon_life.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
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

void write_secret_file(const std::filesystem::path& file, const std::string& key) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << key << "\n";
    ::chmod(file.c_str(), 0600);
}

}  // namespace

DaemonLife::DaemonLife(WallTime start, unsigned seed) : services((world.clock.set_wall(start), world.clock), seed + 1), agency(services, seed + 2), oracle(agency, services), random_(seed), start_(start) {
    world.call_class = CallClass::schedule;
    world.elsewhere = [this](const HttpRequest& request, BootTime at) { return services.handle(request, at); };
    world.environment() = {{"BI369_PROJECT", "prj_renewals"}};
    world.settings("secrets_dir: ../secrets\nretention: {history: 90d, runs: 90d, effects: 90d, quarantine: 90d, removed: 90d, conflicts: 90d, corrections: 90d}\n");
    for (const char* job : {"renewals", "policies"}) world.shipped(job);
    // These look twice a day here instead of each hour: a year of them would take an hour, and nearly all of it would find nothing.
    world.shipped("leads", {{R"(cron: "15 6-20 * * *")", R"(retry: 3h, cron: "15 7,19 * * *")"}});
    world.shipped("quotes", {{R"(cron: "*/20 7-19 * * 1-6")", R"(retry: 3h, cron: "40 8,14 * * 1-6")"}});
    world.shipped("lead-sales", {{"#schedule: {every: 5m}", "schedule: {every: 11h, retry: 3h}\n#"}, {"mode: test", "mode: live"}});
    for (const auto& [service, key] : services.keys) write_secret_file(world.folder() / "secrets" / (service + "_api_key"), key);
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
    services.quiet = true;
    services.outages.clear();
    std::erase_if(events_, [](const auto& event) { return event.second.rfind("a day", 0) != 0 && event.second != "resume" && event.second.rfind("an export", 0) != 0; });
    set_ahead(0min);
    for (const auto& [service, key] : services.keys) write_secret_file(world.folder() / "secrets" / (service + "_api_key"), key);
    live_until(now() + hours(4 * 24));
}

void DaemonLife::plan_outages(WallTime until) {
    for (const char* service : {"bindpilot", "bi369", "autobind"}) {
        for (WallTime at = start_ + hours(roll(48, 200)); at < until; at += hours(roll(60, 360))) {
            const int kind = roll(1, 10);
            const auto length = kind <= 6 ? minutes(roll(5, 300)) : kind <= 9 ? minutes(roll(300, 1800)) : minutes(roll(2 * 1440, 4 * 1440));
            services.outages.push_back({service, at, at + length, static_cast<Failing>(roll(0, 3))});
            if (service != std::string("autobind")) excuses.push_back({at, at + length});
            at += length;
        }
        for (WallTime at = start_ + hours(roll(100, 700)); at < until; at += hours(roll(700, 1400))) plan(at, std::string("new key ") + service);
    }
    for (WallTime at = start_ + hours(roll(100, 300)); at < until; at += hours(roll(300, 900))) {
        const minutes wrong = std::vector<minutes>{60min, -60min, -5min, 20min, -170min}[static_cast<std::size_t>(roll(0, 4))], length = minutes(roll(30, 1500));
        plan(at, "clock " + std::to_string(wrong.count()));
        plan(at + length, "clock 0");
        excuses.push_back({at - 4h, at + length + 4h});
        at += length;
    }
    for (WallTime at = start_ + hours(roll(200, 500)); at < until; at += hours(roll(500, 1200))) {
        plan(at, "pause");
        at += minutes(roll(60, 2000));
        plan(at, "resume");
    }
    for (WallTime at = start_ + hours(roll(50, 200)); at < until; at += hours(roll(100, 300))) plan(at, "restart");
    for (WallTime at = start_ + hours(roll(300, 700)); at < until; at += hours(roll(500, 900))) plan(at, "boot");
    for (WallTime at = start_ + hours(roll(400, 900)); at < until; at += hours(roll(800, 1600))) plan(at, "off");
}

void DaemonLife::happen(const Engine& engine, const std::string& what) {
    if (what == "a day at BindPilot") {
        agency.live_through(date_in_zone(now(), "America/Denver"));
    } else if (what == "an export of the AMS") {
        const auto file = world.folder() / "config/inbox" / ("policies-" + format_date(date_in_zone(now(), "UTC")) + ".csv");
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << agency.export_of_the_ams();
        const auto second = std::chrono::floor<seconds>(world.clock.wall()).time_since_epoch().count();
        const struct timespec times[2] = {{second, 0}, {second, 0}};
        ::utimensat(AT_FDCWD, file.c_str(), times, 0);
    } else if (what.rfind("new key ", 0) == 0) {
        new_key(what.substr(8));
    } else if (what.rfind("their key ", 0) == 0) {
        write_secret_file(world.folder() / "secrets" / (what.substr(10) + "_api_key"), services.keys[what.substr(10)]);
    } else if (what.rfind("clock ", 0) == 0) {
        set_ahead(minutes(std::stoi(what.substr(6))));
    } else if (what == "pause" || what == "resume") {
        pause(engine, what == "pause");
    } else if (what == "restart") {
        ++counts.restarts;
        stop_ = true;
    } else if (what == "boot") {
        ++counts.boots;
        stop_ = true;
        world.clock.reboot("boot-" + std::to_string(++boots_), minutes(roll(1, 9)));
    } else if (what == "off") {
        ++counts.days_off;
        stop_ = true;
        world.clock.advance(minutes(roll(200, 2000)));
    }
}

// The service takes another key from now on; ours comes later, when somebody has noticed.
void DaemonLife::new_key(const std::string& service) {
    ++counts.new_keys;
    services.keys[service] = service + "-key-" + std::to_string(counts.new_keys);
    const WallTime later = now() + minutes(roll(-1, 1) < 0 ? 0 : roll(60, 1900));
    plan(later, "their key " + service);
    excuses.push_back({now(), later + 1min});
}

// A person keeps the renewals back for a while.
void DaemonLife::pause(const Engine& engine, bool on) {
    JobTurns turns(engine.store);
    if (on) {
        ++counts.pauses;
        paused_ = now();
        turns.pause("renewals", "the CRM is being moved");
    } else if (paused_) {
        turns.resume("renewals");
        excuses.push_back({*paused_, now()});
        paused_.reset();
    }
}

void DaemonLife::set_ahead(minutes ahead) {
    if (ahead == services.time.ahead) return;
    ++counts.jumps;
    world.clock.set_wall(world.clock.wall() + (ahead - services.time.ahead));
    services.time.ahead = ahead;
    clock_set_ = true;
}

void DaemonLife::live_until(WallTime end) {
    while (now() < end) {
        const WallTime from = now();
        died_ = stop_ = false;
        world.with_engine([&](const Engine& engine) { process(engine, end); });
        if (now() >= end) break;
        const WallTime gone = now();
        world.clock.advance(died_ && percent(2) ? Duration(minutes(roll(10, 600))) : Duration(seconds(roll(15, 135))));
        excuses.push_back({std::min(from, gone), now()});
        excuses.back().from = gone;
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
            if (died_ || !run_due(watch, due)) return true;
        }
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

Death DaemonLife::some_death(const std::string& job) {
    Death death;
    const Usual& usual = usual_[job];
    const auto within = [&](std::size_t most) { return static_cast<std::size_t>(roll(1, static_cast<int>(most) + 1)); };
    switch (roll(0, 2)) {
        case 0: death.at_commit = within(usual.commits); break;
        case 1: death.at_start = within(usual.starts); break;
        default: death.at_reply = within(usual.replies); break;
    }
    return death;
}

// False: it died, or the process was told to stop.
bool DaemonLife::run_due(TurnWatch& watch, const DueJob& due) {
    const std::string& name = due.job;
    const bool daily = name == "renewals" || name == "policies";
    Death death;
    if (percent(daily ? 45 : name == "lead-sales" ? 20 : 2)) death = some_death(name);
    if (percent(2)) world.stop_at = world.clock.boot() + seconds(roll(0, 20));
    const bool sigterm = world.stop_at.has_value();
    RunNote note{name, now(), {}, "died", "", services.time.ahead};
    if (name == "renewals") oracle.run_begins(date_in_zone(world.clock.wall(), "America/Denver"));
    std::optional<RunReport> report;
    try {
        report = world.run_or_die(name, death);
        if (!report) ++counts.kills, died_ = true;
    } catch (const Error& error) {
        note.outcome = code_name(error.code());
        watch.couldnt_begin(name, 5min, world.clock.boot());
    }
    world.stop_at.reset();
    world.log = std::ostringstream();  // with what it has taken
    if (report) {
        note.outcome = report->outcome;
        if (report->outcome == "done") usual_[name] = {world.commits, world.starts, world.replies};
    }
    take_note(note, report);
    news_ = true;
    if (sigterm && report && report->outcome == "interrupted") ++counts.restarts;
    return !died_ && !(sigterm && report && report->outcome == "interrupted");
}

void DaemonLife::take_note(RunNote note, const std::optional<RunReport>& report) {
    note.ended = now();
    excuses.push_back({note.began, note.ended});
    const bool again = note.outcome != "done" && note.outcome != "guard" && note.outcome != "doubt";
    if (note.job == "renewals") {
        if (report && report->datasets.contains("bindpilot.renewals")) note.list = report->datasets.at("bindpilot.renewals").verdict;
        note.checked = report && (report->outcome == "done" || report->outcome == "doubt") && !report->error;
        if (note.checked) {
            // After a kill within the reading the rest of it is read, and all is there.
            const auto& renewals = report->datasets.at("bindpilot.renewals");
            note.checked = renewals.complete || renewals.verdict == "resumed";
        }
        if (again) excuses.push_back({note.ended, note.ended + kRetry});
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
    for (const auto& row : world.rows("SELECT name, job, status, coalesce(reason, ''), coalesce(reply, ''), updated_at FROM effect WHERE state = 'rejected'")) list += row + "\n";
    return list;
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
}

}  // namespace bindery::test
