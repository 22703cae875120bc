#include "engine/tell_phones.h"

#include <algorithm>
#include <array>

#include "config/secrets.h"
#include "engine/pipe_to.h"
#include "store/hmac.h"

namespace bindery {
namespace {

constexpr std::array<Duration, 2> kWaits{std::chrono::seconds(1), std::chrono::seconds(3)};

HttpRequest request_of(const std::string& url, const std::string& secret, const Telling& telling, Duration time_left) {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", std::string("bindery/") + BINDERY_VERSION}, {"Idempotency-Key", telling.ref}};
    if (!secret.empty()) request.headers.emplace_back("X-Bindery-Signature", "sha256=" + hmac_sha256(secret, telling.text));
    request.body = telling.text;
    request.timeout = time_left;
    request.max_body = 1u << 16;
    return request;
}

// A status that came says enough, also when the rest was cut short.
bool may_say_otherwise(const HttpReply& reply) { return reply.status == 0 || reply.status == 408 || reply.status == 429 || reply.status >= 500; }

// Empty: it was told.
std::string trouble_in(const HttpReply& reply) {
    if (reply.status == 0) return "no answer: " + reply.problem;
    return reply.status >= 200 && reply.status < 300 ? "" : "it answered " + std::to_string(reply.status);
}

}  // namespace

Duration tell_within(BootTime stop_seen, BootTime now) {
    return stop_seen == BootTime{0} ? kTellWithin : std::clamp(stop_seen + kTellWithin - now, Duration::zero(), kTellWithin);
}

std::string tell_address(Wire& wire, const Clock& clock, const std::string& url, const std::string& secret, const Telling& telling) {
    const BootTime until = clock.boot() + telling.within;
    for (std::size_t tries = 0;; ++tries) {
        wire.start(tries + 1, request_of(url, secret, telling, until - clock.boot()));
        const auto reply = wire.drain(until + std::chrono::seconds(1));
        if (!reply) return "no answer: timed out";
        const std::string trouble = trouble_in(*reply);
        if (trouble.empty() || tries >= kWaits.size() || !may_say_otherwise(*reply)) return trouble;
        const BootTime next = clock.boot() + kWaits.at(tries);
        if (next >= until) return trouble;
        wire.drain(next);  // nothing is under way: this only waits
    }
}

TellPhones phones_of(const Engine& engine, const SellStep& step) {
    if (!step.hand_command.empty()) {
        return [command = step.hand_command](const Telling& telling) { return pipe_to(command, telling.text, telling.within); };
    }
    if (step.hand_url.empty()) {
        return [](const Telling&) { return std::string("the job has no hand_off"); };
    }
    const std::string secret = step.hand_secret.empty() ? "" : read_secret(step.hand_secret, engine.environment, engine.config.settings.secrets_dir);
    const auto make_wire = engine.make_wire_for_good ? engine.make_wire_for_good : engine.make_wire;
    return [make_wire, &clock = engine.clock, url = step.hand_url, secret](const Telling& telling) { return tell_address(*make_wire(), clock, url, secret, telling); };
}

}  // namespace bindery
