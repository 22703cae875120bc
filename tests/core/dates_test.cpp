#include "core/dates.h"

#include <catch2/catch.hpp>

#include "core/error.h"

using namespace bindery;
using namespace std::chrono_literals;

namespace {

Date day(const char* iso) {
    return parse_date(iso).value();
}

}  // namespace

TEST_CASE("only a real date written YYYY-MM-DD is a date") {
    for (const std::string good :
         {"2026-11-23", "2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01", "9999-12-31"}) {
        INFO(good);
        REQUIRE(parse_date(good));
        CHECK(format_date(*parse_date(good)) == good);
    }
    for (const char* wrong :
         {"", "2026-1-01", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "2023-02-29", "1900-02-29",
          "2026/01/01", "2026-01-01T", " 2026-01-01", "20260101", "+026-01-01", "2026-0a-01"}) {
        INFO(wrong);
        CHECK_FALSE(parse_date(wrong));
    }
}

TEST_CASE("days are counted over leap days and across zero") {
    CHECK(days_between(day("2024-02-28"), day("2024-03-01")) == 2);
    CHECK(days_between(day("2023-02-28"), day("2023-03-01")) == 1);
    CHECK(days_between(day("2026-11-23"), day("2026-11-23")) == 0);
    CHECK(days_between(day("2026-11-23"), day("2026-11-20")) == -3);
    CHECK(days_between(day("2025-11-23"), day("2026-11-23")) == 365);
}

TEST_CASE("business days skip weekends and holidays in both directions") {
    const std::vector<Date> holidays{day("2026-11-26"), day("2026-11-27"), day("2026-12-25")};
    struct Row {
        const char *date, *before, *after;
    };
    for (const Row& row : {Row{"2026-11-25", "2026-11-25", "2026-11-25"}, Row{"2026-11-26", "2026-11-25", "2026-11-30"},
                           Row{"2026-11-28", "2026-11-25", "2026-11-30"}, Row{"2026-12-05", "2026-12-04", "2026-12-07"},
                           Row{"2026-12-27", "2026-12-24", "2026-12-28"}}) {
        INFO(row.date);
        CHECK(format_date(business_day_on_or_before(day(row.date), holidays)) == row.before);
        CHECK(format_date(business_day_on_or_after(day(row.date), holidays)) == row.after);
    }
}

TEST_CASE("a moment has another date in another zone") {
    const WallTime time = parse_rfc3339("2026-11-23T05:30:00.999Z");
    CHECK(format_date(date_in_zone(time, "UTC")) == "2026-11-23");
    CHECK(format_date(date_in_zone(time, "America/Denver")) == "2026-11-22");
    CHECK(local_time_in_zone(time, "America/Denver") == "2026-11-22T22:30:00");
    CHECK(local_time_in_zone(time, "Asia/Kolkata") == "2026-11-23T11:00:00");
    CHECK(local_time_in_zone(parse_rfc3339("2026-07-01T12:00:00Z"), "America/New_York") == "2026-07-01T08:00:00");
    CHECK(local_time_in_zone(parse_rfc3339("2026-01-01T12:00:00Z"), "America/New_York") == "2026-01-01T07:00:00");
    CHECK(local_time_in_zone(parse_rfc3339("2026-03-08T06:59:59Z"), "America/New_York") == "2026-03-08T01:59:59");
    CHECK(local_time_in_zone(parse_rfc3339("2026-03-08T07:00:00Z"), "America/New_York") == "2026-03-08T03:00:00");
}

TEST_CASE("an unknown zone is a configuration error that names it") {
    CHECK(zone_exists("America/Chicago"));
    for (const char* wrong : {"", "America/Dallas", "../../etc/passwd", "CEST+2"}) {
        INFO(wrong);
        CHECK_FALSE(zone_exists(wrong));
    }
    CHECK_THROWS_WITH(date_in_zone(WallTime{}, "America/Dallas"), Catch::Contains("America/Dallas"));
    CHECK_THROWS_AS(local_time_in_zone(WallTime{}, "America/Dallas"), Error);
}

TEST_CASE("durations are read from their units, the larger first") {
    const std::vector<std::pair<std::string, Duration>> table{{"90s", 90s},
                                                              {"15m", 15min},
                                                              {"2h", 2h},
                                                              {"3d", 72h},
                                                              {"500ms", 500ms},
                                                              {"1h30m", 90min},
                                                              {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
                                                              {"0s", 0s}};
    for (const auto& [text, duration] : table) {
        INFO(text);
        CHECK(parse_duration(text) == duration);
    }
    for (const char* wrong :
         {"", "5", "s", "5 s", "-5s", "1.5h", "30m1h", "1h1h", "5x", "5S", "99999999999999999999s", "300000d"}) {
        INFO(wrong);
        CHECK_FALSE(parse_duration(wrong));
    }
}

TEST_CASE("durations for people name at most two units") {
    const std::vector<std::pair<Duration, std::string>> table{
        {0s, "0 s"},           {7s, "7 s"},       {65s, "1 min 5 s"}, {3h, "3 h"},     {3h + 20s, "3 h"},
        {26h, "1 d 2 h"},      {500ms, "500 ms"}, {10us, "1 ms"},     {1499ms, "1 s"}, {59999ms, "1 min"},
        {90min, "1 h 30 min"}, {-5s, "-5 s"},     {999999us, "1 s"}};
    for (const auto& [duration, text] : table) CHECK(format_duration(duration) == text);
    CHECK(format_duration(Duration::min()).front() == '-');
}

TEST_CASE("what a clock on the wall showed is one moment: the earlier of two in autumn, none that was skipped in spring") {
    const struct {
        const char *local, *zone, *moment;
    } table[] = {
        {"2026-11-28T09:15:00", "America/Denver", "2026-11-28T16:15:00.000Z"},
        {"2026-07-01T09:15:30", "America/Denver", "2026-07-01T15:15:30.000Z"},
        {"2026-11-01T01:30:00", "America/Denver", "2026-11-01T07:30:00.000Z"},  // and an hour later once more
        {"2026-11-01T02:30:00", "America/Denver", "2026-11-01T09:30:00.000Z"},
        {"2026-03-08T02:30:00", "America/Denver", ""},
        {"2026-03-08T03:00:00", "America/Denver", "2026-03-08T09:00:00.000Z"},
        {"2026-11-28T09:15:00", "UTC", "2026-11-28T09:15:00.000Z"},
        {"2026-02-30T09:15:00", "UTC", ""},
        {"2026-11-28T09:15", "UTC", ""},
        {"2026-11-28T09:15:00Z", "UTC", ""},
    };
    for (const auto& c : table) {
        INFO(c.local);
        const auto moment = time_of_local(c.local, c.zone);
        CHECK((moment ? rfc3339(*moment) : "") == c.moment);
    }
    CHECK_THROWS_AS(time_of_local("2026-11-28T09:15:00", "Mountain"), Error);
}
