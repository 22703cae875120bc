#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <set>

#include "app/commands.h"

namespace bindery {
namespace {

void add_run_commands(CLI::App& app, Options& o) {
    const auto guards = [&o](CLI::App* command) {
        command->add_option("--allow-effects", o.allow_effects, "let up to N effects pass the guard this once")->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000000}));
        command->add_option("--allow-removed", o.allow_removed, "let up to N removals pass the guard this once")->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000000}));
        command->add_flag("--accept-ledger", o.accept_ledger, "this store is the one that pushes from now on");
    };
    auto* sync = app.add_subcommand("sync", "run jobs now");
    sync->add_option("--job", o.jobs, "the job's name; several are run one after the other");
    sync->add_flag("--all", o.all, "every job");
    sync->add_flag("--dry-run", o.dry_run, "the same as `plan`");
    sync->add_flag("--baseline", o.baseline, "record the effects as done without sending them");
    sync->add_option("--trigger", o.trigger, "who starts it: hand or schedule (cron lets people go first)")->check(CLI::IsMember({"hand", "schedule"}));
    guards(sync);
    auto* plan = app.add_subcommand("plan", "pull, and show what would be sent and what it costs");
    plan->add_option("--job", o.jobs, "the job's name")->required();
    plan->add_option("--out", o.file, "write the plan for `apply`");
    plan->add_flag("--detailed-exitcode", o.detailed_exit_code, "exit 2 when something would be sent");
    plan->add_option("--allow-removed", o.allow_removed, "let up to N removals pass the guard this once")->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000000}));
    auto* apply = app.add_subcommand("apply", "send a plan, if it still fits the present state");
    apply->add_option("file", o.file, "the plan")->required();
    guards(apply);
}

void add_daemon_commands(CLI::App& app, Options& o) {
    app.add_subcommand("run", "the daemon: starts jobs when they are due");
    auto* pause = app.add_subcommand("pause", "a job doesn't start by itself until `resume`");
    pause->add_option("job", o.id, "its name")->required();
    pause->add_option("--why", o.why, "a word for those who wonder");
    app.add_subcommand("resume", "a paused job starts by itself again")->add_option("job", o.id, "its name")->required();
    auto* cron = app.add_subcommand("cron", "what a cron expression means");
    cron->require_subcommand(1);
    auto* next = cron->add_subcommand("next", "the first time after a moment, by RFC 3339");
    next->add_option("--expr", o.expression, "five fields, or @daily and its kin")->required();
    next->add_option("--tz", o.zone, "an IANA zone; default: UTC");
    next->add_option("--from", o.from, "the moment, by RFC 3339; default: now");
    next->add_option("--count", o.next, "so many times, one a line")->check(CLI::Range(1, 10000));
}

void add_webhook_commands(CLI::App& app, Options& o) {
    auto* webhooks = app.add_subcommand("webhooks", "events that services post to the daemon");
    webhooks->require_subcommand(1);
    for (const auto& [name, about] : {std::pair("register", "ask the service for its events; its secret goes into secrets_dir"), std::pair("list", "what is registered at the service")}) {
        auto* command = webhooks->add_subcommand(name, about);
        command->add_option("--service", o.service, "which one; default: the one that takes registrations");
        command->callback([&o, word = std::string(name)] { o.action = word; });
        if (std::string(name) == "list") continue;
        command->add_option("--event", o.events, "only these events; default: all in the service file");
        command->add_flag("--rotate", o.rotate, "register once more: the secret of now is taken as long as the new one is coming in");
    }
}

void add_notify_commands(CLI::App& app, Options& o) {
    auto* notify = app.add_subcommand("notify", "messages to people");
    notify->require_subcommand(1);
    auto* test = notify->add_subcommand("test", "sends a message over each channel, and says what became of it");
    test->add_option("channel", o.channel, "only this one")->check(CLI::IsMember({"command", "webhook", "mail"}));
    test->callback([&o] { o.action = "test"; });
    auto* failed = notify->add_subcommand("start-failed", "tells that the daemon couldn't start: for the service manager");
    failed->callback([&o] { o.action = "start-failed"; });
}

