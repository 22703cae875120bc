// A month and a year of the daemon's schedule on a simulated clock: the code that the daemon runs when it looks, a real store, runs
// that begin and end there, processes that are killed, people and cron beside it. Then each job's record is held against its schedule.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "core/cron.h"
#include "engine/begin_run.h"
#include "engine/turn_watch.h"
#include "store/job_turns.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Stretch {
    WallTime from, until;
};
using Stretches = std::vector<Stretch>;

struct BeganRun {
    WallTime at, fire;
    TurnWhy why;
    bool by_hand;
};

struct Going {
    WallTime since;
    BootTime until;
    std::int64_t run;
    bool elsewhere;
};

struct Disturbances {
    int kills = 0, failures_to_begin = 0, by_hand = 0, pauses = 0, jumps = 0;
};

Job job_of(const std::string& name, const std::string& cron, const std::string& zone = "America/Denver") {
    Job job;
    job.name = name;
    job.timezone = zone;
    job.schedule.emplace();
    job.schedule->cron = cron;
    return job;
}

Jobs jobs_of_an_agency() {
    Jobs jobs;
    for (Job job : {job_of("nightly", "30 2 * * *"), job_of("weekdays", "15 6-20/3 * * mon-fri", "America/Chicago"), job_of("forgetful", "30 2 * * *"),
                    job_of("monthly", "0 1 1,15 * *", "Australia/Lord_Howe"), job_of("often", ""), job_of("follower", "")})
        jobs[job.name] = job;
    jobs["nightly"].schedule->jitter = 2min;
    jobs["weekdays"].schedule->after = {"nightly"};
    jobs["forgetful"].schedule->after = {"nightly"};
    jobs["forgetful"].schedule->catch_up = "none";
    jobs["often"].schedule->every = 95min;
    jobs["follower"].schedule->after = {"weekdays", "often"};
    return jobs;
}

class Life {
  public:
    Life(Jobs jobs, unsigned seed) : jobs_(std::move(jobs)), random_(seed), start_(world_.clock.wall()) { next_event_ = world_.clock.boot() + 1h; }

    void live_for(std::chrono::days length, bool jumps) {
        const BootTime last = world_.clock.boot() + length;
        for (;;) {
            world_.with_engine([&](const Engine& engine) { process(engine, last, jumps); });
            if (world_.clock.boot() >= last) break;
            ++disturbed.kills;
            const WallTime from = now();
            world_.clock.advance(chance(5) ? seconds(roll(20 * 3600)) : seconds(15 + roll(120)));
            down.push_back({from, now()});
        }
    }

    const Jobs& jobs() const { return jobs_; }
    WallTime start() const { return start_; }
    std::map<std::string, std::vector<BeganRun>> began;
    std::map<std::string, Stretches> running, held_up, paused;  // held_up: it couldn't begin, or what died waits for its next turn
    Stretches down, full;
    std::vector<WallTime> far_back;  // the clock was set back by more than three hours
    Disturbances disturbed;

  private:
    unsigned roll(unsigned most) { return static_cast<unsigned>(random_() % most); }
    bool chance(unsigned of) { return roll(of) == 0; }
    WallTime now() const { return world_.clock.wall(); }
    seconds length() { return chance(8) ? seconds(roll(3 * 3600)) : seconds(1 + roll(600)); }

    std::set<std::string> here() const {
        std::set<std::string> names;
        for (const auto& [name, going] : going_) {
            if (!going.elsewhere) names.insert(name);
        }
        return names;
    }

    void begin(const Engine& engine, const std::string& name, const Turn& turn, bool elsewhere) {
        const Begun begun = begin_run(engine, jobs_.at(name), {});
        began[name].push_back({now(), turn.fire, turn.why, elsewhere});
        going_[name] = {now(), world_.clock.boot() + length(), begun.row.id, elsewhere};
        if (const auto dead = dead_.find(name); dead != dead_.end()) {
            held_up[name].push_back({dead->second, now()});
            dead_.erase(dead);
        }
    }

    void end(const Engine& engine, const std::string& name) {
        const Going going = going_.at(name);
        going_.erase(name);
        RunReport report;
        report.job = name;
        report.run = going.run;
        static const std::vector<std::string> kOutcomes{"failed", "incomplete", "interrupted"};
        if (chance(8)) report.outcome = kOutcomes[roll(3)];
        end_run(engine.store, report, {});
        running[name].push_back({going.since, now()});
    }

