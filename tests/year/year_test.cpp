// A month and a year of an agency: the daemon's decisions, the engine and the store as they are, the sandbox's services, all on one
// simulated clock; outages, kills, restarts, new keys, a clock that is wrong. Then the CRM is held against what was true.
// BINDERY_SEED=N gives another month or year.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "core/cron.h"
#include "core/dates.h"
#include "store/care.h"
#include "year/daemon_life.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;

unsigned seed_or(unsigned otherwise) {
    const char* given = std::getenv("BINDERY_SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : otherwise;
}

std::string story_of(const Postman::Counts& post) {
    std::ostringstream out;
    out << post.posted << " events, " << post.lost << " lost, " << post.repeated << " twice, " << post.late << " late, " << post.forged << " forged beside them, " << post.never_taken << " never taken; answers:";
    for (const auto& [status, n] : post.answers) out << " " << n << " of " << status;
    out << "\n";
    return out.str();
}

// For whoever looks at a failure.
std::string story_of(const DaemonLife& life) {
    std::ostringstream out;
    std::map<std::string, std::map<std::string, int>> outcomes;
    for (const auto& run : life.runs) ++outcomes[run.job + (run.hinted ? " by webhook" : "")][run.outcome];
    for (const auto& [job, by] : outcomes) {
        out << job << ":";
        for (const auto& [outcome, n] : by) out << " " << n << " " << outcome;
        out << "\n";
    }
    const auto& c = life.counts;
    const auto& o = life.oracle.counts;
    out << c.kills << " kills, " << c.restarts << " restarts, " << c.boots << " boots, " << c.days_off << " times off, " << c.jumps << " wrong clocks, " << c.new_keys << " new keys, " << c.pauses << " pauses, " << c.purges
        << " purges of " << c.rows_purged << " rows and " << c.events_purged << " events, " << life.messages.size() << " messages\n"
        << story_of(life.services.post.counts) << life.eye.counts.runs << " runs by webhooks, of " << life.eye.counts.records << " records and " << life.eye.counts.lists << " lists; " << life.eye.counts.compared << " leads were compared\n"
        << life.oracle.owed() << " pieces of work: " << o.tasks << " tasks and " << o.alarms << " alarms, " << o.twice << " twice, " << o.held << " held, " << o.withdrawn << " withdrawn, " << o.waiting
        << " waiting; " << o.checked_runs << " runs were checked\n";
    for (std::size_t i = 0; i < life.samples.size(); i += 1 + life.samples.size() / 24) {
        const auto& s = life.samples[i];
        out << "day " << s.day << ": store " << s.store / 1024 << " KiB, heap " << s.heap / 1024 << " KiB, resident " << s.resident / 1024 << " KiB, " << s.descriptors << " descriptors\n";
    }
    return out.str();
}

// How much of a stretch no excuse covers. The excuses are in order of their begin.
milliseconds uncovered(Stretch stretch, const std::vector<Stretch>& excuses) {
    milliseconds open{0};
    WallTime at = stretch.from;
    for (const auto& excuse : excuses) {
        if (excuse.until <= at || excuse.from >= stretch.until) continue;
        if (excuse.from > at) open += excuse.from - at;
        at = std::max(at, excuse.until);
    }
    return stretch.until > at ? open + (stretch.until - at) : open;
}

// What a renewal's task waits for is a whole run: one comes at each time that the schedule names, its jitter of two minutes later, as
// soon as services, keys and machine let it. What it finds due it has asked for by its end, which the oracle has checked.
void hold_against_the_schedule(const DaemonLife& life, WallTime from, WallTime until) {
    std::vector<Stretch> excuses = life.excuses;
    std::sort(excuses.begin(), excuses.end(), [](const Stretch& a, const Stretch& b) { return a.from < b.from; });
    int fires = 0;
    for (WallTime fire = next_fire("0 6 * * *", "America/Denver", from); fire < until; fire = next_fire("0 6 * * *", "America/Denver", fire)) {
        ++fires;
        // By a clock that is fast the run comes early, and isn't repeated when the clock is right again.
        const auto run = std::find_if(life.runs.begin(), life.runs.end(), [&](const RunNote& each) { return each.checked && each.began + std::max(each.ahead, 0min) >= fire; });
        INFO("due at " << rfc3339(fire) << ", whole at " << (run == life.runs.end() ? "never" : rfc3339(run->ended)));
        REQUIRE(run != life.runs.end());
        std::string between;
        for (const auto& each : life.runs) {
            if (each.job == "renewals" && each.began >= fire && each.ended <= run->ended) between += rfc3339(each.began) + " to " + rfc3339(each.ended) + " " + each.outcome + " " + each.list + "\n";
        }
        INFO(between);
        CHECK(uncovered({fire, run->ended}, excuses) <= 2min + 5s);
    }
    CHECK(fires >= (until - from) / 24h - 1);
    for (const auto& run : life.runs) {
        INFO(run.job << " began " << rfc3339(run.began) << ", ended " << rfc3339(run.ended));
        CHECK(run.ended - run.began <= 2h + 2min);  // its time limit
    }
}

// No good run for longer than its stale_after: somebody was told before the next one.
void hold_against_the_silence(const DaemonLife& life) {
    std::optional<WallTime> last;
    for (const auto& run : life.runs) {
        if (!run.checked) continue;
        INFO("nothing whole from " << (last ? rfc3339(*last) : "") << " to " << rfc3339(run.ended));
        const auto told = [&](const auto& message) { return message.at > *last && message.at <= run.ended && message.text.find("job renewals") != std::string::npos; };
        if (last && run.began - *last > 28h) CHECK(std::any_of(life.messages.begin(), life.messages.end(), told));
        last = run.ended;
    }
    CHECK(last);
}

// Four days after all of that each job goes its way, and what people know of is what waits for them.
void hold_against_the_calm(DaemonLife& life) {
    for (const auto& trouble : life.troubles()) {
        INFO(trouble << "\n" << life.refused());
        CHECK((trouble == "held" || trouble == "conflicts" || (trouble == "in_doubt" && life.doubts_wait_for_a_person())));
    }
    for (const char* job : {"renewals", "policies", "leads", "quotes", "lead-sales"}) {
        const auto last = std::find_if(life.runs.rbegin(), life.runs.rend(), [&](const RunNote& run) { return run.job == job && !run.hinted; });
        REQUIRE(last != life.runs.rend());
        INFO(job << " ended " << last->outcome);
        CHECK((last->outcome == "done" || last->outcome == "doubt"));
        CHECK(life.services.time.now() - last->ended <= 25h);
    }
    CHECK(life.last_integrity_check().value() > life.services.time.now() - 8 * 24h);
    CHECK(life.counts.purges >= life.samples.back().day * 9 / 10 - life.counts.days_off * 2);
}

template <typename Value>
std::size_t most(const std::vector<Sample>& samples, int from, int until, Value value) {
    std::size_t most = 0;
    for (const auto& sample : samples) {
        if (sample.day >= from && sample.day < until) most = std::max(most, value(sample));
    }
    return most;
}

void hold_against_the_truth(DaemonLife& life) {
    std::vector<EffectRow> ledger;
    for (const char* effect : {"renewal_task", "expired_alarm"}) {
        for (auto& row : life.world.effects(effect)) ledger.push_back(std::move(row));
    }
    life.oracle.close(ledger);
    CHECK(life.oracle.counts.waiting == 0);
    CHECK(life.services.refused_by_limit() == 0);  // the budget kept to the limits in all processes together
}

// No lead was sold twice, and the store knows of each that was.
void hold_against_the_buyer(DaemonLife& life) {
    std::map<std::string, int> sold;
    for (const auto& record : life.services.records("autobind", "leads")) {
        if (record.at("status") == "accepted") ++sold[record.at("external_id").get<std::string>()];
    }
    std::map<std::string, std::string> states;
    for (const auto& row : life.world.rows("SELECT once_per ->> 'lead_id', state FROM sales")) states[row.substr(0, row.find('|'))] = row.substr(row.find('|') + 1);
    CHECK(sold.size() >= 5);
    for (const auto& [lead, times] : sold) {
        INFO(lead << " is " << states[lead]);
        CHECK(times == 1);
        CHECK((states[lead] == "sold" || states[lead] == "unclear"));
    }
    for (const auto& [lead, state] : states) {
        INFO(lead);
        if (state == "sold") CHECK(sold.contains(lead));
    }
}

void live(DaemonLife& life, WallTime start, int days) {
    life.live(days);
    life.calm_down();
    INFO(story_of(life));
    hold_against_the_truth(life);
    hold_against_the_schedule(life, start, start + std::chrono::hours(24 * days));
    hold_against_the_buyer(life);
    hold_against_the_silence(life);
    life.eye.close();
    hold_against_the_calm(life);
    const auto descriptors = [](const Sample& sample) { return sample.descriptors; };
    CHECK(most(life.samples, 5, days + 5, descriptors) <= most(life.samples, 0, 5, descriptors) + 2);
    if (std::getenv("BINDERY_STORY") != nullptr) {
        std::cerr << story_of(life);
        std::set<std::string> tables;
        for (const auto& [day, sizes] : life.sizes) {
            for (const auto& [table, size] : sizes) tables.insert(table);
        }
        for (const auto& table : tables) {
            std::cerr << "SIZE " << table;
            for (const auto& [day, sizes] : life.sizes) {
                if (day % 28 == 0) std::cerr << " " << (sizes.contains(table) ? sizes.at(table).rows : 0) << "/" << (sizes.contains(table) ? sizes.at(table).bytes / 1024 : 0) << "K";
            }
            std::cerr << "\n";
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(life.world.folder())) {
            if (entry.is_regular_file()) std::cerr << "FILE " << entry.path().lexically_relative(life.world.folder()).string() << " " << entry.file_size() << "\n";
        }
        for (const auto& message : life.messages) std::cerr << rfc3339(message.at) << " " << message.text << "\n";
    }
}

}  // namespace

