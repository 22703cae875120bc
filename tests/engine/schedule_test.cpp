// When jobs run by themselves: tables of pasts and times. A month and a year of it: tests/engine_long.
#include "engine/schedule.h"

#include <catch2/catch.hpp>
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
    by_hand.handled_until = by_hand.last_started = at("2026-11-25T08:00");
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

TEST_CASE("after a clock was set back the turns are noted anew, so that the very moment of one doesn't push it on") {
    Job elapsed = daily();
    elapsed.schedule->cron = "*/10 * * * *";
    const auto moment = [](const char* text) { return parse_rfc3339(std::string(text) + "Z"); };
    const auto fire = [&](const Job& job, JobPast past, const char* noticed, const char* now) {
        if (const auto from = set_right(job, past, moment(noticed))) past.handled_until = from;
        return text(next_turn(job, {{job.name, past}}, moment(now)));
    };
    const JobPast past = ran("2026-11-25T06:00", "2026-11-25T06:01"), future = ran("2031-01-01T06:00", "2031-01-01T06:01");
    CHECK(fire(elapsed, past, "2026-11-25T05:02:00", "2026-11-25T05:10:00.003") == "2026-11-25T05:10 on time");
    CHECK(fire(daily(), past, "2026-11-25T05:02:00", "2026-11-25T06:00:00.003") == "2026-11-26T06:00 on time");
    CHECK(fire(daily(), future, "2026-11-25T05:02:00", "2026-11-25T06:00:00.003") == "2026-11-25T06:00 on time");
    CHECK(fire(daily(), future, "2026-11-25T05:02:00", "2026-11-28T09:00:00") == "2026-11-25T06:00 made up");
    // First met while the clock was ahead.
    CHECK(fire(daily(), seen("2031-01-01T06:00"), "2026-11-25T05:02:00", "2026-11-25T06:00:00.003") == "2026-11-25T06:00 on time");
    CHECK_FALSE(set_right(daily(), past, moment("2026-11-25T05:02:00")));
    CHECK_FALSE(set_right(elapsed, past, moment("2026-11-25T06:02:00")));
    CHECK_FALSE(set_right(every(15min), future, moment("2026-11-25T06:02:00")));  // starts at once
    // What a run that begins notes: a run by hand in the hour that comes twice doesn't bring a fixed time again.
    CHECK(taken_until(daily(), past, moment("2026-11-25T05:20:00")) == at("2026-11-25T06:00"));
    CHECK(taken_until(daily(), future, moment("2026-11-25T05:20:00")) == at("2026-11-25T05:20"));
    CHECK(taken_until(elapsed, past, moment("2026-11-25T05:20:00")) == at("2026-11-25T05:20"));
    CHECK(taken_until(every(15min), past, moment("2026-11-25T05:20:00")) == at("2026-11-25T05:20"));
}

TEST_CASE("a job that follows others goes by the order of the runs, not by a clock that may be wrong") {
    const Job job = following("then", {"first"});
    const auto numbered = [](JobPast past, std::int64_t run) {
        past.last_run = run;
        return past;
    };
    const auto then = [&](const JobPast& past, const JobPast& first, const std::string& now) { return turn(job, past, now, {{"first", first}}); };
    const JobPast first = numbered(ran("2026-11-25T06:00", "2026-11-25T06:05"), 7);
    CHECK(then(seen("2026-11-25T05:00"), first, "2026-11-25T06:06") == "2026-11-25T06:05 after others");
    CHECK(then(seen("2026-11-25T06:05"), first, "2026-11-25T06:06") == "none");  // new: nothing before it was missed
    CHECK(then(numbered(ran("2026-11-24T06:05", "2026-11-24T06:06"), 6), first, "2026-11-25T06:06") == "2026-11-25T06:05 after others");
    CHECK(then(numbered(ran("2026-11-25T06:05", "2026-11-25T06:06"), 8), first, "2026-11-25T06:07") == "none");
    CHECK(then(numbered(ran("2026-11-25T06:03", "2026-11-25T06:04"), 8), first, "2026-11-25T06:06") == "2026-11-25T06:05 after others");  // it was still going on
    // It ran while the clock was years ahead; and an hour back: it has run already, then it hasn't.
    CHECK(then(numbered(ran("2031-11-25T06:05", "2031-11-25T06:06"), 6), first, "2026-11-25T06:06") == "2026-11-25T06:05 after others");
    CHECK(then(numbered(ran("2026-11-25T06:05", "2026-11-25T06:06"), 8), first, "2026-11-25T05:06") == "none");
    CHECK(then(numbered(ran("2026-11-25T05:07", "2026-11-25T05:08"), 8), first, "2026-11-25T06:07") == "none");
    CHECK(then(numbered(ran("2026-11-24T06:05", "2026-11-24T06:06"), 6), first, "2026-11-25T05:06") == "2026-11-25T05:06 after others");
}

