#include "engine/tell_people.h"

#include <spdlog/logger.h>

#include <algorithm>

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
#include "store/sale_report.h"
#include "store/told.h"

namespace bindery {
namespace {

constexpr auto kReplyWithin = std::chrono::seconds(15);
constexpr int kMostQuarantined = 100'000;

// The end of the last good run; of a job that never had one, when it was first seen.
std::optional<WallTime> fresh_until(const Job& job, Store& store, WallTime now) {
    if (job.stale_after <= Duration{0}) return std::nullopt;
    const auto good = Runs(store).last_real(job.name, true);
    const auto since = good && good->ended_at ? read_rfc3339(*good->ended_at) : JobTurns(store).read(job.name).first_seen;
    if (!since) return std::nullopt;
    if (good && staleness_of(job, good->ended_at, now).stale) return std::min(now, *since) - std::chrono::milliseconds(1);  // also when it lies in the future
    return *since + std::chrono::ceil<std::chrono::milliseconds>(job.stale_after);
}

// The row is read once more: the run may have ended, and let its lock go, since it was read first.
bool died(Store& store, const RunRow& run) {
    if (JobLock::held(store.file(), run.job)) return false;
    const auto again = Runs(store).find(run.id);
    return again && again->state == "running";
}

void run_troubles(const Job& job, Store& store, const RunRow& last, Troubles& troubles) {
    const std::string run = std::to_string(last.id);
    if (last.state == "running" && died(store, last)) {
        troubles["failed " + job.name] = {"job " + job.name + ": the process of run " + run + " died (killed, out of memory, or the machine went down); the next run goes on from there: bindery show " + run};
    }
    if (last.outcome == "failed") {
        // Another reason is another trouble: who waits for a service to come back must hear that the key is refused.
        const std::string reason = last.error_code.value_or("").empty() ? "" : " " + *last.error_code;
        troubles["failed " + job.name + reason] = {"job " + job.name + " failed (run " + run + "): " + last.message.value_or("") + (last.hint && !last.hint->empty() ? ". To do: " + *last.hint : "")};
    }
    if (last.outcome == "guard") troubles["guard " + job.name] = {"job " + job.name + " was stopped by its guard before it wrote anything: bindery show " + run};
}

void job_troubles(const Job& job, Store& store, WallTime now, Troubles& troubles) {
    const auto last = Runs(store).last_real(job.name, false);
    if (last) run_troubles(job, store, *last, troubles);
    // What a poll failed at isn't over because webhooks had a few records read meanwhile.
    if (last && last->kind == "webhook") {
        if (const auto poll = Runs(store).last_poll(job.name)) run_troubles(job, store, *poll, troubles);
    }
    const auto fresh = fresh_until(job, store, now);
    if (fresh && now > *fresh) troubles["stale " + job.name] = {"job " + job.name + " had no good run for longer than its stale_after: bindery status"};
}

// Empty, or why there was no good answer.
std::string call(const Sender& sender, HttpRequest request) {
    request.timeout = kReplyWithin;
    const auto wire = sender.make_wire();
    wire->start(1, std::move(request));
    const auto reply = wire->wait(sender.clock.boot() + kReplyWithin);
    if (!reply) return "no reply in time";
    if (reply->ending != Ending::replied) return reply->problem;
    return reply->status >= 200 && reply->status <= 299 ? std::string() : "answered " + std::to_string(reply->status);
}

json keys_json(const std::vector<std::string>& keys, const Troubles& texts) {
    json list = json::array();
    for (const auto& key : keys) list.push_back({{"key", key}, {"text", texts.at(key).text}});
    return list;
}

std::string post(const Sender& sender, const Message& message, const News& news) {
    const NotifySettings& notify = sender.config.settings.notify;
    json body{{"agency", agency_name(sender.config.settings)}, {"subject", message.subject}, {"text", message.body}, {"new", keys_json(news.fresh, news.known)}, {"grown", keys_json(news.grown, news.known)}, {"over", news.over}};
    HttpRequest request;
    request.method = "POST";
    request.url = notify.webhook_url;
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    request.headers.emplace_back("Content-Type", "application/json");
    if (!notify.webhook_secret.empty()) {
        const std::string secret = read_secret(notify.webhook_secret, sender.environment, sender.config.settings.secrets_dir);
        request.headers.emplace_back("X-Bindery-Signature", "sha256=" + hmac_sha256(secret, request.body));
    }
    return call(sender, std::move(request));
}

std::string mail(const Sender& sender, const Message& message) {
    const Settings& settings = sender.config.settings;
    const NotifySettings& notify = settings.notify;
    MailServer server{notify.smtp, notify.mail_user, {}, settings.ca_file};
    if (!notify.mail_secret.empty()) server.password = read_secret(notify.mail_secret, sender.environment, settings.secrets_dir);
    const WallTime now = sender.clock.wall();
    const MailReply reply = send_mail(server, {notify.mail_from, notify.mail_to, message.subject, message.body, now, "bindery." + hmac_sha256(agency_name(settings), rfc3339(now) + message.body).substr(0, 24)}, sender.stop_asked);
    for (const auto& refused : reply.refused) sender.log.error("mail: the server doesn't take {} of `notify.mail.to` in bindery.yaml; the others get the message", refused);
    return reply.problem;
}

// "Couldn't resolve host name (mail.example:465)"
std::string with_server(const std::string& problem, const std::string& smtp) {
    if (problem.empty()) return problem;
    std::string server = smtp.substr(smtp.find("://") == std::string::npos ? 0 : smtp.find("://") + 3);
    server = server.substr(0, server.find('/'));
    return problem + " (" + server.substr(server.rfind('@') + 1) + ")";  // npos + 1: the whole
}

}  // namespace

std::string agency_name(const Settings& settings) {
    const auto folder = settings.file.parent_path();
    return (folder.filename() == "config" ? folder.parent_path() : folder).filename().string();
}

Troubles troubles_of(const Config& config, Store& store, WallTime now) {
    Troubles troubles;
    for (const auto& [name, job] : config.jobs) job_troubles(job, store, now, troubles);
    Ledger ledger(store);
    auto counts = ledger.count_by_state();
    const auto effects = [&](const std::string& state, std::int64_t count, const std::string& what) {
        if (count > 0) troubles[state] = {"effects " + what + ": " + std::to_string(count) + "; bindery effects --state " + state, count};
    };
    effects("in_doubt", counts["in_doubt"], "whose reply was lost");
    effects("held", counts["held"], "that wait for a person");
    effects("rejected", ledger.refused().count, "that the service refused");
    if (const auto untold = SaleFigures(store).untold(rfc3339(now - std::chrono::hours(24)).substr(0, 10)); untold > 0) {
        troubles["hand_off"] = {"calls that were sold, and the phone system could not be told to transfer them: " + std::to_string(untold) + "; bindery query \"SELECT ref, hand_trouble FROM sales WHERE hand_trouble IS NOT NULL\"", untold};
    }
    if (const auto open = Conflicts(store).count_open(""); open > 0) troubles["conflicts"] = {"conflicts that nobody has decided: " + std::to_string(open) + "; bindery conflicts", open};
    const auto kept = static_cast<std::int64_t>(Runs(store).quarantined(0, kMostQuarantined).size());
    if (kept > 0) troubles["quarantine"] = {"records and rows that can't be read: " + std::to_string(kept) + "; bindery status", kept};
    return troubles;
}

std::optional<WallTime> next_stale(const Config& config, Store& store, WallTime now) {
    std::optional<WallTime> next;
    for (const auto& [name, job] : config.jobs) {
        const auto fresh = fresh_until(job, store, now);
        if (fresh && *fresh >= now && (!next || *fresh < *next)) next = fresh;
    }
    return next;
}

std::vector<Channel> channels_of(const Sender& sender) {
    const NotifySettings& notify = sender.config.settings.notify;
    std::vector<Channel> channels;
    if (!notify.command.empty()) {
        channels.push_back({"command", [sender](const Message& message, const News&) {
                                return pipe_to(sender.config.settings.notify.command, message.subject + "\n\n" + message.body, std::chrono::seconds(30), sender.stop_asked);
                            }});
    }
    if (!notify.webhook_url.empty()) channels.push_back({"webhook", [sender](const Message& message, const News& news) { return post(sender, message, news); }});
    if (!notify.smtp.empty()) channels.push_back({"mail", [sender](const Message& message, const News&) { return with_server(mail(sender, message), sender.config.settings.notify.smtp); }});
    return channels;
}

namespace {

Sender sender_of(const Engine& engine) { return {engine.config, engine.environment, engine.clock, engine.log, engine.make_wire, engine.stop_asked}; }

// Did one of them take it?
bool send_over(const std::vector<Channel>& channels, const Message& message, const News& news, spdlog::logger& log) {
    bool heard = false;
    for (const auto& channel : channels) {
        std::string problem;
        try {
            problem = channel.send(message, news);
        } catch (const Error& error) {
            problem = error.what() + (error.hint().empty() ? "" : ". To do: " + error.hint());
        } catch (const std::exception& error) {
            problem = error.what();
        }
        heard = heard || problem.empty();
        if (!problem.empty()) log.error("nobody was told by {}: {}", channel.name, problem);
    }
    return heard;
}

}  // namespace

namespace {

// Of a job whose file is at fault nothing new is known, so nothing is over. That it can't be read is told by what starts by itself: who
// runs another by hand may be writing that file.
void troubles_left_out(const Engine& engine, const Troubles& told, Troubles& now) {
    for (const auto& [job, fault] : engine.config.jobs_left_out()) {
        for (const auto& known : told) {
            const std::string& key = known.first;
            if (key == "guard " + job || key == "stale " + job || (key + " ").starts_with("failed " + job + " ")) now.insert(known);
        }
        const std::string key = "unread " + job;
        if (engine.call_class == CallClass::schedule || told.contains(key)) now[key] = {"job " + job + " can't be run: " + fault};
    }
}

}  // namespace

bool tell_people(const Engine& engine, const std::vector<Channel>& channels) {
    Told store(engine.store);
    for (;;) {
        // Who finds it taken leaves its news to the holder, which looks once more after it has let go.
        const auto lock = JobLock::take(engine.store.file(), kTellingLock);
        if (!lock) return true;
        const Troubles told = store.read();
        Troubles now = troubles_of(engine.config, engine.store, engine.clock.wall());
        // A run by hand or by cron says nothing of the service.
        const auto start = told.find(kStartTrouble);
        if (start != told.end() && !JobLock::held(engine.store.file(), kDaemonLock)) now.insert(*start);
        troubles_left_out(engine, told, now);
        const News news = news_of(told, now);
        if (news.any()) store.need_room();  // what can't be remembered would be told at each run: on a full disk this throws
        if (news.any() && !send_over(channels, message_of(agency_name(engine.config.settings), news, told, now), news, engine.log)) return false;
        store.write(news.known);
        if (!news.any()) return true;
    }
}

bool tell_people(const Engine& engine) {
    if (!engine.config.settings.notify.any()) return true;
    try {
        return tell_people(engine, channels_of(sender_of(engine)));
    } catch (const std::exception& error) {
        engine.log.error("people couldn't be told: {}", error.what());
        return false;
    }
}

bool tell_at_once(const Sender& sender, const std::string& key, const std::string& text, bool over) {
    if (!sender.config.settings.notify.any()) return true;
    const Troubles trouble{{key, {text}}}, none;
    const News news = over ? news_of(trouble, none) : news_of(none, trouble);
    Message message = message_of(agency_name(sender.config.settings), news, over ? trouble : none, over ? none : trouble);
    if (over) message.subject = "Bindery " + agency_name(sender.config.settings) + ": 1 trouble is over";  // whether all is well only the store knows
    return send_over(channels_of(sender), message, news, sender.log);
}

std::string failed_ping(const std::string& address) {
    const std::size_t query = std::min(address.find('?'), address.size());
    std::string path = address.substr(0, query);
    while (path.ends_with('/')) path.pop_back();
    return path + "/fail" + address.substr(query);
}

void ping(const Engine& engine, const Job& job, const RunReport& report) {
    // One that was interrupted goes on later, and is heard of then.
    if (job.ping.empty() || report.kind != "sync" || report.outcome == "paused" || report.outcome == "interrupted") return;
    std::string problem;
    HttpRequest request;
    request.method = "GET";
    request.url = job.ping;
    if (report.outcome == "failed" || report.outcome == "guard") request.url = failed_ping(request.url);
    try {
        problem = call(sender_of(engine), std::move(request));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) engine.log.warn("the ping of job {} didn't arrive: {}", job.name, problem);
}

}  // namespace bindery