void add_csv_commands(CLI::App& app, Options& o) {
    auto* import = app.add_subcommand("import", "a CSV file into one of the agency's own books");
    import->add_option("file", o.file, "the CSV file")->required();
    import->add_option("--into", o.into, "the book: book.NAME");
    import->add_option("--profile", o.profile, "how its columns are read (config/csv/NAME.yaml); default: the one that fits");
    import->add_flag("--full", o.full, "the file is the whole book: what it lacks is removed");
    import->add_flag("--partial", o.partial, "rows are added and changed, none removed");
    import->add_option("--as-of", o.as_of, "when the export was made; default: the file's time");
    import->add_flag("--older", o.older, "take what is new in a file older than the last import; it replaces nothing");
    import->add_option("--allow-removed", o.allow_removed, "let up to N removals pass the guard this once")->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000000}));
    import->add_flag("--dry-run", o.dry_run, "show what would change, and write nothing");
    import->add_flag("--suggest", o.suggest, "print a first profile for this file instead");
    auto* out = app.add_subcommand("export", "a CSV file out of the store");
    out->add_option("dataset", o.dataset, "service.resource, book.NAME, runs or history");
    out->add_option("--sql", o.sql, "a read-only SELECT instead");
    out->add_option("--corrections", o.corrections, "what other programs' books should change, by the word of this job");
    out->add_option("--unmatched", o.unmatched, "the records that only one of this job's two books has, as its last run paired them");
    out->add_option("--to", o.to, "the file; - is stdout");
    out->add_flag("--bom", o.bom, "begin with a byte order mark, by which Excel knows UTF-8");
    out->add_flag("--raw", o.raw, "don't guard cells that a spreadsheet would run or round");
}

void add_look_commands(CLI::App& app, Options& o) {
    auto* check = app.add_subcommand("check", "look at config, jobs and their SQL; with --online, at the services too");
    check->add_flag("--online", o.online, "one read a list: is the key right, do the records fit the service file");
    check->add_flag("--integrity", o.integrity, "read the whole store instead, and say whether it is sound");
    auto* schema = app.add_subcommand("schema", "print the JSON Schema of a kind of file, for editors");
    schema->add_option("kind", o.kind, "bindery, service, book, csv or job")->required()->check(CLI::IsMember({"bindery", "service", "book", "csv", "job"}));
    auto* jobs = app.add_subcommand("jobs", "the jobs, and when each runs next");
    jobs->add_option("--next", o.next, "so many start times of each")->check(CLI::Range(1, 1000));
    auto* status = app.add_subcommand("status", "how the jobs went, what is stale, what waits for a person, what the budget has left");
    status->add_flag("--check", o.check, "exit 1 when a job is stale");
    auto* open = app.add_subcommand("open", "print a one-time link to the pages of the daemon");
    open->add_flag("--revoke", o.revoke, "end every session, and forget every link");
    auto* runs = app.add_subcommand("runs", "the latest runs");
    runs->add_option("--job", o.jobs, "only this job's");
    runs->add_option("--limit", o.limit, "how many")->check(CLI::Range(1, 1000000));
    auto* show = app.add_subcommand("show", "one run: what it saw, changed and sent");
    show->add_option("run", o.id, "its number")->required();
    show->add_flag("--changes", o.changes, "also the records that it added, changed and removed");
    show->add_flag("--calls", o.calls, "also each call and wait, in order");
    for (const auto& [name, about] : {std::pair("why", "the whole story of a record"), std::pair("history", "a record's changes")}) {
        auto* command = app.add_subcommand(name, about);
        const bool sales_too = std::string_view(name) == "why";
        command->add_option("dataset", o.dataset, sales_too ? "service.resource; or, alone, a sale's reference (BN-…), its lead's id or the id of its bid" : "service.resource")->required();
        command->add_option("key", o.key, "its key, or a value it's matched on (a policy number in any spelling)")->required(!sales_too);
    }
    auto* effects = app.add_subcommand("effects", "the ledger: what was sent, what waits, what a person should look at");
    effects->add_option("--state", o.state, "only these")
        ->check(CLI::IsMember({"pending", "sending", "done", "rejected", "turned_down", "in_doubt", "held", "withdrawn", "dropped"}));
    effects->add_option("--effect", o.effect, "only of this name");
    effects->add_option("--job", o.jobs, "only of this job");
    effects->add_option("--limit", o.limit, "how many")->check(CLI::Range(1, 1000000));
    auto* settle = app.add_subcommand("settle", "a person decides about an effect that waits");
    settle->add_option("id", o.id, "its reference (BN-…) or identity");
    settle->add_option("--effect", o.effect, "all of this name, with --state");
    settle->add_option("--state", o.state, "all in this state, with --effect")->check(CLI::IsMember({"rejected", "in_doubt", "held", "pending"}));
    settle->add_option("--as", o.as, "done, retry, drop or held")->required()->check(CLI::IsMember({"done", "retry", "drop", "held"}));
    auto* conflicts = app.add_subcommand("conflicts", "what two books disagree about and no rule decides");
    conflicts->add_option("--job", o.jobs, "only of this job");
    conflicts->add_option("--field", o.field, "only about this field");
    conflicts->add_flag("--all", o.all, "closed ones too");
    conflicts->add_option("--limit", o.limit, "how many")->check(CLI::Range(1, 1000000));
    auto* resolve = app.add_subcommand("resolve", "a person decides a conflict");
    resolve->add_option("id", o.id, "its number");
    resolve->add_option("--take", o.take, "ours, theirs or a value; of a match: same, different or the key of one of its candidates")->required();
    resolve->add_option("--field", o.field, "every open conflict about this field, with --all");
    resolve->add_flag("--all", o.all, "with --field: all of them");
    resolve->add_option("--job", o.jobs, "with --field: only of this job");
    auto* query = app.add_subcommand("query", "a read-only SELECT over the datasets");
    query->add_option("sql", o.sql, "the statement")->required();
    query->add_option("--format", o.format, "table, csv or json")->check(CLI::IsMember({"table", "csv", "json"}));
}

