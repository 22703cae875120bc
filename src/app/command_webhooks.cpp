// webhooks: asks a service for its events, and keeps the secret that it gives once.
#include <poll.h>

#include <algorithm>

#include "app/commands.h"
#include "app/daemon.h"
#include "config/secrets.h"
#include "core/exact_json.h"
#include "core/nearest.h"
#include "store/ledger.h"
#include "store/lock.h"
#include "store/tallies.h"

namespace bindery {
namespace {

constexpr auto kWindow = std::chrono::minutes(10);
constexpr auto kDaemonWithin = std::chrono::seconds(10);
constexpr auto kNotedWithin = std::chrono::seconds(3);  // refusals are written within 2 s

// A service whose webhooks can be registered by a call.
struct Registrar {
    const Service* service = nullptr;
    const Webhooks* hooks = nullptr;
    const Operation* operation = nullptr;
    const Resource* list = nullptr;  // of what is registered; may be missing
};

Registrar registrar_of(const Config& config, const std::string& wanted) {
    Registrar found;
    std::string known;
    for (const auto& [name, service] : config.services) {
        if (!service.webhooks || service.webhooks->register_by.empty()) continue;
        known += (known.empty() ? "" : ", ") + name;
        if (found.service != nullptr || (!wanted.empty() && wanted != name)) continue;
        const Operation& operation = service.operations.at(service.webhooks->register_by);
        found = {&service, &*service.webhooks, &operation, operation.find ? &service.resources.at(operation.find->resource) : nullptr};
    }
    if (found.service != nullptr) return found;
    if (config.services.contains(wanted) && config.service(wanted).webhooks) {
        const Webhooks& hooks = *config.service(wanted).webhooks;
        throw Error(ErrorCode::usage, wanted + " has no call for webhooks: they are set up in its own settings",
                    "give it the address …/hooks/" + wanted + ", and put the secret into secrets_dir/" + hooks.secret + ", mode 600; then `systemctl reload` or SIGHUP");
    }
    throw Error(ErrorCode::usage, wanted.empty() ? "no service file says how webhooks are registered" : "there is no service `" + wanted + "` with webhooks", known.empty() ? "" : "there is " + known);
}

struct Registered {
    std::string id, url;
    json events;
};

// Callers whose calls count for the metrics, whatever became of them.
class CountedCallers {
  public:
    explicit CountedCallers(const Engine& engine) : engine_(engine), callers_(engine, "webhooks") {}
    ~CountedCallers() {
        try {
            engine_.store.transaction([&] {
                for (const auto& [service, stats] : callers_.stats()) count(service, *stats);
            });
        } catch (const std::exception&) {
            // Better uncounted than an error about a count.
        }
    }
    CountedCallers(const CountedCallers&) = delete;
    CountedCallers& operator=(const CountedCallers&) = delete;
    Caller& to(const std::string& service) { return callers_.to(service); }

  private:
    void count(const std::string& service, const CallStats& stats) {
        Tallies tallies(engine_.store);
        std::int64_t without = stats.requests;
        for (const auto& [status, requests] : stats.by_status) {
            tallies.add_requests(service, status, requests);
            without -= requests;
        }
        tallies.add_requests(service, 0, without);
    }

