// An address that is told of a sold call: what is signed, what is tried again, what is final, and how long it may take.
#include "engine/tell_phones.h"

#include <catch2/catch.hpp>

#include "config/job.h"
#include "store/hmac.h"
#include "support/fake_wire.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const Telling kCall{R"({"ref":"BN-1"})", "BN-1"};

std::string header_of(const HttpRequest& request, const std::string& name) {
    for (const auto& [given, value] : request.headers) {
        if (given == name) return value;
    }
    return "";
}

}  // namespace

TEST_CASE("A telling ends with the first word that is final, and is repeated byte for byte until then") {
    struct Case {
        const char* what;
        std::vector<Answer> answers;
        std::size_t asked;
        std::string trouble;
        std::chrono::milliseconds took;
    };
    const Answer ok{.status = 204}, busy{.status = 503}, full{.status = 429}, slow{.status = 408}, lost{.ending = Ending::lost, .status = 0}, away{.ending = Ending::not_sent};
    const Answer cut{.ending = Ending::lost, .status = 200}, silent{.latency = std::chrono::hours(1)};
    const Case cases[] = {
        {"told", {ok}, 1, "", std::chrono::milliseconds(50)},
        {"busy, then told", {busy, ok}, 2, "", std::chrono::milliseconds(1100)},
        {"too many, too slow, then told", {full, slow, ok}, 3, "", std::chrono::milliseconds(4150)},
        {"away, then told", {away, ok}, 2, "", std::chrono::milliseconds(1100)},
        {"a lost reply", {lost, ok}, 2, "", std::chrono::milliseconds(1100)},
        {"a reply cut short after its status", {cut}, 1, "", std::chrono::milliseconds(50)},
        {"refused", {{.status = 403}}, 1, "it answered 403", std::chrono::milliseconds(50)},
        {"moved", {{.status = 301}}, 1, "it answered 301", std::chrono::milliseconds(50)},
        {"refused at last", {busy, {.status = 410}}, 2, "it answered 410", std::chrono::milliseconds(1100)},
        {"busy throughout", {busy, busy, busy, ok}, 3, "it answered 503", std::chrono::milliseconds(4150)},
        {"away throughout", {away, away, away, ok}, 3, "no answer: no connection (refused)", std::chrono::milliseconds(4150)},
        {"silent: no time for a second try", {silent, ok}, 1, "no answer: timed out waiting for a reply", std::chrono::duration_cast<std::chrono::milliseconds>(kTellWithin)},
    };
    for (const auto& c : cases) {
        INFO(c.what);
        SimClock clock;
        std::size_t nth = 0;
        FakeWire wire(clock, [&](const HttpRequest&, BootTime) { return c.answers.at(nth++); });
        const BootTime begun = clock.boot();
        CHECK(tell_address(wire, clock, "https://phones.example/transfer", "s3cret", kCall) == c.trouble);
        CHECK(wire.sent.size() == c.asked);
        CHECK(clock.boot() - begun == c.took);
        for (const auto& sent : wire.sent) {
            CHECK(sent.request.method == "POST");
            CHECK(sent.request.url == "https://phones.example/transfer");
            CHECK(sent.request.body == kCall.text);
            CHECK(header_of(sent.request, "Idempotency-Key") == "BN-1");
            CHECK(header_of(sent.request, "X-Bindery-Signature") == "sha256=" + hmac_sha256("s3cret", kCall.text));
            CHECK(sent.time + sent.request.timeout <= begun + kTellWithin);
        }
    }
}

TEST_CASE("A telling has 7 s, and after a stop what is left of the 7 s since then") {
    using std::chrono::seconds;
    CHECK(tell_within(BootTime{0}, seconds(100)) == seconds(7));
    CHECK(tell_within(seconds(100), seconds(100)) == seconds(7));
    CHECK(tell_within(seconds(100), seconds(106)) == seconds(1));
    CHECK(tell_within(seconds(100), seconds(107)) == seconds(0));
    CHECK(tell_within(seconds(100), seconds(900)) == seconds(0));
    SimClock clock;
    FakeWire wire(clock, [](const HttpRequest&, BootTime) { return Answer{.status = 503}; });
    const BootTime begun = clock.boot();
    CHECK(tell_address(wire, clock, "https://phones.example/transfer", "", {"{}", "BN-1", seconds(1)}) == "it answered 503");
    CHECK(clock.boot() - begun <= seconds(1));
}

TEST_CASE("An address without a secret gets no signature, and a stop doesn't keep it from being told") {
    SimClock clock;
    FakeWire wire(clock, [](const HttpRequest&, BootTime) { return Answer{.status = 200}; });
    wire.ask_stop();
    CHECK(tell_address(wire, clock, "https://phones.example/transfer", "", kCall).empty());
    CHECK(header_of(wire.sent.at(0).request, "X-Bindery-Signature").empty());
}

namespace {

std::string job_with(const std::string& hand_off) {
    return R"(job: calls
about: Calls for sale.
steps:
  - sell: autobind
    effect: call_sale
    kind: call
    mode: live
    consent: inbound
    once_per: {lead_id: text}
    floor: 1.00
    hand_off: )" +
           hand_off + R"(
    lead: {state_abbreviation: TX, language: en, currently_insured: true, dial_in_phone: "2146550101"}
    select: SELECT 'a' AS lead_id, :now AS consent_at, 0 AS is_client, 0 AS do_not_contact
)";
}

}  // namespace

TEST_CASE("A job whose phone system's secret is missing sells nothing") {
    World world;
    world.job("calls", job_with("{url: \"https://phones.example/transfer\", secret: phone_secret}"));
    bool asked = false;
    world.elsewhere = [&](const HttpRequest&, BootTime) -> std::optional<Answer> {
        asked = true;
        return std::nullopt;
    };
    CHECK_THROWS_WITH(world.run("calls"), Catch::Contains("phone_secret"));
    CHECK_FALSE(asked);
    world.job("calls", job_with("{command: [transfer], secret: phone_secret}"));
    CHECK_THROWS_WITH(world.config(), Catch::Contains("`hand_off.secret` signs what goes to a `url`"));
}
