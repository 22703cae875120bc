#include <catch2/catch.hpp>
#include <set>

#include "core/clock.h"
#include "core/dates.h"
#include "core/error.h"

using namespace bindery;

TEST_CASE("each error code has its own word in capitals") {
    std::set<std::string> words;
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) words.insert(code_name(static_cast<ErrorCode>(i)));
    CHECK(words == std::set<std::string>{"USAGE", "CONFIG", "RUNNING_ELSEWHERE", "GUARD", "STORE", "UNAUTHORIZED",
                                         "SERVICE", "INCOMPLETE", "MAPPING", "SQL", "INTERRUPTED", "NOT_FOUND",
                                         "INTERNAL"});
    CHECK(std::string(code_name(ErrorCode::running_elsewhere)) == "RUNNING_ELSEWHERE");
    CHECK(std::string(code_name(ErrorCode::not_found)) == "NOT_FOUND");
}

TEST_CASE("RFC 3339 times are read with any offset and written in UTC with milliseconds") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"2026-11-23T06:00:00Z", "2026-11-23T06:00:00.000Z"},
        {"2026-11-23t06:00:00z", "2026-11-23T06:00:00.000Z"},
        {"2026-11-23 06:00:00Z", "2026-11-23T06:00:00.000Z"},
        {"2026-11-23T06:00:00.5Z", "2026-11-23T06:00:00.500Z"},
        {"2026-11-23T06:00:00.123456789Z", "2026-11-23T06:00:00.123Z"},
        {"2026-11-22T23:00:00-07:00", "2026-11-23T06:00:00.000Z"},
        {"2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z"},
        {"2026-11-23T11:30:00+05:30", "2026-11-23T06:00:00.000Z"},
        {"2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00.000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
    };
    for (const auto& [text, utc] : table) {
        INFO(text);
        CHECK(rfc3339(parse_rfc3339(text)) == utc);
    }
}

TEST_CASE("a text that is no RFC 3339 time is a usage error") {
    for (const std::string text :
         {"", "2026-11-23", "2026-11-23T06:00:00", "2026-11-23T06:00Z", "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z",
          "2026-11-23T06:60:00Z", "2026-11-23T06:00:60Z", "2026-11-23T06:00:00.Z", "2026-11-23T06:00:00+0530",
          "2026-11-23T06:00:00+24:00", "2026-11-23T06:00:00Zx", "2026-11-23_06:00:00Z", "26-11-23T06:00:00Z",
          "2026-11-23T-6:00:00Z", " 2026-11-23T06:00:00Z"}) {
        INFO(text);
        CHECK_FALSE(read_rfc3339(text));
        try {
            parse_rfc3339(text);
            FAIL("no error");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::usage);
        }
    }
}

TEST_CASE("the system's clocks run and name their boot") {
    const SystemClock clock;
    const BootTime first = clock.boot();
    CHECK(clock.boot() >= first);
    CHECK(clock.boot_id().size() == 36);
    CHECK(clock.boot_id() == clock.boot_id());
    CHECK(clock.wall() > parse_rfc3339("2020-01-01T00:00:00Z"));
}
