#include "core/backoff.h"

#include <catch2/catch.hpp>

using namespace bindery;
using namespace std::chrono_literals;

TEST_CASE("waits follow the policy and never fall below it") {
    RetryPolicy policy;
    Random random(1);
    for (int round = 0; round < 1000; ++round) {
        for (int attempt = 1; attempt <= 3; ++attempt) {
            const Duration least = policy.waits[static_cast<std::size_t>(attempt) - 1];
            const Duration wait = next_wait(policy, attempt, random).value();
            REQUIRE(wait >= least);
            REQUIRE(wait <= least + least / 4);
        }
    }
    CHECK_FALSE(next_wait(policy, 4, random));
    CHECK_FALSE(next_wait(policy, 0, random));
    policy.jitter_up = false;
    CHECK(next_wait(policy, 2, random) == 2s);
    policy.waits.clear();
    CHECK_FALSE(next_wait(policy, 1, random));
}

TEST_CASE("only the listed statuses are retried") {
    const RetryPolicy policy;
    CHECK(policy.retries(429));
    CHECK(policy.retries(503));
    CHECK_FALSE(policy.retries(404));
    CHECK_FALSE(policy.retries(200));
}

TEST_CASE("Retry-After is seconds or a date, never negative and never absurd") {
    const WallTime now = parse_rfc3339("1994-11-06T08:49:07Z");
    const std::vector<std::pair<std::string, std::optional<Duration>>> table{
        {"30", 30s},
        {" 0 ", 0s},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 30s},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 30s},
        {"Sun Nov  6 08:49:37 1994", 30s},
        {"Sun, 06 Nov 1994 08:00:00 GMT", 0s},
        {"Fri, 31 Dec 9999 23:59:59 GMT", std::nullopt},  // nobody means it: our own waits hold
        {"99999999999999999999", std::nullopt},
        {"9223372036854775807", std::nullopt},
        {"259200", 24h},     // three days: asked again after one
        {"784111777", 30s},  // the time itself, in seconds since 1970
        {"", std::nullopt},
        {"-5", std::nullopt},
        {"1.5", std::nullopt},
        {"soon", std::nullopt},
        {"Sun, 06 Nov 1994 08:49:37 PST", std::nullopt},
        {"Sun, 06 Nov 1994 08:49:37 GMT x", std::nullopt},
        {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
    };
    for (const auto& [header, wait] : table) {
        INFO(header);
        CHECK((parse_retry_after(header, now) == wait));
    }
}

TEST_CASE("the breaker opens after a row of failures, lets one call through each cool-down, and closes on success") {
    Breaker breaker(2, 30s);
    breaker.failed(100s);
    CHECK(breaker.allows(100s));
    breaker.succeeded();
    breaker.failed(101s);
    CHECK(breaker.allows(101s));
    breaker.failed(102s);
    CHECK_FALSE(breaker.allows(102s));
    CHECK(breaker.open_until() == 132s);
    CHECK_FALSE(breaker.allows(131s));
    REQUIRE(breaker.allows(132s));
    breaker.let_through(132s);
    CHECK_FALSE(breaker.allows(133s));
    breaker.failed(134s);
    CHECK(breaker.open_until() == 164s);
    breaker.let_through(164s);
    breaker.succeeded();
    CHECK(breaker.allows(165s));
    breaker.let_through(165s);
    CHECK(breaker.allows(165s));
}
