#pragma once
// The command line as a plain struct; parse_command_line (CLI11) fills it, run_command (commands.h) carries it out.
#include <cstdint>
#include <string>
#include <vector>

namespace bindery {

struct Options {
    std::string config;          // empty: the default places
    std::string store;           // empty: as configured
    std::string output = "text"; // text | json
    std::string log_level;       // empty: as configured
    std::string command;

    std::vector<std::string> jobs;
    bool all = false;
    bool dry_run = false;
    bool online = false;
    bool check = false;
    bool accept_ledger = false;
    bool baseline = false;
    bool detailed_exit_code = false;
    std::int64_t allow_effects = -1;
    std::int64_t allow_removed = -1;
    std::string file;     // plan --out, apply FILE
    std::string trigger;  // who started it: hand | schedule
    std::string dataset, key;
    std::string state, effect, as;
    std::string id;
    bool calls = false, changes = false;  // show
    std::string sql, format;
    std::string kind;
    std::string field, take;
    std::string into, profile, as_of, to, corrections, unmatched;  // import, export
    bool full = false, partial = false, older = false, suggest = false, bom = false, raw = false;
    bool integrity = false, replace = false, vacuum = false;  // check, backup, purge
    std::string person;                                       // forget
    bool yes = false, others_too = false;
    bool revoke = false;  // open
    bool list = false, undo = false;  // revoke
    std::string action, service;        // webhooks register | list
    std::vector<std::string> events;
    bool rotate = false;
    std::string channel;                // notify test
    int limit = 20;
    int next = 1;                          // jobs --next
    std::string expression, zone, from;    // cron next
    std::string why;                       // pause
};

// Throws nothing: `exit_code` ≥ 0 means that the program ends with it (help, version, a usage error already printed).
struct Parsed {
    Options options;
    int exit_code = -1;
};
Parsed parse_command_line(int argc, char** argv);

}  // namespace bindery
