#include "engine/tell_people.h"

#include <spdlog/logger.h>

#include "config/secrets.h"
#include "engine/pipe_to.h"
#include "engine/staleness.h"
#include "net/mail.h"
#include "store/conflicts.h"
#include "store/hmac.h"
#include "store/job_turns.h"
#include "store/ledger.h"
#include "store/lock.h"
#include "store/runs.h"
#include "store/told.h"

namespace bindery {
namespace {

constexpr auto kReplyWithin = std::chrono::seconds(15);
constexpr int kMostQuarantined = 100'000;

// "acme" of /etc/bindery/acme/bindery.yaml, "agency" of agency/config/bindery.yaml.
std::string agency_name(const Settings& settings) {
    const auto folder = settings.file.parent_path();
    return (folder.filename() == "config" ? folder.parent_path() : folder).filename().string();
}

// The end of the last good run; of a job that never had one, when it was first seen.
std::optional<WallTime> fresh_until(const Job& job, Store& store) {
    if (job.stale_after <= Duration{0}) return std::nullopt;
    const auto good = Runs(store).last_real(job.name, true);
    const auto since = good && good->ended_at ? read_rfc3339(*good->ended_at) : JobTurns(store).read(job.name).first_seen;
    if (!since) return std::nullopt;
    return *since + std::chrono::ceil<std::chrono::milliseconds>(job.stale_after);
}

void job_troubles(const Job& job, Store& store, WallTime now, Troubles& troubles) {
    const auto last = Runs(store).last_real(job.name, false);
    const std::string run = last ? std::to_string(last->id) : "";
    if (last && last->outcome == "failed") {
        troubles["failed " + job.name] = {"job " + job.name + " failed (run " + run + "): " + last->message.value_or("") + (last->hint && !last->hint->empty() ? ". To do: " + *last->hint : "")};
    }
    if (last && last->outcome == "guard") troubles["guard " + job.name] = {"job " + job.name + " was stopped by its guard before it wrote anything: bindery show " + run};
    const auto fresh = fresh_until(job, store);
    if (fresh && now > *fresh) troubles["stale " + job.name] = {"job " + job.name + " had no good run for longer than its stale_after: bindery status"};
}

std::unique_ptr<Wire> call(const Engine& engine, HttpRequest request, std::string& problem) {
    request.timeout = kReplyWithin;
    auto wire = engine.make_wire();
    wire->start(1, std::move(request));
    const auto reply = wire->wait(engine.clock.boot() + kReplyWithin);
    if (!reply) {
        problem = "no reply in time";
    } else if (reply->ending != Ending::replied) {
        problem = reply->problem;
    } else if (reply->status < 200 || reply->status > 299) {
        problem = "answered " + std::to_string(reply->status);
    }
    return wire;
}

json keys_json(const std::vector<std::string>& keys, const Troubles& texts) {
    json list = json::array();
    for (const auto& key : keys) list.push_back({{"key", key}, {"text", texts.at(key).text}});
    return list;
}

std::string post(const Engine& engine, const Message& message, const News& news) {
    const NotifySettings& notify = engine.config.settings.notify;
    json body{{"agency", agency_name(engine.config.settings)}, {"subject", message.subject}, {"text", message.body}, {"new", keys_json(news.fresh, news.known)}, {"grown", keys_json(news.grown, news.known)}, {"over", news.over}};
    HttpRequest request;
    request.method = "POST";
    request.url = notify.webhook_url;
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    request.headers.emplace_back("Content-Type", "application/json");
    if (!notify.webhook_secret.empty()) {
        const std::string secret = read_secret(notify.webhook_secret, engine.environment, engine.config.settings.secrets_dir);
        request.headers.emplace_back("X-Bindery-Signature", "sha256=" + hmac_sha256(secret, request.body));
    }
    std::string problem;
    call(engine, std::move(request), problem);
    return problem;
}

std::string mail(const Engine& engine, const Message& message) {
    const Settings& settings = engine.config.settings;
    const NotifySettings& notify = settings.notify;
    MailServer server{notify.smtp, notify.mail_user, {}, settings.ca_file};
    if (!notify.mail_secret.empty()) server.password = read_secret(notify.mail_secret, engine.environment, settings.secrets_dir);
    const WallTime now = engine.clock.wall();
    return send_mail(server, {notify.mail_from, notify.mail_to, message.subject, message.body, now, "bindery." + engine.store.keyed_hash(rfc3339(now) + message.body).substr(0, 24)});
}

}  // namespace

Troubles troubles_of(const Config& config, Store& store, WallTime now) {
    Troubles troubles;
    for (const auto& [name, job] : config.jobs) job_troubles(job, store, now, troubles);
    const auto counts = Ledger(store).count_by_state();
    const auto effects = [&](const std::string& state, const std::string& what) {
        const auto found = counts.find(state);
        if (found != counts.end() && found->second > 0) troubles[state] = {"effects " + what + ": " + std::to_string(found->second) + "; bindery effects --state " + state, found->second};
    };
    effects("in_doubt", "whose reply was lost");
    effects("held", "that wait for a person");
    effects("rejected", "that the service refused");
    if (const auto open = Conflicts(store).count_open(""); open > 0) troubles["conflicts"] = {"conflicts that nobody has decided: " + std::to_string(open) + "; bindery conflicts", open};
    const auto kept = static_cast<std::int64_t>(Runs(store).quarantined(0, kMostQuarantined).size());
    if (kept > 0) troubles["quarantine"] = {"records and rows that can't be read: " + std::to_string(kept) + "; bindery status", kept};
    return troubles;
}

std::optional<WallTime> next_stale(const Config& config, Store& store, WallTime now) {
    std::optional<WallTime> next;
    for (const auto& [name, job] : config.jobs) {
        const auto fresh = fresh_until(job, store);
        if (fresh && *fresh >= now && (!next || *fresh < *next)) next = fresh;
    }
    return next;
}

std::vector<Channel> channels_of(const Engine& engine) {
    const NotifySettings& notify = engine.config.settings.notify;
    std::vector<Channel> channels;
    if (!notify.command.empty()) {
        channels.push_back({"command", [&notify](const Message& message, const News&) { return pipe_to(notify.command, message.subject + "\n\n" + message.body, std::chrono::seconds(30)); }});
    }
    if (!notify.webhook_url.empty()) channels.push_back({"webhook", [&engine](const Message& message, const News& news) { return post(engine, message, news); }});
    if (!notify.smtp.empty()) channels.push_back({"mail", [&engine](const Message& message, const News&) { return mail(engine, message); }});
    return channels;
}

void tell_people(const Engine& engine, const std::vector<Channel>& channels) {
    // Who finds it taken leaves it to the holder; what that one didn't see is told after the next run.
    const auto lock = JobLock::take(engine.store.file(), "notify.");
    if (!lock) return;
    Told store(engine.store);
    const Troubles told = store.read(), now = troubles_of(engine.config, engine.store, engine.clock.wall());
    const News news = news_of(told, now);
    bool heard = !news.any();
    const Message message = message_of(agency_name(engine.config.settings), news, told, now);
    for (const auto& channel : channels) {
        if (!news.any()) break;
        std::string problem;
        try {
            problem = channel.send(message, news);
        } catch (const Error& error) {
            problem = error.what();
        }
        heard = heard || problem.empty();
        if (!problem.empty()) engine.log.error("nobody was told by {}: {}", channel.name, problem);
    }
    if (heard) store.write(news.known);
}

void tell_people(const Engine& engine) {
    if (!engine.config.settings.notify.any()) return;
    try {
        tell_people(engine, channels_of(engine));
    } catch (const Error& error) {
        engine.log.error("people couldn't be told: {}", error.what());
    }
}

void ping(const Engine& engine, const Job& job, const RunReport& report) {
    if (job.ping.empty() || report.kind != "sync" || report.outcome == "paused") return;
    std::string problem;
    HttpRequest request;
    request.method = "GET";
    request.url = job.ping + (report.exit == ExitCode::failed || report.exit == ExitCode::guard ? "/fail" : "");
    try {
        call(engine, std::move(request), problem);
    } catch (const Error& error) {
        problem = error.what();
    }
    if (!problem.empty()) engine.log.warn("the ping of job {} didn't arrive: {}", job.name, problem);
}

}  // namespace bindery