TEST_CASE("a month of an agency, killed at random: each stage that a renewal was in has its task or is listed") {
    const unsigned seed = seed_or(1);
    INFO("BINDERY_SEED=" << seed);
    const WallTime start = parse_rfc3339("2026-02-15T13:00:00Z");  // the clocks change in it
    DaemonLife life(start, seed);
    live(life, start, 31);
    CHECK(life.counts.kills >= 40);
}

// scripts/test --all runs it.
TEST_CASE("a year of an agency, killed at random: each stage that a renewal was in has its task or is listed, nothing grows", "[.year]") {
    const unsigned seed = seed_or(2);
    INFO("BINDERY_SEED=" << seed);
    const WallTime start = parse_rfc3339("2026-01-15T13:00:00Z");
    DaemonLife life(start, seed);
    live(life, start, 366);
    CHECK(life.counts.kills >= 500);
    CHECK(life.counts.rows_purged > 0);
    CHECK(life.counts.events_purged > 0);
    hold_to_a_level(life.sizes, 3 + life.counts.new_keys);
    hold_to_the_calls(life.sizes, life.calls);
    CHECK(life.sizes.rbegin()->second.at("bindery.db record_bindpilot_quotes").rows <= static_cast<std::int64_t>(life.services.records("bindpilot", "quotes").size()));
    hold_to_retention(life.world.folder(), rfc3339(life.world.clock.wall()));
    // What the sandbox and the oracle remember of the year is in this as well.
    const auto memory = [](const Sample& sample) { return sample.resident; };
    CHECK(most(life.samples, 330, 366, memory) <= most(life.samples, 60, 90, memory) + (8U << 20));
}
