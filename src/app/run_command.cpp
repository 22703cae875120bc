#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>

#include "app/commands.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "engine/report.h"
#include "store/store.h"

namespace bindery {

std::string in_one_line(const Error& error) {
    std::string text = error.what();
    if (error.hint().empty()) return text;
    const bool ended = text.ends_with('?') || text.ends_with('.');
    return text + (ended ? " To do: " : ". To do: ") + error.hint();
}

int print_problem(const Error& error, bool as_json) {
    if (isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K";
    std::cerr << "bindery: " << one_line(error.what()) << "\n";
    if (!error.hint().empty()) std::cerr << "  what to do: " << one_line(error.hint()) << "\n";
    const int code = static_cast<int>(exit_code_of(error.code()));
    if (as_json) {
        const json object{{"error", {{"code", code_name(error.code())}, {"message", error.what()}, {"hint", error.hint()}}}, {"exit_code", code}};
        std::cout << object.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
    }
    return code;
}

bool stops_in_order(const std::string& command) { return command == "sync" || command == "plan" || command == "apply" || command == "check" || command == "settle" || command == "import" || command == "resolve" ||
           command == "backup" || command == "purge" || command == "forget" || command == "revoke" || command == "run" || command == "open" || command == "webhooks" || command == "notify"; }

namespace {

// What cron starts has nobody in front of it.
void begin(std::optional<Session>& session, const Options& options, const StopFlag& stop) {
    try {
        session.emplace(options, stop);
    } catch (const Error& error) {
        if (options.command == "sync" && options.trigger == "schedule") tell_cron_mistake(options, stop, error);
        throw;
    }
}

// What SQLite says of the store becomes a message about the store.
int carry_out(int (*command)(Session&), Session& session) {
    try {
        return command(session);
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        rethrow_store_error(error, session.store_file());
    }
}

}  // namespace

int run_command(const Options& options, const StopFlag& stop) {
    using Command = int (*)(Session&);
    static const std::map<std::string, Command> kCommands{
        {"sync", command_sync},     {"plan", command_plan},       {"apply", command_apply},   {"check", command_check},
        {"jobs", command_jobs},     {"status", command_status},   {"runs", command_runs},     {"show", command_show},
        {"why", command_why},       {"history", command_history}, {"effects", command_effects}, {"settle", command_settle},
        {"import", command_import},   {"export", command_export},   {"open", command_open},       {"query", command_query},     {"conflicts", command_conflicts}, {"resolve", command_resolve},
        {"run", command_run},       {"pause", command_pause},     {"resume", command_resume},
        {"webhooks", command_webhooks}, {"notify", command_notify}, {"backup", command_backup},   {"purge", command_purge},     {"forget", command_forget}, {"revoke", command_revoke}};
    try {
        if (options.command == "schema") {
            std::cout << schema(options.kind).dump(2) << "\n";
            return 0;
        }
        if (options.command == "cron") return command_cron_next(options);
        if (options.command == "notify" && options.action == "start-failed") return command_start_failed(options, stop);
        std::optional<Session> session;
        begin(session, options, stop);
        const int code = carry_out(kCommands.at(options.command), *session);
        std::cout.flush();
        if (!std::cout) throw Error(ErrorCode::store, "the output can't be written (disk full, or the reader went away)");
        return code;
    } catch (const Error& error) {
        return print_problem(error, options.output == "json");
    } catch (const std::exception& error) {
        return print_problem(Error(ErrorCode::internal, std::string("unexpected: ") + error.what(), "please report this"), options.output == "json");
    }
}

void print(const Session& session, const json& object, const std::string& text) {
    if (session.options().output == "json") {
        std::cout << object.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
    } else {
        std::cout << text;
    }
}

std::string printable(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {  // C1: some terminals take U+009B for ESC [
            out += '?';
            ++i;
        } else {
            out += (byte < 0x20 && byte != '\n') || byte == 0x7f ? '?' : text[i];
        }
    }
    return out;
}

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
    const auto width_of = [](const std::string& text) {
        return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    };
    std::vector<std::vector<std::string>> all{header};
    all.insert(all.end(), rows.begin(), rows.end());
    std::vector<std::size_t> widths(header.size(), 0);
    for (auto& row : all) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = one_line(row[i]);
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string out;
    for (const auto& row : all) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += row[i];
            if (i + 1 < row.size()) out += std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        out += "\n";
    }
    return out;
}

}  // namespace bindery
