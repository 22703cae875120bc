// When jobs run by themselves: tables of pasts and times, and a month of a simulated daemon.
#include "engine/schedule.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace bindery;
using namespace std::chrono_literals;

namespace {

WallTime at(const std::string& text) { return parse_rfc3339(text + ":00Z"); }

Job daily(const std::string& name = "daily") {
    Job job;
    job.name = name;
    job.timezone = "UTC";
    job.schedule.emplace();
    job.schedule->cron = "0 6 * * *";
    return job;
}

Job every(Duration interval, const std::string& name = "often") {
    Job job = daily(name);
    job.schedule->cron.clear();
    job.schedule->every = interval;
    return job;
}

Job following(const std::string& name, std::vector<std::string> after) {
    Job job = every(0s, name);
    job.schedule->after = std::move(after);
    return job;
}

JobPast seen(const std::string& first) {
    JobPast past;
    past.first_seen = at(first);
    return past;
}

JobPast ran(const std::string& started, const std::string& ended, JobPast::Ending how = JobPast::Ending::well) {
    JobPast past = seen("2026-11-01T00:00");
    past.handled_until = past.last_started = at(started);
    if (!ended.empty()) past.last_ended = at(ended);
    past.last = how;
    return past;
}

std::string text(const std::optional<Turn>& turn) { return turn ? rfc3339(turn->fire).substr(0, 16) + " " + turn_word(turn->why) : "none"; }

std::string turn(const Job& job, const JobPast& past, const std::string& now, Pasts others = {}) {
    others[job.name] = past;
    return text(next_turn(job, others, at(now)));
}

std::string names(const Outlook& outlook) {
    std::string all;
    for (const auto& due : outlook.start) all += (all.empty() ? "" : " ") + due.job;
    return all + (outlook.wake ? ", wake " + rfc3339(*outlook.wake).substr(5, 11) : "");
}

Jobs jobs_of(const std::vector<Job>& list) {
    Jobs jobs;
    for (const auto& job : list) jobs[job.name] = job;
    return jobs;
}

}  // namespace

TEST_CASE("a job's next turn follows from what the store remembers, whatever happened to the daemon") {
    const Job job = daily();
    Job forgetful = daily();
    forgetful.schedule->catch_up = "none";
    using Ending = JobPast::Ending;
    const std::string yesterday = "2026-11-24T06:00";
    // A new job has missed nothing.
    CHECK(turn(job, {}, "2026-11-25T12:00") == "2026-11-26T06:00 on time");
    CHECK(turn(job, seen("2026-11-25T05:00"), "2026-11-25T05:30") == "2026-11-25T06:00 on time");
    // The daemon was off over a turn, or over several: one is made up.
    CHECK(turn(job, seen("2026-11-25T05:00"), "2026-11-25T12:00") == "2026-11-25T06:00 made up");
    CHECK(turn(job, ran(yesterday, "2026-11-24T06:10"), "2026-11-25T05:59") == "2026-11-25T06:00 on time");
    CHECK(turn(job, ran(yesterday, "2026-11-24T06:10"), "2026-11-25T06:00") == "2026-11-25T06:00 on time");
    CHECK(turn(job, ran(yesterday, "2026-11-24T06:10"), "2026-11-29T12:00") == "2026-11-25T06:00 made up");
    CHECK(turn(forgetful, ran(yesterday, "2026-11-24T06:10"), "2026-11-25T06:00") == "2026-11-25T06:00 on time");
    CHECK(turn(forgetful, ran(yesterday, "2026-11-24T06:10"), "2026-11-25T06:02") == "2026-11-26T06:00 on time");
    CHECK(turn(forgetful, ran(yesterday, "2026-11-24T06:10"), "2026-11-29T12:00") == "2026-11-30T06:00 on time");
    // Somebody ran it by hand after the turn that the daemon missed.
    JobPast by_hand = ran(yesterday, "2026-11-25T08:01");
    by_hand.last_started = at("2026-11-25T08:00");
    CHECK(turn(job, by_hand, "2026-11-25T12:00") == "2026-11-26T06:00 on time");
    // A run that failed, or stayed incomplete, or was interrupted, is followed by another.
    CHECK(turn(job, ran("2026-11-25T06:00", "2026-11-25T06:10", Ending::failed), "2026-11-25T06:11") == "2026-11-25T06:40 again");
    CHECK(turn(job, ran("2026-11-25T06:00", "2026-11-25T06:10", Ending::interrupted), "2026-11-25T06:11") == "2026-11-25T06:10 again");
    CHECK(turn(job, ran("2026-11-25T06:00", "", Ending::failed), "2026-11-25T06:11") == "2026-11-25T06:30 again");  // its process died
    CHECK(turn(job, ran("2026-11-25T05:50", "2026-11-25T05:50", Ending::failed), "2026-11-25T05:51") == "2026-11-25T06:00 on time");
    Job patient = daily();
    patient.schedule->retry = 0s;
    CHECK(turn(patient, ran("2026-11-25T06:00", "2026-11-25T06:10", Ending::failed), "2026-11-25T06:11") == "2026-11-26T06:00 on time");
    // On demand only.
    Job by_demand = daily();
    by_demand.schedule.reset();
    CHECK(turn(by_demand, seen("2026-11-01T00:00"), "2026-11-25T12:00") == "none");
}

