#pragma once
// The commands. Each returns its exit code and prints its result on stdout: text for people, or, with --output json, exactly one
// object. Errors fly to main, which prints them the same way.
#include "app/session.h"
#include "core/error.h"
#include "store/forgotten.h"
#include "store/ledger.h"

namespace bindery {

int command_sync(Session& session);
int command_plan(Session& session);
int command_apply(Session& session);
int command_check(Session& session);
int command_jobs(Session& session);
int command_status(Session& session);
int command_runs(Session& session);
int command_show(Session& session);
int command_why(Session& session);
int command_history(Session& session);
int command_effects(Session& session);
int command_settle(Session& session);
int command_webhooks(Session& session);
int command_open(Session& session);
int command_notify(Session& session);                            // notify test
int command_start_failed(const Options& options, const StopFlag& stop);  // notify start-failed: when no configuration can be had
void tell_cron_mistake(const Options& options, const StopFlag& stop, const Error& error);  // what cron starts can't read its configuration; never throws
int command_query(Session& session);
int command_import(Session& session);
int command_export(Session& session);
int command_conflicts(Session& session);
int command_resolve(Session& session);
int command_run(Session& session);
int command_pause(Session& session);
int command_resume(Session& session);
int command_cron_next(const Options& options);  // needs no configuration
int command_backup(Session& session);
int command_purge(Session& session);
int command_forget(Session& session);
int command_revoke(Session& session);
int command_check_integrity(Session& session);  // check --integrity

// Opens what's needed, carries the command out, prints errors. Never throws an Error.
int run_command(const Options& options, const StopFlag& stop);

// Does a signal ask this command to finish what is under way (a run), or may it end at once?
bool stops_in_order(const std::string& command);

// "what is wrong. To do: what to do": for a log, a status line, a message.
std::string in_one_line(const Error& error);

// On stderr, and with `as_json` as the one object on stdout. Returns the exit code.
int print_problem(const Error& error, bool as_json);

// One JSON object on stdout, or text.
void print(const Session& session, const nlohmann::json& object, const std::string& text);

// Columns wide enough for their cells; the last isn't padded. Control characters are shown as '?': nothing from a service may
// steer a terminal.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
std::string printable(const std::string& text);

// The budget file, which is told of who was barred; nullptr when it can't be opened. What a person is to know of how that went; empty when all is well.
BudgetFile* budget_to_tell(Session& session);
std::string marked_text(Marked marked);
std::string marked_word(Marked marked);

// Why an effect is as it is; of a refused one with the service's own words, which may name a client: for a person's eyes alone.
std::string reason_of(const EffectRow& effect);

}  // namespace bindery
