#pragma once
// The daemon's pages, health and metrics, put together from config, store and budget.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "store/inbox.h"
#include "web/pages.h"

namespace spdlog {
class logger;
}

namespace bindery {

// What the daemon tells of itself. Each is called from threads of the pages, several at a time, as long as the pages live.
struct PagesSource {
    std::function<std::shared_ptr<const Config>()> config;     // as it was loaded last
    std::filesystem::path store;                               // as opened: it is there, and migrated
    Environment environment;
    const Clock* clock = nullptr;
    std::shared_ptr<spdlog::logger> log;                       // one that threads may share
    // May be empty. `amend` sets what only a scheduler knows (next, paused, running); reasons are for /readyz, without paths or persons.
    std::function<void(web::JobFacts&)> amend;
    std::function<std::optional<InboxFacts>()> webhooks;
    std::function<std::vector<web::HookFacts>()> hooks{};
    std::function<std::vector<std::string>()> not_ready;
};

// Answers until it is destroyed. nullptr when `web.port` is 0. Error(config) when the port can't be had. `any_port`: for tests, a free one.
std::unique_ptr<web::Pages> start_pages(const PagesSource& source, bool any_port = false);

}  // namespace bindery