    // Time passes until then, or until a run of another process ends, which rings.
    void pass(const Engine& engine, BootTime until) {
        std::string name;
        for (const auto& [each, going] : going_) {
            if (!going.elsewhere || going.until > until) continue;
            until = going.until;
            name = each;
        }
        world_.clock.advance_to(until);
        if (!name.empty()) end(engine, name);
    }

    // A person or cron runs a job, pauses it, lets it go on.
    void event(const Engine& engine) {
        next_event_ = world_.clock.boot() + seconds(roll(30 * 3600));
        auto each = std::next(jobs_.begin(), roll(static_cast<unsigned>(jobs_.size())));
        const std::string name = each->first;
        if (chance(2)) {
            if (going_.contains(name)) return;
            ++disturbed.by_hand;
            begin(engine, name, {now(), now(), TurnWhy::on_time}, true);
        } else if (JobTurns(engine.store).pause(name, "")) {
            ++disturbed.pauses;
            pause_[name] = now();
            next_event_ = world_.clock.boot() + seconds(roll(7200));
        }
        for (auto it = pause_.begin(); it != pause_.end();) {
            if (it->first == name) {
                ++it;
                continue;
            }
            JobTurns(engine.store).resume(it->first);
            paused[it->first].push_back({it->second, now()});
            it = pause_.erase(it);
        }
    }

    void jump(TurnWatch& watch) {
        static const std::vector<std::chrono::hours> kJumps{-1h, 1h, -2h, -30h, 24h * 365, 24h * 365 * 9};
        const std::chrono::hours by = ahead_ > 0h ? -ahead_ : kJumps[roll(static_cast<unsigned>(kJumps.size()))];
        ahead_ = by >= 24h * 365 ? by : 0h;
        if (by < -3h) far_back.push_back(now());
        world_.clock.set_wall(now() + by);
        ++disturbed.jumps;
        watch.slept();
    }