void add_care_commands(CLI::App& app, Options& o) {
    auto* backup = app.add_subcommand("backup", "a consistent copy of the store, also while jobs run");
    backup->add_option("file", o.file, "the copy")->required();
    backup->add_flag("--replace", o.replace, "an earlier backup of that name may go");
    auto* purge = app.add_subcommand("purge", "remove what is past its retention (bindery.yaml)");
    purge->add_flag("--dry-run", o.dry_run, "only count");
    purge->add_flag("--vacuum", o.vacuum, "give the free space back to the disk: needs as much room as the store has, and no job running");
    auto* forget = app.add_subcommand("forget", "what is held about a person; with --yes it is removed");
    forget->add_option("person", o.person, "an e-mail, a phone number, or the id of a client, lead or other record")->required();
    auto* revoke = app.add_subcommand("revoke", "a person took back their consent: never offered to a buyer from now on");
    revoke->add_option("person", o.person, "an e-mail, a phone number, or the id of a client, lead or other record");
    revoke->add_flag("--list", o.list, "show what is barred, and since when; with a person, of that one");
    revoke->add_flag("--undo", o.undo, "it was a mistake: the person may be offered again");
    forget->add_flag("--yes", o.yes, "remove it, without asking");
    forget->add_flag("--others-too", o.others_too, "also records of another name that share the e-mail or phone");
    forget->add_option("--allow-removed", o.allow_removed, "let up to N records go")->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000000}));
}

[[noreturn]] void refuse_empty_value(const std::string& name) {
    throw CLI::ValidationError(name + " is given an empty value: leave it out, or say what it should be (a variable that isn't set?)");
}

// "--job=" would take the next word for its value.
void refuse_bare(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (word == "--") return;
        if (word.starts_with("--") && word.find('=') == word.size() - 1) refuse_empty_value(word.substr(0, word.size() - 1));
    }
}