TEST_CASE("an interval counts from the last start, and a late one isn't made up several times") {
    const Job job = every(15min);
    CHECK(turn(job, seen("2026-11-25T12:00"), "2026-11-25T12:00") == "2026-11-25T12:00 on time");
    CHECK(turn(job, ran("2026-11-25T12:00", "2026-11-25T12:01"), "2026-11-25T12:05") == "2026-11-25T12:15 on time");
    CHECK(turn(job, ran("2026-11-25T12:00", "2026-11-25T12:01"), "2026-11-25T20:05") == "2026-11-25T12:15 made up");
    Job forgetful = job;
    forgetful.schedule->catch_up = "none";
    CHECK(turn(forgetful, ran("2026-11-25T12:00", "2026-11-25T12:01"), "2026-11-25T20:05") == "2026-11-25T20:15 on time");
    CHECK(turn(forgetful, ran("2026-11-25T12:00", "2026-11-25T12:01"), "2026-11-25T12:15") == "2026-11-25T12:15 on time");
}

TEST_CASE("a clock that was set back repeats no fixed time and stops no interval, and one that was far ahead is corrected") {
    Job elapsed = daily();
    elapsed.schedule->cron = "*/10 * * * *";
    const JobPast past = ran("2026-11-25T06:00", "2026-11-25T06:01");
    CHECK(turn(daily(), past, "2026-11-25T05:00") == "2026-11-26T06:00 on time");    // an hour back: 06:00 was taken
    CHECK(turn(elapsed, past, "2026-11-25T05:02") == "2026-11-25T05:10 on time");
    CHECK(turn(every(15min), past, "2026-11-25T05:02") == "2026-11-25T05:02 on time");
    const JobPast future = ran("2031-01-01T06:00", "2031-01-01T06:01");
    CHECK(turn(daily(), future, "2026-11-25T05:00") == "2026-11-25T06:00 on time");
    CHECK(turn(every(15min), future, "2026-11-25T05:00") == "2026-11-25T05:00 on time");
    JobPast failed = ran("2031-01-01T06:00", "2031-01-01T06:01", JobPast::Ending::failed);
    CHECK(turn(daily(), failed, "2026-11-25T05:00") == "2026-11-25T05:00 again");
}

TEST_CASE("jitter is the job's own, the same each time, and within its bound") {
    std::set<std::int64_t> shares;
    for (int i = 0; i < 50; ++i) {
        const auto share = jitter_of("job_" + std::to_string(i), 2min);
        CHECK((share >= 0s && share <= 2min));
        CHECK(share == jitter_of("job_" + std::to_string(i), 2min));
        shares.insert(share.count());
    }
    CHECK(shares.size() > 20);
    CHECK(jitter_of("renewals", 0s) == 0s);
    Job job = daily();
    job.schedule->jitter = 2min;
    const auto turn = next_turn(job, {{"daily", seen("2026-11-25T05:00")}}, at("2026-11-25T05:30"));
    REQUIRE(turn);
    CHECK(turn->start == turn->fire + std::chrono::duration_cast<std::chrono::milliseconds>(jitter_of("daily", 2min)));
}

