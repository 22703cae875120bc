#include "core/cron.h"

#include <catch2/catch.hpp>

#include "core/dates.h"
#include "core/error.h"

using namespace bindery;

namespace {

// The next fires after a UTC time, as UTC times to the minute.
std::vector<std::string> fires(const std::string& cron, const std::string& zone, const std::string& after,
                               std::size_t count) {
    std::vector<std::string> result;
    WallTime at = parse_rfc3339(after);
    while (result.size() < count) {
        at = next_fire(cron, zone, at);
        result.push_back(rfc3339(at).substr(0, 16));
    }
    return result;
}

struct Row {
    std::string cron;
    std::string after;
    std::vector<std::string> expected;
};

void check(const std::string& zone, const std::vector<Row>& table) {
    for (const Row& row : table) {
        INFO(row.cron << " in " << zone << " after " << row.after);
        CHECK(fires(row.cron, zone, row.after, row.expected.size()) == row.expected);
    }
}

}  // namespace

TEST_CASE("five fields say when a job is due") {
    check("UTC",
          {
              {"0 6 * * *", "2026-11-23T05:59:59.999Z", {"2026-11-23T06:00", "2026-11-24T06:00"}},
              {"0 6 * * *", "2026-11-23T06:00:00Z", {"2026-11-24T06:00"}},
              {"*/20 * * * *", "2026-11-23T06:01:00Z", {"2026-11-23T06:20", "2026-11-23T06:40", "2026-11-23T07:00"}},
              {"5-59/25 8-10 * * *",
               "2026-11-23T08:00:00Z",
               {"2026-11-23T08:05", "2026-11-23T08:30", "2026-11-23T08:55", "2026-11-23T09:05"}},
              {"0 9 * * mon-fri", "2026-11-20T09:00:00Z", {"2026-11-23T09:00"}},
              {"0 9 * * MON,wed", "2026-11-23T09:00:00Z", {"2026-11-25T09:00", "2026-11-30T09:00"}},
              {"0 0 * * 0", "2026-11-23T00:00:00Z", {"2026-11-29T00:00"}},
              {"0 0 * * 7", "2026-11-23T00:00:00Z", {"2026-11-29T00:00"}},
              {"0 0 * * 5-7",
               "2026-11-26T00:00:00Z",
               {"2026-11-27T00:00", "2026-11-28T00:00", "2026-11-29T00:00", "2026-12-04T00:00"}},
              {"0 0 31 * *", "2026-11-01T00:00:00Z", {"2026-12-31T00:00", "2027-01-31T00:00", "2027-03-31T00:00"}},
              {"0 0 29 2 *", "2026-11-01T00:00:00Z", {"2028-02-29T00:00", "2032-02-29T00:00"}},
              {"0 0 1 jan,JUL *", "2026-11-01T00:00:00Z", {"2027-01-01T00:00", "2027-07-01T00:00"}},
              {"  0\t0 1 1 *  ", "2026-11-01T00:00:00Z", {"2027-01-01T00:00"}},
              {"0 0 */10 * *", "2026-11-01T00:00:00Z", {"2026-11-11T00:00", "2026-11-21T00:00", "2026-12-01T00:00"}},
              {"59 23 * * *", "2026-12-31T23:58:30Z", {"2026-12-31T23:59", "2027-01-01T23:59"}},
          });
}

TEST_CASE("nicknames stand for expressions") {
    check("UTC", {{"@hourly", "2026-11-23T06:30:00Z", {"2026-11-23T07:00", "2026-11-23T08:00"}},
                  {"@daily", "2026-11-23T06:30:00Z", {"2026-11-24T00:00"}},
                  {"@midnight", "2026-11-23T06:30:00Z", {"2026-11-24T00:00"}},
                  {"@weekly", "2026-11-23T06:30:00Z", {"2026-11-29T00:00"}},
                  {"@monthly", "2026-11-23T06:30:00Z", {"2026-12-01T00:00"}},
                  {"@Yearly", "2026-11-23T06:30:00Z", {"2027-01-01T00:00"}},
                  {"@annually", "2026-11-23T06:30:00Z", {"2027-01-01T00:00"}}});
}

TEST_CASE("restricted days of month and of week are joined by or, a star by and") {
    check("UTC",
          {{"0 0 13 * fri", "2026-11-01T00:00:00Z", {"2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00"}},
           {"0 0 15 * mon", "2026-11-10T00:00:00Z", {"2026-11-15T00:00", "2026-11-16T00:00"}},
           {"0 0 * * mon", "2026-11-10T00:00:00Z", {"2026-11-16T00:00", "2026-11-23T00:00"}},
           {"0 0 15 * *", "2026-11-10T00:00:00Z", {"2026-11-15T00:00", "2026-12-15T00:00"}},
           {"0 0 */2 * mon", "2026-11-01T00:00:00Z", {"2026-11-09T00:00", "2026-11-23T00:00"}}});
}