TEST_CASE("a job that follows one which another process runs is looked at again, since a process that is killed rings for nobody") {
    JobPast first = ran("2026-11-25T06:00", "");
    first.elsewhere = true;
    const Pasts pasts{{"first", first}, {"then", ran("2026-11-24T06:05", "2026-11-24T06:06")}};
    CHECK(names(look_ahead(jobs_of({daily("first"), following("then", {"first"})}), pasts, at("2026-11-25T06:10"), 4)) == ", wake 11-25T06:10");
}

TEST_CASE("catch_up none leaves out what nobody was there for, not what waited for others, and a job that couldn't begin keeps its turn") {
    Job job = daily("then");
    job.schedule->after = {"first"};
    job.schedule->catch_up = "none";
    JobPast past = ran("2026-11-24T06:00", "2026-11-24T06:01");
    CHECK(turn(job, past, "2026-11-25T06:10") == "2026-11-26T06:00 on time");
    past.watched_since = at("2026-11-20T00:00");
    CHECK(turn(job, past, "2026-11-25T06:10") == "2026-11-25T06:00 made up");
    past.watched_since = at("2026-11-25T06:09");
    CHECK(turn(job, past, "2026-11-25T06:10") == "2026-11-26T06:00 on time");
    past.watched_since = at("2026-11-20T00:00");
    past.last_ended = at("2026-11-25T06:09");  // it was still at its last one
    CHECK(turn(job, past, "2026-11-25T06:10") == "2026-11-26T06:00 on time");

    JobPast stuck = ran("2026-11-24T06:00", "2026-11-24T06:01");
    stuck.not_before = at("2026-11-25T06:05");
    const auto waits = next_turn(daily(), {{"daily", stuck}}, at("2026-11-25T06:01"));
    REQUIRE(waits);
    CHECK((waits->fire == at("2026-11-25T06:00") && waits->start == at("2026-11-25T06:05")));
    CHECK(names(look_ahead(jobs_of({daily()}), {{"daily", stuck}}, at("2026-11-25T06:01"), 4)) == ", wake 11-25T06:05");
    CHECK(names(look_ahead(jobs_of({daily()}), {{"daily", stuck}}, at("2026-11-25T06:05"), 4)) == "daily");
}

TEST_CASE("who comes after a job waits for its jitter too") {
    Job first = daily("first"), then = daily("then");
    first.schedule->jitter = 1h;
    then.schedule->after = {"first"};
    REQUIRE(jitter_of("first", 1h) > 1s);
    const Pasts pasts{{"first", ran("2026-11-24T06:00", "2026-11-24T06:05")}, {"then", ran("2026-11-24T06:05", "2026-11-24T06:06")}};
    CHECK(look_ahead(jobs_of({first, then}), pasts, at("2026-11-25T06:00"), 4).start.empty());
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

TEST_CASE("a pending retry is told when it comes before the next regular turn, and not of a job that is paused or runs") {
    using Ending = JobPast::Ending;
    const auto pending = [](const Job& job, const JobPast& past, const std::string& now) {
        const auto time = pending_retry(job, past, at(now));
        return time ? rfc3339(*time).substr(0, 16) : "none";
    };
    const Job job = daily();
    CHECK(pending(job, ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::failed), "2026-11-23T06:05") == "2026-11-23T06:31");
    CHECK(pending(job, ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::failed), "2026-11-23T09:00") == "2026-11-23T09:00");  // no daemon took it
    CHECK(pending(job, ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::interrupted), "2026-11-23T06:05") == "2026-11-23T06:05");
    CHECK(pending(job, ran("2026-11-23T06:00", "2026-11-23T06:01"), "2026-11-23T06:05") == "none");
    CHECK(pending(job, ran("2026-11-23T05:40", "2026-11-23T05:45", Ending::failed), "2026-11-23T05:50") == "none");  // its turn comes first
    CHECK(pending(following("next", {"daily"}), ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::failed), "2026-11-23T06:05") == "2026-11-23T06:31");
    JobPast past = ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::failed);
    past.paused = true;
    CHECK(pending(job, past, "2026-11-23T06:05") == "none");
    past.paused = false;
    past.elsewhere = true;
    CHECK(pending(job, past, "2026-11-23T06:05") == "none");
    Job never = daily();
    never.schedule->retry = 0s;
    CHECK(pending(never, ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::failed), "2026-11-23T06:05") == "none");
    Job by_hand;
    by_hand.name = "by_hand";
    CHECK(pending(by_hand, ran("2026-11-23T06:00", "2026-11-23T06:01", Ending::failed), "2026-11-23T06:05") == "none");
}
