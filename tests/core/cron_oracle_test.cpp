// Cron over the changes of clocks: 350 stated cases, and random ones against a slow simulation of Debian's loop.
#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <sstream>

#include "core/cron.h"
#include "core/text.h"
#include "core/zone.h"

using namespace bindery;
using namespace std::chrono_literals;

namespace {

WallTime minute_at(const std::string& text) { return parse_rfc3339(text + ":00Z"); }

std::vector<std::string> split(const std::string& line, const std::string& by) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= line.size();) {
        const std::size_t end = std::min(line.find(by, at), line.size());
        parts.push_back(std::string(trim(std::string_view(line).substr(at, end - at))));
        at = end + by.size();
    }
    return parts;
}

bool matches(const Cron& cron, std::chrono::minutes local) {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{std::chrono::sys_days(day)};
    const auto of_day = (local - day).count();
    if (!cron.minutes[static_cast<std::size_t>(of_day % 60)] || !cron.hours[static_cast<std::size_t>(of_day / 60)] || !cron.months[static_cast<unsigned>(date.month())]) return false;
    const bool by_date = cron.days[static_cast<unsigned>(date.day())];
    const bool by_weekday = cron.weekdays[std::chrono::weekday(std::chrono::sys_days(day)).c_encoding()];
    return cron.either_day ? by_date || by_weekday : by_date && by_weekday;
}

// Debian's loop: a clock of its own follows the local one minute by minute, and how far that one has jumped decides what runs.
class Simulation {
  public:
    Simulation(const Cron& cron, const std::string& zone, WallTime start) : cron_(cron), zone_(zone_named(zone)), time_(std::chrono::floor<std::chrono::minutes>(start - 4h)), virtual_(local(time_)) {}

    WallTime next(WallTime after) {
        for (;;) {
            time_ += 1min;
            if (step() && time_ > after) return time_;
        }
    }

  private:
    std::chrono::minutes local(WallTime time) const {
        return std::chrono::floor<std::chrono::minutes>(time.time_since_epoch() + zone_.get_info(std::chrono::floor<std::chrono::seconds>(time)).offset);
    }

    bool step() {
        const auto now = local(time_);
        const auto ahead = (now - virtual_).count();
        if (ahead > -180 && ahead <= 0) return cron_.elapsed && matches(cron_, now);  // set back a little: the fixed ones ran already
        const bool jump = ahead < 0 || ahead >= 180;                                  // a correction
        if (jump) virtual_ = now - 1min;
        const bool gap = !jump && ahead >= 5;
        bool hit = gap && cron_.elapsed && matches(cron_, now);
        while (virtual_ < now) {
            virtual_ += 1min;
            if (!gap || !cron_.elapsed) hit = hit || matches(cron_, virtual_);
        }
        return hit;
    }

    const Cron& cron_;
    const date::time_zone& zone_;
    WallTime time_;
    std::chrono::minutes virtual_;
};

// Expressions that come within days: the simulation is slow.
std::string random_expression(std::mt19937& random) {
    const auto one_of = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
    const auto number = [&](unsigned most) { return std::to_string(random() % (most + 1)); };
    const std::string minute = one_of({"*", "*/" + std::to_string(2 + random() % 40), number(59), number(59) + "," + number(59), "0", "30", "5-55/10"});
    const std::string hour = one_of({"*", "*/" + std::to_string(2 + random() % 12), number(23), number(3), "0,2", "1-3", "2", "1", "23"});
    const std::string day = one_of({"*", "*", "*", "*/2", "1-20", "5,15,25"});
    const std::string weekday = one_of({"*", "*", "*", "sun", "sat,sun", "1-5"});
    return minute + " " + hour + " " + day + " * " + weekday;
}

}  // namespace

TEST_CASE("cron over the changes of clocks of many zones comes at the stated times") {
    std::ifstream file(std::string(BINDERY_SOURCE_DIR) + "/tests/core/cron_cases.txt");
    REQUIRE(file.good());
    std::string line;
    int cases = 0;
    while (std::getline(file, line)) {
        if (line.empty() || line[0] == '#') continue;
        const auto parts = split(line, "|");
        REQUIRE(parts.size() == 4);
        INFO(line);
        WallTime at = parse_rfc3339(parts[2]);
        for (const auto& expected : split(parts[3], " ")) {
            at = next_fire(parts[0], parts[1], at);
            CHECK(rfc3339(at).substr(0, 16) == expected);
            at = minute_at(expected);
        }
        ++cases;
    }
    CHECK(cases >= 300);
}

TEST_CASE("random cron expressions come when a minute by minute simulation says") {
    const std::vector<std::pair<std::string, std::string>> changes{
        {"America/Denver", "2026-03-08T09:00"}, {"America/Denver", "2026-11-01T08:00"},     {"America/New_York", "2025-03-09T07:00"}, {"America/Havana", "2024-03-10T05:00"},
        {"America/Havana", "2024-11-03T05:00"}, {"Australia/Lord_Howe", "2025-10-04T15:30"}, {"Australia/Lord_Howe", "2025-04-05T15:00"}, {"Pacific/Apia", "2011-12-30T10:00"},
        {"Asia/Amman", "2021-03-25T22:00"},     {"Europe/Berlin", "2025-10-26T01:00"},      {"Antarctica/Troll", "2024-03-31T01:00"}, {"Antarctica/Troll", "2024-10-27T01:00"}};
    std::mt19937 random(20261125);
    for (int i = 0; i < 240; ++i) {
        const auto& [zone, change] = changes[static_cast<std::size_t>(i) % changes.size()];
        const std::string expression = random_expression(random);
        const Cron cron = parse_cron(expression);
        const WallTime start = minute_at(change) - std::chrono::minutes(random() % 600);
        INFO(expression << " in " << zone << " after " << rfc3339(start));
        Simulation simulation(cron, zone, start);
        WallTime at = start;
        for (int n = 0; n < 6; ++n) {
            const WallTime expected = simulation.next(at);
            at = next_fire(cron, zone, at);
            REQUIRE(rfc3339(at) == rfc3339(expected));
        }
    }
}
