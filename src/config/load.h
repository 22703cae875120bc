#pragma once
// YAML files to checked structs. All errors of a file are gathered and thrown as one Error(config), each with file,
// line, column and, for an unknown key, the nearest known one. One table of keys (keys.h) serves parser, messages and
// schema.
// `${VAR}` and `${VAR:-default}` in scalars come from the environment; an unset or empty VAR without default is an error,
// unless the variables say that it stays as it is written; in bindery.yaml it is one always.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/book.h"
#include "config/job.h"
#include "config/service.h"
#include "config/settings.h"
#include "core/csv_profile.h"
#include "core/nearest.h"

namespace bindery {

Settings load_settings(const std::filesystem::path& file, const Variables& variables);
// Only what a message to people needs (notify, secrets_dir, ca_file, store, budget), out of a file that may be at fault elsewhere; nullopt when
// that part can't be read either.
std::optional<Settings> settings_for_messages(const std::filesystem::path& file, const Variables& variables);
Service load_service(const std::filesystem::path& file, const Variables& variables);
Job load_job(const std::filesystem::path& file, const Settings& settings, const Variables& variables);

// Everything of one agency, checked against each other: datasets and operations exist, effect names are unique,
// placeholders of paths are given. SQL is not looked at (the store compiles it). Errors of all files are gathered in
// one Error(config).
struct Config {
    Settings settings;
    std::map<std::string, Service> services;
    std::map<std::string, Book> books;  // by name
    std::map<std::string, CsvProfile> csv;  // profiles, by name
    std::map<std::string, Job> jobs;  // by name
    // Empty unless read by load_config_in_part. "job.leads", "service.bi369", "book.policies", "csv.web_leads" → the first fault with its
    // place; and all the faults, a line each, in the order of their places.
    std::map<std::string, std::string> left_out;
    std::vector<std::string> faults;
    std::string fault_of(const std::string& part) const;            // of left_out; empty: there is none
    std::map<std::string, std::string> jobs_left_out() const;       // by the job's name
    std::vector<std::string> records_left_out() const;              // "book.policies", "service.bi369"
    std::string fault_of_what_it_reads(const std::filesystem::path& job_file) const;  // of a service or book left out whose views its SQL names
    [[noreturn]] void refuse() const;                               // Error(config) with all of `faults`
    const Service& service(const std::string& name) const;
    const Resource& resource(const std::string& dataset) const;  // "service.resource"
    const Book& book(const std::string& dataset) const;            // "book.NAME"
    const Mapping& mapping(const std::string& dataset) const;    // of a service's resource or a book
    const Job& job(const std::string& name) const;               // Error(config) naming the nearest job
};
// `skip_empty_profiles`: for who is about to write one, since a shell makes the file first (import --suggest > config/csv/mine.yaml).
Config load_config(const std::filesystem::path& file, const Variables& variables, bool skip_empty_profiles = false);
// For who needs only a part: what must be sound, or it throws. `records`: services and books, and the settings about their datasets.
enum class Sound { all, records, settings };
// What is at fault is left out: a file, a job that needs such a file or whose SQL reads what it stands for, jobs that share an effect's
// name. A folder that can't be read is never forgiven.
Config load_config_in_part(const std::filesystem::path& file, const Variables& variables, Sound sound, bool skip_empty_profiles = false);

// JSON Schema (draft 7, no `pattern`, no `format`) for "bindery", "service", "book", "csv" or "job".
nlohmann::json schema(std::string_view kind);

}  // namespace bindery