    // As the daemon's loop: ends, looks, starts, sleeps. Returns when the process is killed or the time is over.
    void process(const Engine& engine, BootTime last, bool jumps) {
        TurnWatch watch(4, [this](const std::string& name) { return going_.contains(name) && going_.at(name).elsewhere; });
        const auto die = [&] {
            for (const auto& name : here()) {
                running[name].push_back({going_.at(name).since, now()});
                dead_[name] = now();
                going_.erase(name);
            }
        };
        for (int idle_looks = 0; world_.clock.boot() < last;) {
            for (const auto& name : here()) {
                if (going_.at(name).until <= world_.clock.boot()) end(engine, name);
            }
            const Outlook outlook = watch.look(jobs_, engine.store, here(), now(), world_.clock.boot());
            for (const auto& due : outlook.start) {
                REQUIRE(!going_.contains(due.job));  // never twice at a time
                if (chance(40)) return die();        // killed before the run's row
                if (chance(25)) {
                    ++disturbed.failures_to_begin;
                    watch.couldnt_begin(due.job, 5min, world_.clock.boot());
                    held_up[due.job].push_back({now(), now() + 5min});
                    continue;
                }
                begin(engine, due.job, due.turn, false);
                if (chance(40)) return die();  // killed after it
            }
            if (chance(200)) return die();
            if (jumps && chance(60)) {
                jump(watch);
                continue;
            }
            idle_looks = outlook.start.empty() ? idle_looks + 1 : 0;
            REQUIRE(idle_looks < 10'000);
            sleep(engine, outlook, last);
        }
    }

    void sleep(const Engine& engine, const Outlook& outlook, BootTime last) {
        const BootTime boot = world_.clock.boot();
        BootTime until = std::min(next_event_, last);
        if (outlook.wake) until = std::min(until, boot + std::max<Duration>(*outlook.wake - now(), 1ms));
        if (!outlook.start.empty()) until = std::min(until, boot + Duration(1ms));
        for (const auto& [name, going] : going_) {
            if (!going.elsewhere) until = std::min(until, std::max(going.until, boot));
        }
        const WallTime from = now();
        const bool was_full = here().size() >= 4;
        pass(engine, until);
        if (was_full) full.push_back({from, now()});
        if (world_.clock.boot() >= next_event_) event(engine);
    }

    World world_;
    Jobs jobs_;
    std::mt19937 random_;
    WallTime start_;
    BootTime next_event_{};
    std::chrono::hours ahead_{0};
    std::map<std::string, Going> going_;
    std::map<std::string, WallTime> dead_, pause_;
};

// How much of a stretch none of the others covers.
milliseconds uncovered(Stretch stretch, const std::vector<const Stretches*>& others) {
    std::vector<Stretch> all;
    for (const auto* list : others) {
        for (const auto& other : *list) {
            if (other.until > stretch.from && other.from < stretch.until) all.push_back(other);
        }
    }
    std::sort(all.begin(), all.end(), [](const Stretch& a, const Stretch& b) { return a.from < b.from; });
    milliseconds open{0};
    WallTime at = stretch.from;
    for (const auto& other : all) {
        if (other.from > at) open += other.from - at;
        at = std::max(at, other.until);
    }
    return stretch.until > at ? open + (stretch.until - at) : open;
}

bool in(WallTime at, const Stretches& list) { return std::any_of(list.begin(), list.end(), [&](const Stretch& s) { return at >= s.from && at <= s.until; }); }

// What may have kept a job from starting: it ran or couldn't begin, those before it did (and those before them), no place, no daemon.
void add_excuses(Life& life, const Job& job, std::vector<const Stretches*>& all, Stretches& jitters) {
    for (auto* list : {&life.running[job.name], &life.held_up[job.name]}) all.push_back(list);
    for (const auto& first : job.schedule->after) {
        const Job& before = life.jobs().at(first);
        add_excuses(life, before, all, jitters);
        if (before.schedule->jitter == 0s) continue;
        for (WallTime at = life.start(); at < life.start() + std::chrono::days(370);) {
            at = next_fire(before.schedule->cron, before.timezone, at);
            jitters.push_back({at, at + std::chrono::ceil<milliseconds>(before.schedule->jitter)});
        }
    }
}

std::vector<const Stretches*> excuses(Life& life, const Job& job, Stretches& jitters) {
    std::vector<const Stretches*> all{&life.down, &life.full, &life.paused[job.name], &jitters};
    add_excuses(life, job, all, jitters);
    return all;
}

// Each time that the schedule names is followed by a run, as soon as nothing stands in its way, and by one only.
void hold_fixed_against_schedule(Life& life, const Job& job, WallTime end) {
    const auto& began = life.began[job.name];
    Stretches jitters;
    const auto excused = excuses(life, job, jitters);
    const bool forgetful = job.schedule->catch_up == "none";
    const auto jitter = std::chrono::ceil<milliseconds>(jitter_of(job.name, job.schedule->jitter));
    int fires = 0;
    for (WallTime fire = next_fire(job.schedule->cron, job.timezone, life.start()); fire < end - std::chrono::hours(72); fire = next_fire(job.schedule->cron, job.timezone, fire)) {
        ++fires;
        const auto run = std::find_if(began.begin(), began.end(), [&](const BeganRun& each) { return each.at >= fire; });
        INFO(job.name << " at " << rfc3339(fire) << ": " << (run == began.end() ? "never" : rfc3339(run->at)));
        REQUIRE(run != began.end());
        const Stretch late{fire, run->at};
        if (forgetful && (uncovered(late, {&life.down, &life.paused[job.name]}) < run->at - fire || in(fire, life.running[job.name]) || in(fire, life.down))) continue;
        CHECK(uncovered({fire + jitter, run->at}, excused) <= 2s);
    }
    CHECK(fires > 0);
    WallTime taken = life.start();
    for (const auto& run : began) {
        if (!run.by_hand && run.why != TurnWhy::again) {
            INFO(job.name << " at " << rfc3339(run.at) << " for " << rfc3339(run.fire) << ", before it " << rfc3339(taken));
            CHECK(run.fire > taken);
            CHECK(run.fire <= run.at);
            if (forgetful) CHECK(uncovered({run.fire, run.at}, {&life.down, &life.paused[job.name]}) >= (run.at - run.fire) - 3min);
        }
        taken = std::max(taken, run.at);
    }
}

void hold_interval_against_schedule(Life& life, const Job& job) {
    Stretches jitters;
    const auto excused = excuses(life, job, jitters);
    const auto& began = life.began[job.name];
    for (std::size_t i = 1; i < began.size(); ++i) {
        const WallTime next = began[i - 1].at + std::chrono::ceil<milliseconds>(job.schedule->every);
        INFO(job.name << " after " << rfc3339(began[i - 1].at) << " at " << rfc3339(began[i].at));
        if (!began[i].by_hand && began[i].why != TurnWhy::again) CHECK(began[i].at >= next);
        if (began[i].at > next) CHECK(uncovered({next, began[i].at}, excused) <= 2s);
    }
}

// It runs when each of the others has ended a run since its own start, and not before.
void hold_follower_against_schedule(Life& life, const Job& job) {
    Stretches jitters;
    const auto excused = excuses(life, job, jitters);
    const auto& began = life.began[job.name];
    for (std::size_t i = 1; i < began.size(); ++i) {
        WallTime ready = began[i - 1].at;
        bool all = true;
        for (const auto& first : job.schedule->after) {
            const auto& runs = life.running[first];
            const auto ended = std::find_if(runs.begin(), runs.end(), [&](const Stretch& s) { return s.until > began[i - 1].at; });
            all = all && ended != runs.end() && ended->until <= began[i].at;
            if (ended != runs.end()) ready = std::max(ready, ended->until);
        }
        INFO(job.name << " after " << rfc3339(began[i - 1].at) << " at " << rfc3339(began[i].at));
        if (began[i].by_hand || began[i].why == TurnWhy::again) continue;
        CHECK(all);
        if (began[i].at > ready) CHECK(uncovered({ready, began[i].at}, excused) <= 2s);
    }
}

void live_and_compare(unsigned seed, std::chrono::days length) {
    Life life(jobs_of_an_agency(), seed);
    const WallTime end = life.start() + length;
    life.live_for(length, false);
    for (const auto& [name, job] : life.jobs()) {
        if (!job.schedule->cron.empty()) hold_fixed_against_schedule(life, job, end);
        else if (job.schedule->every > 0s) hold_interval_against_schedule(life, job);
        else hold_follower_against_schedule(life, job);
    }
    CAPTURE(life.disturbed.by_hand, life.disturbed.failures_to_begin, life.disturbed.pauses);
    CHECK(life.disturbed.kills >= length.count());
    CHECK(life.disturbed.by_hand >= length.count() / 10);
}

// With a clock that jumps about: no fixed time is taken twice unless the clock was set back by more than three hours, no job stands
// still, none runs wild.
void live_with_jumps(unsigned seed, std::chrono::days length) {
    Jobs jobs;
    for (Job job : {job_of("daily", "0 6 * * *"), job_of("elapsed", "*/20 * * * *")}) jobs[job.name] = job;
    Job follower = job_of("follower", "");
    follower.schedule->after = {"daily"};
    jobs["follower"] = follower;
    Life life(jobs, seed);
    life.live_for(length, true);
    std::map<std::string, WallTime> taken;
    for (const auto& run : life.began["daily"]) {
        if (run.by_hand || run.why == TurnWhy::again) continue;
        const bool set_right = std::any_of(life.far_back.begin(), life.far_back.end(), [&](WallTime at) { return at >= taken["daily"]; });
        INFO(rfc3339(run.fire));
        if (!set_right) CHECK(run.fire > taken["daily"]);
        taken["daily"] = run.fire;
    }
    const auto days = static_cast<std::size_t>(length.count());
    const auto jumps = static_cast<std::size_t>(life.disturbed.jumps);
    CAPTURE(days, jumps, life.began["daily"].size(), life.began["elapsed"].size(), life.began["follower"].size());
    CHECK(life.began["daily"].size() >= days / 2);
    CHECK(life.began["daily"].size() <= 2 * days + 2 * jumps);
    CHECK(life.began["elapsed"].size() >= 15 * days);
    CHECK(life.began["elapsed"].size() <= 110 * days + 2 * jumps);
    CHECK(life.began["follower"].size() >= life.began["daily"].size() / 2);
    CHECK(life.began["follower"].size() <= 2 * life.began["daily"].size() + jumps);
}

}  // namespace

TEST_CASE("a month of the schedule: kills, failures, people beside it, and each turn is taken once, as soon as it can be") {
    for (const unsigned seed : {1U, 2U}) live_and_compare(seed, std::chrono::days(35));
}

TEST_CASE("a month of the schedule with a clock that is set back and forth: no job stands still and none runs wild") { live_with_jumps(3, std::chrono::days(31)); }

// Both changes of the clocks are in it. With the long tests: "died anywhere" is their mark in scripts/test.
TEST_CASE("a year of the schedule, killed and died anywhere: each turn is taken once, as soon as it can be") { live_and_compare(4, std::chrono::days(366)); }

TEST_CASE("a year of the schedule with a clock that jumps, killed and died anywhere: no job stands still") { live_with_jumps(5, std::chrono::days(366)); }
