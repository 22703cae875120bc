#pragma once
// What `bindery check` finds out before anything runs: SQL against the views, placeholders, effect names, delivery promises; and
// online, whether the services' records fit the service files.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/context.h"
#include "store/job_sql.h"

namespace bindery {

// Compiles each select of the job against the store's views; checks placeholders, once_per and the other columns it names.
// Throws one Error(config) with all that's wrong, each with its place in the job file. `run`: also runs each select, on a store
// without records, which finds vars that aren't of the form that the SQL reads (a list that is a text, a date that is none).
void check_job_sql(const Job& job, const std::filesystem::path& store, bool run = false);

// One line a push step: is a lost reply repeated, found again, or who carries the doubt.
std::vector<std::string> delivery_promises(const Config& config, const Job& job);

// A warning when the vars still hold the addresses that the shipped jobs come with (….example).
std::optional<std::string> sample_addresses(const Job& job);

// Warnings, each with its place: a folder that files should come from and that isn't there, a consent that outlives its proof.
std::vector<std::string> doubtful(const Config& config, const Job& job);

// Names in the ledger that no job has any more; sending them under another name would double them.
std::vector<std::string> vanished_effects(const Config& config, Store& store);

// What a sample page says of a mapping.
struct FieldCheck {
    std::string dataset;
    std::size_t records = 0;
    std::vector<std::string> found;       // mapped, and in the sample
    std::vector<std::string> missing;     // mapped, and in no record of the sample
    std::vector<std::string> unreadable;  // "premium as money"
    struct Extra {
        std::string member;      // present in the sample, not mapped
        std::string suggestion;  // a line for the service file
    };
    std::vector<Extra> extra;
    std::string problem;  // the read failed: why; then the rest is empty
    std::string hint;
};
FieldCheck hold_against_mapping(const Mapping& mapping, const std::vector<std::string_view>& documents);

// One read for each list that a job pulls, and at least one for each service that has a list.
std::vector<FieldCheck> check_online(const Engine& engine);

// Whether a buyer takes the key: services that jobs sell to have no list to read, so the status of a bid that nobody made is asked for,
// which changes nothing. That there is no such bid is the good answer.
struct KeyCheck {
    std::string service;
    std::string problem, hint;  // empty: it's taken
};
std::vector<KeyCheck> check_keys_online(const Engine& engine);

// An id in a job file that the addresses of its writes are made of (the project that tasks go to), looked up at the service. Ids that
// come from rows aren't looked up, nor those of a reconcile.
struct IdCheck {
    std::string dataset, id;
    std::vector<std::string> jobs;
    std::string problem, hint;  // empty: it is there
};
std::vector<IdCheck> check_ids_online(const Engine& engine);

}  // namespace bindery
