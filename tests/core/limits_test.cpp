#include "core/limits.h"

#include <catch2/catch.hpp>

using namespace bindery;
using namespace std::chrono_literals;

TEST_CASE("a limit matches by method and by whole segments of the path") {
    Limit limit;
    CHECK(limit.matches("GET", "/x"));
    limit.method = "POST";
    limit.path_prefix = "/leads/ping";
    CHECK(limit.matches("POST", "/leads/ping"));
    CHECK(limit.matches("POST", "/leads/ping/7"));
    CHECK(limit.matches("POST", "/leads/ping?x=1"));
    CHECK_FALSE(limit.matches("GET", "/leads/ping"));
    CHECK_FALSE(limit.matches("POST", "/leads/pings"));
    CHECK_FALSE(limit.matches("POST", "/leads"));
    limit.path_prefix = "/leads/";
    CHECK(limit.matches("POST", "/leads/1"));
}

TEST_CASE("a kept-back share is rounded against us, but one token stays") {
    struct Row {
        int tokens;
        double keep_back;
        int usable;
    };
    for (const Row& row : {Row{100, 0.1, 90}, Row{10, 0.1, 9}, Row{100, 0.07, 93}, Row{100, 0.43, 57}, Row{3, 0.1, 2},
                           Row{1, 0.5, 1}, Row{10, 0.99, 1}, Row{10, 0.0, 10}, Row{10, 1.0, 1}, Row{10, -1.0, 10}}) {
        INFO(row.tokens << " less " << row.keep_back);
        CHECK(usable_tokens(row.tokens, row.keep_back) == row.usable);
    }
}

TEST_CASE("a waiter's turn comes when enough tokens have returned for it and those ahead") {
    const BootTime now = 100s;
    CHECK(available_at({}, 2, 0, now) == now);
    CHECK(available_at({}, 2, 1, now) == now);
    CHECK(available_at({90s, 100s}, 1, 0, now) == now);
    CHECK(available_at({130s}, 1, 0, now) == 130s);
    CHECK(available_at({130s, 110s, 120s}, 3, 0, now) == 110s);
    CHECK(available_at({130s, 110s, 120s}, 3, 1, now) == 120s);
    CHECK(available_at({130s, 110s, 120s}, 3, 2, now) == 130s);
    CHECK(available_at({130s, 110s, 120s}, 4, 0, now) == now);
    CHECK(available_at({130s, 110s, 120s}, 4, 1, now) == 110s);
    CHECK(available_at({130s, 110s, 120s}, 1, 0, now) == 130s);
    CHECK(available_at({130s}, 1, 5, now) == 130s);
    CHECK(available_at({}, 1, 1, now) > now);
    CHECK(available_at({}, 1, 1, now) < now + 1s);
}

TEST_CASE("taking whenever told to never puts more than the limit into a window") {
    std::vector<BootTime> returns;
    std::vector<BootTime> sent;
    const Duration per = 60s;
    BootTime now = 0s;
    for (int i = 0; i < 500; ++i) {
        const BootTime due = available_at(returns, 10, 0, now);
        REQUIRE(due >= now);
        now = due + (i % 7) * 100ms;
        sent.push_back(now);
        returns.push_back(now + (i % 5) * 50ms + per);
    }
    for (std::size_t i = 10; i < sent.size(); ++i) REQUIRE(sent[i] - sent[i - 10] >= per);
}