// America/Denver: 2026-03-08 02:00 MST (UTC-7) becomes 03:00 MDT (UTC-6), at 09:00 UTC.
TEST_CASE("a fixed time that the spring change skips runs right after the gap") {
    check("America/Denver",
          {{"30 2 * * *", "2026-03-07T08:00:00Z", {"2026-03-07T09:30", "2026-03-08T09:00", "2026-03-09T08:30"}},
           {"0 2 * * *", "2026-03-08T08:00:00Z", {"2026-03-08T09:00", "2026-03-09T08:00"}},
           {"0,30 2 * * *", "2026-03-08T08:00:00Z", {"2026-03-08T09:00", "2026-03-09T08:00"}},
           {"30 2,3 * * *", "2026-03-08T08:00:00Z", {"2026-03-08T09:00", "2026-03-08T09:30"}},
           {"0 3 * * *", "2026-03-08T08:00:00Z", {"2026-03-08T09:00", "2026-03-09T09:00"}},
           {"59 1 * * *", "2026-03-08T08:00:00Z", {"2026-03-08T08:59", "2026-03-09T07:59"}},
           {"30 2 * * sun", "2026-03-08T08:59:59.999Z", {"2026-03-08T09:00"}},
           {"30 2 * * sun", "2026-03-08T09:00:00Z", {"2026-03-15T08:30"}},
           {"30 2 9 * *", "2026-03-08T08:00:00Z", {"2026-03-09T08:30"}}});
}

// 2026-11-01 02:00 MDT becomes 01:00 MST, at 08:00 UTC.
TEST_CASE("a fixed time that the autumn change repeats runs once, the first time") {
    check("America/Denver",
          {{"30 1 * * *", "2026-10-31T08:00:00Z", {"2026-11-01T07:30", "2026-11-02T08:30"}},
           {"30 1 * * *", "2026-11-01T07:30:00Z", {"2026-11-02T08:30"}},
           {"30 1 * * *", "2026-11-01T08:10:00Z", {"2026-11-02T08:30"}},
           {"0 1 * * *", "2026-11-01T06:00:00Z", {"2026-11-01T07:00", "2026-11-02T08:00"}},
           {"0 2 * * *", "2026-11-01T07:30:00Z", {"2026-11-01T09:00", "2026-11-02T09:00"}},
           {"0,30 1,2 * * *", "2026-11-01T07:00:00Z", {"2026-11-01T07:30", "2026-11-01T09:00", "2026-11-01T09:30"}}});
}

TEST_CASE("a star in minute or hour follows elapsed time over both changes") {
    check("America/Denver",
          {{"0 * * * *", "2026-03-08T07:30:00Z", {"2026-03-08T08:00", "2026-03-08T09:00", "2026-03-08T10:00"}},
           {"@hourly", "2026-11-01T06:30:00Z", {"2026-11-01T07:00", "2026-11-01T08:00", "2026-11-01T09:00"}},
           {"*/30 * * * *",
            "2026-11-01T07:15:00Z",
            {"2026-11-01T07:30", "2026-11-01T08:00", "2026-11-01T08:30", "2026-11-01T09:00"}},
           {"*/30 1 * * *",
            "2026-11-01T06:59:00Z",
            {"2026-11-01T07:00", "2026-11-01T07:30", "2026-11-01T08:00", "2026-11-01T08:30", "2026-11-02T08:00"}},
           {"*/30 2 * * *", "2026-03-08T08:00:00Z", {"2026-03-09T08:00"}},
           {"0 */2 * * *", "2026-03-08T07:30:00Z", {"2026-03-08T10:00", "2026-03-08T12:00"}}});
}

TEST_CASE("zones of other hemispheres and odd changes are followed") {
    // Lord Howe Island turns its clock by half an hour: 2026-10-04 02:00 becomes 02:30, at 15:30 UTC the day before.
    check("Australia/Lord_Howe", {{"15 2 * * *", "2026-10-03T00:00:00Z", {"2026-10-03T15:30", "2026-10-04T15:15"}}});
    check("Asia/Kolkata", {{"0 6 * * *", "2026-11-23T00:00:00Z", {"2026-11-23T00:30", "2026-11-24T00:30"}}});
    // Beirut's change skips midnight itself: 2026-03-29 00:00 becomes 01:00, at 22:00 UTC the day before.
    check("Asia/Beirut", {{"@daily", "2026-03-28T12:00:00Z", {"2026-03-28T22:00", "2026-03-29T21:00"}}});
    // Samoa left out 2011-12-30 (UTC-10 to UTC+14 at 10:00 UTC that day): a change of a day is a correction, nothing is caught up.
    check("Pacific/Apia", {{"0 6 * * *", "2011-12-29T00:00:00Z", {"2011-12-29T16:00", "2011-12-30T16:00"}},
                           {"0 6 30 12 *", "2011-12-01T00:00:00Z", {"2012-12-29T16:00"}},
                           {"0 0 * * *", "2011-12-29T10:00:00Z", {"2011-12-30T10:00", "2011-12-31T10:00"}}});
    check("Pacific/Auckland", {{"30 2 * * *", "2026-04-04T00:00:00Z", {"2026-04-04T13:30", "2026-04-05T14:30"}}});
}