    const Engine& engine_;
    Callers callers_;
};

CallResult call_once(Caller& caller, const Clock& clock, CallSpec spec) {
    caller.submit(std::move(spec));
    const auto result = caller.next(clock.boot() + std::chrono::minutes(5));
    return result.value_or(CallResult{});
}

[[noreturn]] void call_failed(const std::string& what, const CallResult& result) {
    const bool key = result.ending == CallEnding::barred;
    throw Error(key ? ErrorCode::unauthorized : ErrorCode::service, what + ": " + result.problem, key ? "check the key of this service and what it may do" : "try again in a while");
}

// The first page: nobody has a hundred webhooks.
std::vector<Registered> registered_at(Caller& caller, const Clock& clock, const Registrar& at) {
    std::vector<Registered> all;
    if (at.list == nullptr || !at.list->list) return all;
    CallSpec spec;
    spec.path = at.list->list->path;
    if (at.list->paged) spec.query = at.service->paging.page + "=" + std::to_string(at.service->paging.first) + "&" + at.service->paging.size + "=" + std::to_string(at.service->paging.per_page);
    const CallResult result = call_once(caller, clock, std::move(spec));
    if (result.ending != CallEnding::ok) call_failed("the webhooks of " + at.service->name + " can't be listed", result);
    const auto slices = array_slices(result.body, at.service->envelope.data);
    if (!slices) throw Error(ErrorCode::service, "the reply has no list of webhooks at " + at.service->envelope.data);
    for (const Slice& slice : *slices) {
        const json hook = parse_exact(std::string_view(result.body).substr(slice.offset, slice.length));
        const auto text = [&](const std::string& member) { return hook.is_object() && hook.contains(member) ? scalar_text(hook.at(member)).value_or("") : std::string(); };
        all.push_back({map_record(at.list->mapping, hook).key, text(at.hooks->register_url), hook.is_object() ? hook.value(at.hooks->register_events, json::array()) : json::array()});
    }
    return all;
}

std::string words_joined(const json& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + scalar_text(word).value_or("?");
    return text;
}

std::string our_url(const Session& session, const Service& service) {
    const std::string& base = session.config().settings.webhooks.url;
    return base.empty() ? std::string() : base + "/hooks/" + service.name;
}

class Registration {
  public:
    Registration(Session& session, const Registrar& at) : session_(session), at_(at), url_(our_url(session, *at.service)), inbox_(session.store_file(), session.clock()) {}
    ~Registration() {
        try {
            if (!written_) inbox_.close_window(at_.service->name);
        } catch (const Error&) {
            // It shuts by itself.
        }
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    int run() {
        auto secret = check_secret();
        const json events = wanted_events();
        const Engine engine = session_.engine();
        CountedCallers callers(engine);
        Caller& caller = callers.to(at_.service->name);
        check_not_registered(caller, secret);
        const std::int64_t before = events_taken();
        inbox_.open_window(at_.service->name, session_.clock().wall() + kWindow);
        if (!daemon_comes_to([](const std::map<std::string, HookWindow>& windows, const std::string& name) { return windows.contains(name) && windows.at(name).state == WindowState::open; })) {
            throw Error(ErrorCode::running_elsewhere, "the daemon doesn't answer, so the service's test event would be refused", "is it running with this configuration, and with `webhooks:`? Start or reload it first", Reach::process, Again::later);
        }
        const json reply = ask(caller, events);
        const std::string id = keep_secret(reply, secret);
        session_.store().transaction([&] { Ledger(session_.store()).audit(std::nullopt, "webhooks", at_.service->name, "registered " + id + " for " + url_); });
        const bool heard = daemon_comes_to([](const std::map<std::string, HookWindow>& windows, const std::string& name) { return !windows.contains(name); });
        const bool tried = heard && event_came(before);
        tell(id, events, heard, tried, secret.has_value());
        return 0;
    }

  private:
    // The secret of now, which must come from a file that we may replace.
    std::optional<FoundSecret> check_secret() {
        const Settings& settings = session_.config().settings;
        if (!settings.webhooks.on()) throw Error(ErrorCode::config, "webhooks aren't taken: bindery.yaml has no `webhooks:`", "set webhooks: {port: …, url: https://…}, and start the daemon", Reach::process);
        if (url_.empty()) throw Error(ErrorCode::config, "the address that " + at_.service->name + " should post to isn't known", "set webhooks.url in bindery.yaml to what the reverse proxy is reached by, such as https://hooks.agency.example", Reach::process);
        if (!JobLock::held(session_.store_file(), kDaemonLock)) throw Error(ErrorCode::usage, "no daemon is running on this store, and " + at_.service->name + " tries the hook at once", "start it (`bindery run`, or systemctl start), then register");
        auto secret = find_secret(at_.hooks->secret, session_.environment(), settings.secrets_dir);
        if (secret && !secret->in_dir) throw Error(ErrorCode::config, "the secret " + at_.hooks->secret + " comes from " + secret->where + ", which goes before secrets_dir, where a new one would be written", "take it out there first", Reach::process);
        may_write_secret(at_.hooks->secret, settings.secrets_dir);
        return secret;
    }

    json wanted_events() const {
        json events = json::array();
        for (const auto& name : session_.options().events) {
            if (at_.hooks->events.contains(name)) {
                events.push_back(name);
                continue;
            }
            std::vector<std::string> known;
            for (const auto& [event, about] : at_.hooks->events) known.push_back(event);
            const std::string close = nearest(name, known);
            throw Error(ErrorCode::usage, at_.service->name + " has no event `" + name + "`" + (close.empty() ? "" : "; did you mean `" + close + "`?"));
        }
        if (!events.empty()) return events;
        for (const auto& [event, about] : at_.hooks->events) events.push_back(event);
        return events;
    }

    void check_not_registered(Caller& caller, const std::optional<FoundSecret>& secret) {
        for (const Registered& hook : registered_at(caller, session_.clock(), at_)) {
            if (hook.url != url_) {
                if (hook.url.ends_with("/hooks/" + at_.service->name)) elsewhere_.push_back(hook);
                continue;
            }
            older_.push_back(hook.id);
            if (session_.options().rotate || secret) continue;
            throw Error(ErrorCode::usage, url_ + " is registered already (" + hook.id + "), and its secret isn't told twice",
                        "put that secret into secrets_dir/" + at_.hooks->secret + " if you have it; else remove the webhook in the settings of " + at_.service->name + ", or register it anew with --rotate");
        }
        if (!secret || session_.options().rotate) return;
        std::string of;
        for (const Registered& hook : elsewhere_) of += (of.empty() ? ", perhaps of " : ", ") + hook.id + ", which posts to " + hook.url;
        throw Error(ErrorCode::usage, "there is a secret already: " + secret->where + of + (of.empty() ? "" : "; the address is " + url_ + " now"),
                    std::string(of.empty() ? "`bindery webhooks list` shows what is registered; to get a new secret" : "to register the new address, with a new secret") + ": bindery webhooks register --rotate");
    }

    // Those that got their yes: of the window, and signed ones after it.
    std::int64_t events_taken() {
        std::int64_t taken = 0;
        for (const auto& [what, count] : inbox_.facts().requests) {
            if (what.first == at_.service->name && (what.second == "window" || what.second == "kept" || what.second == "repeated")) taken += count;
        }
        return taken;
    }

    // The service tries the hook before it answers; that the daemon heard it is written down a moment later.
    bool event_came(std::int64_t before) {
        const BootTime until = session_.clock().boot() + kNotedWithin;
        while (events_taken() == before && session_.clock().boot() < until && !session_.stop_asked()) {
            pollfd stop{session_.stop().poll_fd(), POLLIN, 0};
            ::poll(&stop, 1, 50);
        }
        return events_taken() > before;
    }

    json ask(Caller& caller, const json& events) {
        CallSpec spec;
        spec.method = at_.operation->call.method;
        spec.path = at_.operation->call.path;
        spec.body = dump_exact({{at_.hooks->register_url, url_}, {at_.hooks->register_events, events}});
        spec.repeatable = false;
        spec.timeout = at_.operation->timeout;
        const CallResult result = call_once(caller, session_.clock(), std::move(spec));
        if (result.ending == CallEnding::in_doubt) {
            throw Error(ErrorCode::service, "the reply was lost (" + result.problem + "): the webhook may be registered, and its secret is lost",
                        "look with `bindery webhooks list`; remove it in the settings of " + at_.service->name + ", then register again");
        }
        if (result.ending != CallEnding::ok) call_failed("the webhook isn't registered", result);
        return parse_exact(result.body);
    }

    // The new secret is on the disk before anything else can fail. The id of the webhook.
    std::string keep_secret(const json& reply, const std::optional<FoundSecret>& before) {
        const auto dir = session_.config().settings.secrets_dir;
        const json* found = find_pointer(reply, at_.hooks->register_secret);
        const std::string secret = found == nullptr ? std::string() : scalar_text(*found).value_or("");
        const json* id_at = find_pointer(reply, at_.operation->reply_id);
        const std::string id = id_at == nullptr ? "?" : scalar_text(*id_at).value_or("?");
        const bool plain = !secret.empty() && std::all_of(secret.begin(), secret.end(), [](char c) { return c > 0x20 && c < 0x7F; });
        if (!plain) {
            throw Error(ErrorCode::service, "the webhook " + id + " is registered, and the reply has no secret at " + at_.hooks->register_secret,
                        "remove it in the settings of " + at_.service->name + ", say in the service file (webhooks: register: secret:) where the secret is, and register again");
        }
        if (before) write_secret(old_secret(at_.hooks->secret), before->text, dir);
        write_secret(at_.hooks->secret, secret, dir);
        written_ = true;
        inbox_.secret_written(at_.service->name);
        return id;
    }

    void tell(const std::string& id, const json& events, bool heard, bool tried, bool had_one) {
        const std::string file = (session_.config().settings.secrets_dir / at_.hooks->secret).string();
        std::string text = "Registered " + id + " at " + at_.service->name + ": " + words_joined(events) + "\n  to " + url_ + "; its secret is in " + file + "\n";
        json object{{"id", id}, {"service", at_.service->name}, {"url", url_}, {"events", events}, {"secret_file", file}, {"daemon_has_it", heard}, {"event_came", tried}, {"older", older_}};
        object["elsewhere"] = json::array();
        for (const Registered& hook : elsewhere_) object["elsewhere"].push_back({{"id", hook.id}, {"url", hook.url}});
        if (!heard) text += "warning: the daemon hasn't taken the secret yet; reload it (SIGHUP)\n";
        else if (!tried) text += "warning: no event of " + at_.service->name + " has come by that address yet; can it be reached from outside? `bindery status` shows when one comes\n";
        if (had_one) text += "The secret of before is taken as well, until its file is removed: " + file + "_old\n";
        if (!older_.empty()) text += "Remove the older ones (" + words_joined(older_) + ") in the settings of " + at_.service->name + (had_one ? ", then that file.\n" : ": what they send is refused.\n");
        for (const Registered& hook : elsewhere_) text += "Also registered is " + hook.id + ", which posts to " + hook.url + ": if that was this agency's address, remove it in the settings of " + at_.service->name + ".\n";
        print(session_, object, printable(text));
    }

    // Rings, and waits until the daemon has done its part; false when it doesn't in time.
    bool daemon_comes_to(bool (*done)(const std::map<std::string, HookWindow>&, const std::string&)) {
        const BootTime until = session_.clock().boot() + kDaemonWithin;
        while (session_.clock().boot() < until && !session_.stop_asked()) {
            Wakeups::touch(bell_of(session_.store_file()));
            pollfd stop{session_.stop().poll_fd(), POLLIN, 0};
            ::poll(&stop, 1, 50);
            if (done(inbox_.windows(), at_.service->name)) return true;
        }
        return false;
    }

    Session& session_;
    const Registrar at_;
    const std::string url_;
    Inbox inbox_;
    std::vector<std::string> older_;      // ids of webhooks at our address
    std::vector<Registered> elsewhere_;   // such as an address of before would be
    bool written_ = false;
};

int list_webhooks(Session& session, const Registrar& at) {
    const Engine engine = session.engine();
    CountedCallers callers(engine);
    const std::string ours = our_url(session, *at.service);
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    for (const Registered& hook : registered_at(callers.to(at.service->name), session.clock(), at)) {
        const bool mine = !ours.empty() && hook.url == ours;
        list.push_back({{"id", hook.id}, {"url", hook.url}, {"events", hook.events}, {"ours", mine}});
        rows.push_back({hook.id, mine ? "ours" : ours.empty() ? "not known" : "another's", hook.url, words_joined(hook.events)});
    }
    print(session, {{"service", at.service->name}, {"webhooks", list}}, rows.empty() ? "Nothing is registered at " + at.service->name + ".\n" : table({"ID", "WHOSE", "ADDRESS", "EVENTS"}, rows) + (ours.empty() ? "Which is ours isn't known: webhooks.url isn't set.\n" : "Ours is what posts to " + ours + ".\n"));
    return 0;
}

}  // namespace

int command_webhooks(Session& session) {
    const Registrar at = registrar_of(session.config(), session.options().service);
    if (session.options().action == "list") return list_webhooks(session, at);
    // Each would write the secret that the service gave it, and one of them would be lost.
    const std::string turn = "webhooks." + at.service->name;
    const auto alone = JobLock::take(session.store_file(), turn);
    if (!alone) {
        throw Error(ErrorCode::running_elsewhere, "the webhook of " + at.service->name + " is being registered already (process " + std::to_string(JobLock::holder(session.store_file(), turn)) + ")",
                    "wait until that has ended; `bindery webhooks list` shows what came of it", Reach::process, Again::later);
    }
    return Registration(session, at).run();
}

}  // namespace bindery