TEST_CASE("who is due starts in order of time, within the free places, and what waits for others waits") {
    const Job a = daily("a"), late = every(15min, "late");
    Job b = daily("b");
    b.schedule->after = {"a"};
    const Job c = following("c", {"a", "b"});
    const Jobs jobs = jobs_of({a, b, c, late});
    const WallTime now = at("2026-11-25T06:00");
    Pasts pasts{{"a", ran("2026-11-24T06:00", "2026-11-24T06:05")}, {"b", ran("2026-11-24T06:05", "2026-11-24T06:06")}, {"c", ran("2026-11-24T06:06", "2026-11-24T06:07")},
                {"late", ran("2026-11-25T04:00", "2026-11-25T04:01")}};
    CHECK(names(look_ahead(jobs, pasts, now, 4)) == "late a");
    CHECK(names(look_ahead(jobs, pasts, now, 1)) == "late");
    CHECK(names(look_ahead(jobs, pasts, now, 0)) == "");
    // a runs: b waits for it; then c for both.
    pasts["late"] = ran("2026-11-25T06:00", "2026-11-25T06:00");
    pasts["a"].running = true;
    pasts["a"].handled_until = pasts["a"].last_started = now;
    pasts["a"].last_ended.reset();
    CHECK(names(look_ahead(jobs, pasts, now, 4)) == ", wake 11-25T06:15");
    pasts["a"] = ran("2026-11-25T06:00", "2026-11-25T06:05");
    CHECK(names(look_ahead(jobs, pasts, at("2026-11-25T06:05"), 4)) == "b, wake 11-25T06:15");
    pasts["b"] = ran("2026-11-25T06:05", "2026-11-25T06:06");
    CHECK(names(look_ahead(jobs, pasts, at("2026-11-25T06:06"), 4)) == "c, wake 11-25T06:15");
    pasts["c"] = ran("2026-11-25T06:06", "2026-11-25T06:07");
    CHECK(names(look_ahead(jobs, pasts, at("2026-11-25T06:07"), 4)) == ", wake 11-25T06:15");
    // A job that is paused holds nobody up, and doesn't start.
    pasts["a"] = ran("2026-11-24T06:00", "2026-11-24T06:05");
    pasts["b"] = ran("2026-11-24T06:05", "2026-11-24T06:06");
    pasts["a"].paused = true;
    CHECK(names(look_ahead(jobs, pasts, at("2026-11-25T06:08"), 4)) == "b, wake 11-25T06:15");
    // What another process runs isn't started twice, and its end tells nobody: it is looked at again.
    pasts["a"].paused = false;
    pasts["a"].elsewhere = true;
    CHECK(names(look_ahead(jobs, pasts, at("2026-11-25T06:08"), 4)) == ", wake 11-25T06:08");
}

TEST_CASE("a month of a daemon that is killed, and off for hours: each day's turn is taken once, none is lost") {
    const Job job = daily(), often = every(47min);
    const Jobs jobs = jobs_of({job, often});
    std::mt19937 random(30);
    Pasts pasts;
    std::map<std::string, int> taken;  // day → starts of the daily job for its turn
    WallTime now = at("2026-11-01T00:00");
    const WallTime end = at("2026-12-01T12:00");
    int starts = 0;
    for (auto& [name, each] : jobs) pasts[name] = seen("2026-11-01T00:00");
    while (now < end) {
        if (random() % 20 == 0) now += std::chrono::minutes(random() % 900);  // off
        const Outlook outlook = look_ahead(jobs, pasts, now, 4);
        for (const auto& due : outlook.start) {
            JobPast& past = pasts[due.job];
            past.handled_until = now;
            const bool dies_before = random() % 9 == 0;  // between the note and the run: the turn counts as taken
            if (!dies_before) past.last_started = past.last_ended = now;
            if (due.job == "daily") ++taken[rfc3339(due.turn.fire).substr(0, 10)];
            ++starts;
        }
        if (!outlook.start.empty()) continue;  // the end of a run wakes the daemon
        now = outlook.wake && *outlook.wake > now ? *outlook.wake : now + 1s;
    }
    INFO(starts);
    CHECK(taken.size() >= 25);  // some days' turns are made up together with the next
    for (const auto& [day, count] : taken) CHECK((day + " " + std::to_string(count)) == day + " 1");
    CHECK(starts > 300);
}