TEST_CASE("a wrong expression is a configuration error that names the field") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "0 fields"},
        {"* * * *", "4 fields"},
        {"0 0 * * * root", "6 fields"},
        {"60 * * * *", "minute"},
        {"* 24 * * *", "hour"},
        {"* * 0 * *", "day of month"},
        {"* * 32 * *", "day of month"},
        {"* * * 13 *", "month"},
        {"* * * foo *", "month"},
        {"* * * * 8", "day of week"},
        {"* * * * monday", "day of week"},
        {"-1 * * * *", "minute"},
        {"5-1 * * * *", "backwards"},
        {"*/0 * * * *", "step"},
        {"*/x * * * *", "step"},
        {"5/10 * * * *", "step"},
        {"1,,2 * * * *", "minute"},
        {"1, * * * *", "minute"},
        {"1- * * * *", "minute"},
        {"*5 * * * *", "minute"},
        {"99999999999 * * * *", "minute"},
        {"@reboot", "@reboot"},
        {"@fortnightly", "@fortnightly"},
    };
    for (const auto& [cron, part] : table) {
        INFO(cron);
        try {
            parse_cron(cron);
            FAIL("no error");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::config);
            CHECK_THAT(error.what(), Catch::Contains(part));
        }
    }
}

TEST_CASE("a day that never comes and an unknown zone are configuration errors") {
    const WallTime now = parse_rfc3339("2024-11-23T00:00:00Z");
    CHECK_THROWS_AS(next_fire("0 0 30 2 *", "UTC", now), Error);
    CHECK_THROWS_AS(next_fire("0 0 31 4,6,9,11 *", "America/Denver", now), Error);
    CHECK_THROWS_AS(next_fire("0 0 * * *", "America/Dallas", now), Error);
    for (const std::string wrong : {"../UTC", "/etc/localtime", "", "zone.tab", "America", "America/Denver/", "posixrules "}) {
        INFO(wrong);
        CHECK_THROWS_AS(next_fire("0 0 * * *", wrong, now), Error);
    }
    CHECK_THROWS_WITH(next_fire("0 0 * * *", "denver", now), Catch::Contains("did you mean 'America/Denver'?"));
    CHECK_THROWS_WITH(next_fire("0 0 * * *", "America/Devner", now), Catch::Contains("did you mean 'America/Denver'?"));
    for (const std::string folder : {"posix/", "right/"}) {
        CHECK_THROWS_WITH(next_fire("0 0 * * *", folder + "America/Denver", now), Catch::Contains("did you mean 'America/Denver'?"));
        CHECK_THROWS_WITH(next_fire("0 0 * * *", folder + "UTC", now), Catch::Contains("did you mean 'UTC'?"));
    }
    for (const std::string none : {"localtime", "posixrules", "posix", "right", "zone.tab", "leapseconds"}) {
        INFO(none);
        CHECK_THROWS_WITH(next_fire("0 0 * * *", none, now), Catch::Contains("unknown time zone '" + none + "'") && !Catch::Contains("did you mean '" + none));
    }
    try {
        next_fire("0 0 * * *", "localtime", now);
    } catch (const Error& error) {
        CHECK_THAT(error.hint(), Catch::Contains("timedatectl"));
    }
}

TEST_CASE("a 29 February of one weekday is found however far off it is, and what lies past the calendar is an error") {
    const auto next = [](const char* expression, const char* from) { return rfc3339(next_fire(expression, "UTC", parse_rfc3339(from))); };
    CHECK(next("0 0 29 2 */7", "2033-01-01T00:00:00Z") == "2060-02-29T00:00:00.000Z");
    CHECK(next("0 0 29 2 */7", "2088-03-01T00:00:00Z") == "2128-02-29T00:00:00.000Z");  // over 2100, which has none
    CHECK(next("0 0 31 12 *", "9998-12-31T12:00:00Z") == "9999-12-31T00:00:00.000Z");
    CHECK_THROWS_WITH(next_fire("0 0 29 2 *", "UTC", parse_rfc3339("9998-12-31T12:00:00Z")), Catch::Contains("after the year 9999"));
    CHECK_THROWS_WITH(next_fire("0 0 * * *", "America/Denver", parse_rfc3339("9999-12-31T22:00:00Z")), Catch::Contains("after the year 9999"));
}

TEST_CASE("steps larger than the field leave its first value") {
    check("UTC", {{"*/999999999 3 * * *", "2026-11-23T00:00:00Z", {"2026-11-23T03:00", "2026-11-24T03:00"}}});
}

TEST_CASE("a daily job fires once each local day of a year") {
    for (const std::string zone :
         {"America/Denver", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"}) {
        for (const std::string cron : {"30 2 * * *", "30 1 * * *", "0 0 * * *", "0 3 * * *"}) {
            WallTime at = parse_rfc3339("2026-01-01T12:00:00Z");
            Date last = date_in_zone(at, zone);
            for (int i = 0; i < 365; ++i) {
                at = next_fire(cron, zone, at);
                const Date date = date_in_zone(at, zone);
                INFO(cron << " in " << zone << " on " << format_date(date));
                REQUIRE(days_between(last, date) <= 1);
                REQUIRE(days_between(last, date) >= (i == 0 ? 0 : 1));
                last = date;
            }
        }
    }
}
