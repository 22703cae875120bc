#pragma once
// A caller on a simulated wire and clock, with a real budget file: what a test of src/services needs.
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/caller.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

namespace bindery::test {

using namespace std::chrono_literals;

inline Answer status(int code, std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
    Answer answer;
    answer.status = code;
    answer.body = std::move(body);
    answer.headers = std::move(headers);
    return answer;
}
inline Answer good(Duration latency = 50ms) {
    Answer answer = status(200, R"({"data":{"id":"7"}})");
    answer.latency = latency;
    return answer;
}
inline Answer lost() {
    Answer answer;
    answer.ending = Ending::lost;
    answer.status = 0;
    return answer;
}
inline Answer not_sent() {
    Answer answer;
    answer.ending = Ending::not_sent;
    answer.status = 0;
    return answer;
}

inline Limit limit(int tokens, Duration per, std::string name) {
    Limit of;
    of.name = std::move(name);
    of.tokens = tokens;
    of.per = per;
    return of;
}

struct Bench {
    TempFolder folder;
    SimClock clock;
    BudgetFile budget{folder / "state/budget.db", clock};
    Service service;
    std::deque<Answer> script;  // one an attempt; the last one for all that follow
    std::function<Answer(const HttpRequest&, BootTime)> handler = [this](const HttpRequest&, BootTime) {
        Answer answer = script.empty() ? good() : script.front();
        if (script.size() > 1) script.pop_front();
        return answer;
    };
    FakeWire wire{clock, [this](const HttpRequest& request, BootTime now) { return handler(request, now); }};
    std::unique_ptr<Caller> made;

    Bench() {
        service.name = "crm";
        service.base_url = "https://api.test/v1";
        service.account = "crm account";
        service.limits = {limit(100, 1s, "100/1s")};
        service.retry.waits = {1s, 2s, 4s, 8s};
        service.retry.jitter_up = false;
        service.envelope.total = "/meta/total";
        service.envelope.error_code = "/error/code";
        service.envelope.error_message = "/error/message";
    }

    // Made at the first use, so that a test can change the service before.
    Caller& caller(CallClass call_class = CallClass::on_demand) {
        if (!made) {
            made = std::make_unique<Caller>(make_account(service, "the-secret", "ops@agency.test"), wire, budget, clock,
                                            Random(7), call_class, "this process");
        }
        return *made;
    }

    BootTime in(Duration from_now) const { return clock.boot() + from_now; }

    static CallSpec read(std::uint64_t id = 1) {
        CallSpec spec;
        spec.id = id;
        spec.path = "/things";
        return spec;
    }
    static CallSpec write(std::uint64_t id = 1, bool repeatable = false) {
        CallSpec spec = read(id);
        spec.method = "POST";
        spec.body = R"({"name":"x"})";
        spec.repeatable = repeatable;
        return spec;
    }

    CallResult call(CallSpec spec, Duration within = 1h) {
        caller().submit(std::move(spec));
        const auto result = caller().next(in(within));
        REQUIRE(result);
        return *result;
    }
    std::map<std::uint64_t, CallResult> drain(Duration within = 1h) {
        const BootTime deadline = in(within);
        std::map<std::uint64_t, CallResult> results;
        while (auto result = caller().next(deadline)) {
            const auto id = result->id;
            CHECK(results.emplace(id, std::move(*result)).second);
        }
        return results;
    }
    int tokens_out(const std::string& bucket = "100/1s") {
        for (const auto& state : budget.state(service.account)) {
            if (state.name == bucket) return state.tokens_out;
        }
        return 0;
    }
    // When each attempt left, after the first.
    std::vector<Duration> gaps() const {
        std::vector<Duration> gaps;
        for (std::size_t i = 1; i < wire.sent.size(); ++i) gaps.push_back(wire.sent[i].time - wire.sent[i - 1].time);
        return gaps;
    }
};

inline const char* name_of(CallEnding ending) {
    switch (ending) {
        case CallEnding::ok: return "ok";
        case CallEnding::refused: return "refused";
        case CallEnding::unsupported: return "unsupported";
        case CallEnding::barred: return "barred";
        case CallEnding::not_sent: return "not_sent";
        case CallEnding::in_doubt: return "in_doubt";
        case CallEnding::out_of_time: return "out_of_time";
        case CallEnding::withdrawn: return "withdrawn";
    }
    return "?";
}

}  // namespace bindery::test