// A variable of a script that isn't set would pass for an option that isn't there.
void refuse_empty(const CLI::App& command) {
    for (const auto* option : command.get_options()) {
        const auto& given = option->results();
        if (std::find(given.begin(), given.end(), "") != given.end()) refuse_empty_value(option->get_name());
    }
    for (const auto* below : command.get_subcommands()) refuse_empty(*below);
}

// "--output json" and "--output=json", wherever they stand: the line as a whole couldn't be parsed.
bool wants_json(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--output=json" || (words[i] == "--output" && i + 1 < words.size() && words[i + 1] == "json")) return true;
    }
    return false;
}

// CLI11 says only that a command is missing; a mistyped one is named, with the nearest. `level`: the program, or a command that has others.
std::string unknown_command(const CLI::App& level, const std::vector<std::string>& words) {
    static const std::set<std::string> kWithValue{"--config", "--store", "--output", "--log-level"};
    const std::string of = level.get_parent() == nullptr ? "" : level.get_name();
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (kWithValue.count(words[i]) != 0) {
            ++i;
        } else if (!words[i].empty() && words[i][0] != '-' && words[i] != of) {
            std::vector<std::string> names;
            for (const auto* command : level.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
            const std::string close = nearest(words[i], names);
            const std::string before = of.empty() ? "" : of + " ";
            return "there is no command '" + before + words[i] + "'" + (close.empty() ? "" : "; did you mean '" + before + close + "'?");
        }
    }
    return of.empty() ? "a command is missing" : "`" + of + "` needs a further word that says what to do";
}

// "--dryrun": the nearest option of the command, for the first word that none of them is.
std::string nearest_option(const CLI::App& command, const std::vector<std::string>& words) {
    std::vector<std::string> names;
    for (const CLI::App* level = &command; level != nullptr; level = level->get_parent()) {
        for (const auto* option : level->get_options()) {
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    for (const auto& word : words) {
        const std::string name = word.substr(0, word.find('='));
        if (!word.starts_with("--") || std::find(names.begin(), names.end(), name) != names.end()) continue;
        const std::string close = nearest(name, names);
        return close.empty() ? "" : "; did you mean '" + close + "'?";
    }
    return {};
}

void print_usage_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
    const auto parsed = app.get_subcommands();
    const CLI::App& level = parsed.empty() ? app : *parsed.front();
    const bool unknown = error.get_name() == "RequiredError" && !level.get_subcommands([](const CLI::App*) { return true; }).empty() && level.get_subcommands().empty();
    std::string message = unknown ? unknown_command(level, words) : std::string(error.what());
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !parsed.empty()) message += nearest_option(*parsed.front(), words);
    const std::string hint = parsed.empty() ? "`bindery --help` lists the commands" : "`bindery " + parsed.front()->get_name() + " --help` shows how it's written";
    print_problem(Error(ErrorCode::usage, message, hint), wants_json(words));
}

}  // namespace

Parsed parse_command_line(int argc, char** argv) {
    Parsed parsed;
    Options& o = parsed.options;
    CLI::App app{"Bindery keeps an insurance agency's books in agreement.", "bindery"};
    app.set_version_flag("--version", std::string("bindery ") + BINDERY_VERSION);
    app.add_option("--config", o.config, "bindery.yaml (default: ./config/bindery.yaml, then /etc/bindery/bindery.yaml)");
    app.add_option("--store", o.store, "another store file than the configured one");
    app.add_option("--output", o.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_option("--log-level", o.log_level, "trace, debug, info, warn or error")->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
    app.require_subcommand(1);
    app.fallthrough();
    add_run_commands(app, o);
    add_daemon_commands(app, o);
    add_webhook_commands(app, o);
    add_notify_commands(app, o);
    add_csv_commands(app, o);
    add_look_commands(app, o);
    add_care_commands(app, o);
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        refuse_bare(words);
        app.parse(argc, argv);
        refuse_empty(app);
        o.command = app.get_subcommands().front()->get_name();
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error, std::cout, std::cerr);  // help, version
            parsed.exit_code = 0;
            return parsed;
        }
        print_usage_error(app, error, words);
        parsed.exit_code = 64;
    }
    return parsed;
}

}  // namespace bindery
