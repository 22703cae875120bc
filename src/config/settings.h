#pragma once
// bindery.yaml as a plain checked struct. Paths are absolute once loaded: relative ones are taken from the file's
// folder.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/retention.h"
#include "core/clock.h"

namespace bindery {

// The environment, passed in so that tests need none.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment process_environment();

// What `${VAR}` is read from. `keep_unset`: one without a value stays as it is written, instead of being a fault; for
// commands that work no job.
struct Variables : Environment {
    using Environment::Environment;
    Variables(Environment given) : Environment(std::move(given)) {}
    bool keep_unset = false;
};

struct LogSettings {
    std::string level = "info";   // trace debug info warn error
    std::string format = "text";  // text | json
};

// How people are told when something is wrong. Docs: docs/notify.md.
struct NotifySettings {
    std::vector<std::string> command;  // program and arguments; the message comes on its standard input. Empty: none
    std::string webhook_url;           // empty: none
    std::string webhook_secret;        // name of the secret that signs it; empty: unsigned
    std::string smtp;                  // smtps://host:465 or smtp://host:587 (with STARTTLS); empty: no mail
    std::string mail_from, mail_user, mail_secret;  // mail_secret: name of the password's secret
    std::vector<std::string> mail_to;
    std::string command_at, webhook_secret_at, mail_secret_at;  // where they stand, for messages: bindery.yaml:12:5
    bool any() const { return !command.empty() || !webhook_url.empty() || !smtp.empty(); }
};

struct WebSettings {
    bool port_given = false;         // else a taken port costs the pages, not the jobs
    std::uint16_t port = 8369;       // of the pages, health and metrics, on 127.0.0.1; 0: none of them
    std::vector<std::string> hosts;  // names that requests may come by beside localhost; with a port, or with ours
};

// Where webhooks come in. Docs: docs/webhooks.md.
struct WebhookSettings {
    bool on() const { return port != 0; }
    std::uint16_t port = 0;  // 0: no listener
    std::string address = "127.0.0.1";
    std::string url;                    // how services reach it, by way of the reverse proxy; without a trailing slash
    std::size_t max_body = 256u << 10;  // bytes
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
    NotifySettings notify;
    WebSettings web;
    WebhookSettings webhooks;
    Duration resume_within{std::chrono::minutes(15)};  // a stopped pull's pages are used again while they are younger
    Retention retention;
};

}  // namespace bindery
