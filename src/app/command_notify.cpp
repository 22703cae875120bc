// notify test, notify start-failed: messages to people, without a run.
#include <unistd.h>

#include <iostream>

#include "app/commands.h"
#include "app/listening_notes.h"
#include "app/log.h"
#include "app/start_trouble.h"
#include "config/secrets.h"
#include "engine/check.h"
#include "engine/report.h"
#include "engine/tell_people.h"
#include "store/lock.h"
#include "store/told.h"

namespace bindery {
namespace {

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "this machine";
}

Message trial_message(const Settings& settings) {
    return {"Bindery " + agency_name(settings) + ": a test", "This is a test from " + host_name() + ": somebody ran `bindery notify test`. Nothing is wrong.\n"};
}

// Many mistakes are one message all the same: the first lines of them.
std::string shortened(const std::string& text) {
    constexpr std::size_t kLongest = 2000;
    if (text.size() <= kLongest) return text;
    const std::size_t line = text.rfind('\n', kLongest);
    return text.substr(0, line == std::string::npos ? text.find(' ', kLongest) : line) + "\n…; `bindery check` names the rest";
}

// systemd says how the daemon ended: a number, or a signal's name. Any other end than these two is followed by another start, or was
// asked for (a stop that took too long). Another supervisor says nothing.
bool waits_for_a_person(const std::string& status) { return status.empty() || status == "64" || status == "78"; }

// What the daemon looks at before it says that it's ready. Empty: nothing that shows without starting it.
std::string why_no_start(const std::filesystem::path& file, const Environment& environment, const std::optional<std::filesystem::path>& store) {
    try {
        const Config config = load_config(file, Variables(environment));
        if (store) {
            for (const auto& [name, job] : config.jobs) check_job_sql(job, *store);
        }
        need_good_hook_secrets(config, environment);
        return {};
    } catch (const Error& error) {
        return in_one_line(error);
    }
}

// It is in the store for as long as it lasts: it isn't told again as it is, and the daemon tells its end once it runs.
bool told_already(const std::optional<std::filesystem::path>& file, const Clock& clock, const std::string& text) {
    try {
        if (!file) return false;
        Store store = Store::open_read_only(*file, clock);
        const Troubles told = Told(store).read();
        const auto found = told.find(kStartTrouble);
        return found != told.end() && found->second.text == text;
    } catch (const std::exception&) {
        return false;  // told twice is better than not at all
    }
}

// A store of another version is left as it is: to copy and migrate it is the daemon's, and may take an hour.
void note_told(const std::optional<std::filesystem::path>& file, const Clock& clock, const std::string& text, spdlog::logger& log) {
    if (!file) return;
    std::string problem = "another process tells people just now";
    try {
        Store::open_read_only(*file, clock);
        if (const auto lock = JobLock::take(*file, kTellingLock)) {
            Store store(*file, clock);
            Told told(store);
            Troubles known = told.read();
            known[kStartTrouble] = {text};
            told.write(known);
            return;
        }
    } catch (const std::exception& error) {
        problem = error.what();
    }
    log.warn("that people were told couldn't be noted, so its end won't be told: {}", problem);
}

std::string variable_of(const Environment& environment, const std::string& name, const std::string& otherwise) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? otherwise : found->second;
}

// nullopt: there is none yet, or nobody can read where it is.
std::optional<std::filesystem::path> store_there(const Options& options, const std::optional<Settings>& settings) {
    if (options.store.empty() && !settings) return std::nullopt;
    const std::filesystem::path place = options.store.empty() ? settings->store : std::filesystem::path(options.store);
    std::error_code ignored;
    return std::filesystem::exists(place, ignored) ? std::optional(place) : std::nullopt;
}

}  // namespace

