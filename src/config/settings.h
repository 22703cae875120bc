#pragma once
// bindery.yaml as a plain checked struct. Paths are absolute once loaded: relative ones are taken from the file's
// folder.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"

namespace bindery {

// The environment, passed in so that tests need none.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment process_environment();

struct LogSettings {
    std::string level = "info";   // trace debug info warn error
    std::string format = "text";  // text | json
};

struct WebSettings {
    std::uint16_t port = 8369;       // of the pages, health and metrics, on 127.0.0.1; 0: none of them
    std::vector<std::string> hosts;  // names that requests may come by beside localhost; with a port, or with ours
};

struct Settings {
    std::filesystem::path file;   // where it was read from
    std::filesystem::path store;  // `store:`, default bindery.db
    std::filesystem::path
        budget;  // `budget:`, default $XDG_STATE_HOME/bindery/budget.db or ~/.local/state/bindery/budget.db
    std::filesystem::path secrets_dir;  // `secrets_dir:`, default `secrets` beside the file
    std::filesystem::path services;     // `services:`, default `services` beside the file
    std::filesystem::path csv;          // `csv:`, default `csv` beside the file; needn't be there
    std::filesystem::path books;        // `books:`, default `books` beside the file; needn't be there
    std::filesystem::path
        jobs;             // `jobs:`, default ../jobs if the file's folder is called config, else `jobs` beside it
    std::string contact;  // goes into User-Agent: bindery/VERSION (+contact)
    std::string timezone = "UTC";  // of jobs that name none
    std::string ca_file;           // extra trust for TLS; empty: the system's
    LogSettings log;
    WebSettings web;
    Duration resume_within{std::chrono::minutes(15)};  // a stopped pull's pages are used again while they are younger
};

}  // namespace bindery