int command_notify(Session& session) {
    const std::string& only = session.options().channel;
    const Sender sender{session.config(), session.environment(), session.clock(), session.log(), session.wires(), [&session] { return session.stop_asked(); }};
    const Message message = trial_message(session.config().settings);
    const Troubles trial{{"test", {"a test; nothing is wrong"}}};
    json list = json::array();
    std::string text;
    bool failed = false;
    for (const Channel& channel : channels_of(sender)) {
        if (!only.empty() && channel.name != only) continue;
        std::string problem;
        try {
            problem = channel.send(message, news_of({}, trial));
        } catch (const Error& error) {
            problem = in_one_line(error);
        }
        failed = failed || !problem.empty();
        list.push_back({{"channel", channel.name}, {"told", problem.empty()}});
        if (!problem.empty()) list.back()["problem"] = problem;
        text += channel.name + ": " + (problem.empty() ? "took the message; see that it has arrived" : "FAILED: " + problem) + "\n";
    }
    if (list.empty()) {
        throw Error(ErrorCode::config, only.empty() ? "nobody is told of anything: there is no `notify` in " + session.config().settings.file.string() : "there is no `" + only + "` under `notify` in " + session.config().settings.file.string(),
                    "docs/notify.md says how people are told");
    }
    print(session, {{"channels", list}}, printable(text));
    return failed ? static_cast<int>(ExitCode::failed) : 0;
}

void tell_cron_mistake(const Options& options, const StopFlag& stop, const Error& error) {
    try {
        const SystemClock clock;
        const Environment environment = process_environment();
        const auto log = make_log("info", "text", false, false);
        Variables variables(environment);
        variables.keep_unset = true;
        const auto settings = settings_for_messages(find_config(options.config), variables);
        if (!settings) return;
        auto store = store_there(options, settings);
        if (store) store = std::filesystem::weakly_canonical(std::filesystem::absolute(*store));
        Config bare;
        bare.settings = *settings;
        const Sender sender{bare, environment, clock, *log, [&] { return make_curl_wire(clock, stop, settings->ca_file); }, [&stop] { return stop.asked(); }};
        tell_start_trouble({sender, store, true}, Error(error.code(), shortened(error.what()), error.hint()));
    } catch (const std::exception&) {
        // Where nothing can be read nobody can be told: it stands on stderr, which cron mails.
    }
}

int command_start_failed(const Options& options, const StopFlag& stop) {
    const SystemClock clock;
    const Environment environment = process_environment();
    const auto log = make_log("info", "text", environment.count("JOURNAL_STREAM") != 0, false);
    const std::string status = variable_of(environment, "MONITOR_EXIT_STATUS", "");
    if (!waits_for_a_person(status)) {
        log->info("the daemon ended with {}, which waits for nobody: people aren't told", status);
        return 0;
    }
    const std::filesystem::path file = find_config(options.config);
    Variables variables(environment);
    variables.keep_unset = true;
    const auto settings = settings_for_messages(file, variables);
    const auto store = store_there(options, settings);
    if (store && JobLock::held(*store, kDaemonLock)) {
        log->info("a daemon runs on {}: people aren't told that it didn't start", store->string());
        return 0;
    }
    std::string why = why_no_start(file, environment, store);
    if (!settings || !settings->notify.any()) {
        throw Error(ErrorCode::config, "nobody can be told that the daemon didn't start: " + (settings ? "there is no `notify` that can be used in " : std::string("nothing can be read from ")) + file.string(),
                    "the reason: " + (why.empty() ? std::string("see the journal") : why));
    }
    if (why.empty()) why = "exit code " + (status.empty() ? "unknown" : status) + "; the reason is in the journal: journalctl -u " + variable_of(environment, "MONITOR_UNIT", "bindery@AGENCY");
    const std::string text = "the daemon didn't start, and no job runs: " + shortened(why);
    if (told_already(store, clock, text)) {
        log->info("people know already that the daemon didn't start");
        return 0;
    }
    Config bare;
    bare.settings = *settings;
    const Sender sender{bare, environment, clock, *log, [&] { return make_curl_wire(clock, stop, settings->ca_file); }, [&stop] { return stop.asked(); }};
    if (!tell_at_once(sender, kStartTrouble, text, false)) return static_cast<int>(ExitCode::failed);
    note_told(store, clock, text, *log);
    if (options.output == "json") std::cout << json{{"told", text}}.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
    else std::cout << printable("told: " + text) << "\n";
    return 0;
}

}  // namespace bindery
