#include "app/start_pages.h"

#include <spdlog/logger.h>

#include <mutex>
#include <optional>

#include "app/conflict_decider.h"
#include "app/page_facts.h"
#include "core/error.h"
#include "store/ledger.h"
#include "store/web_access.h"

namespace bindery {
namespace {

// The budget file as pages read it. Never made by a look.
class SharedBudget {
  public:
    std::vector<web::ServiceFacts> facts(const Config& config, const Environment& environment, const Clock& clock) {
        const std::lock_guard lock(mutex_);
        std::error_code ignored;
        if (!std::filesystem::exists(config.settings.budget, ignored)) budget_.reset();
        else if (!budget_) budget_.emplace(config.settings.budget, clock);
        return budget_facts(config, environment, budget_ ? &*budget_ : nullptr, clock);
    }

  private:
    std::mutex mutex_;
    std::optional<BudgetFile> budget_;
};

// Mappings of the present config, gathered anew when it changes.
class SharedMappings {
  public:
    std::shared_ptr<const std::vector<Mapping>> of(const std::shared_ptr<const Config>& config) {
        const std::lock_guard lock(mutex_);
        if (config == config_) return mappings_;
        auto all = std::make_shared<std::vector<Mapping>>();
        for (const auto& [name, book] : config->books) all->push_back(book.mapping);
        for (const auto& [name, service] : config->services) {
            for (const auto& [resource_name, resource] : service.resources) all->push_back(resource.mapping);
        }
        config_ = config;
        mappings_ = std::move(all);
        return mappings_;
    }

  private:
    std::mutex mutex_;
    std::shared_ptr<const Config> config_;
    std::shared_ptr<const std::vector<Mapping>> mappings_;
};

std::string decide(const PagesSource& source, const web::Decision& decision) {
    Store store(source.store, *source.clock);
    store.wait_at_most(web::kDecisionWaits);
    if (decision.about == web::Decision::About::conflict) {
        const ConflictRow row = ConflictDecider(store, *source.config()).decide(decision.id, decision.word, decision.seen);
        return "Conflict " + decision.id + ": " + row.take.value_or("") + ". The next run of job " + row.job + " carries it out.";
    }
    Ledger ledger(store);
    const EffectRow effect = ledger.find_by_person(decision.id);
    ledger.settle(effect.identity, decision.word, decision.seen);
    return effect.ref + ": " + effect.state + ", now " + ledger.find(effect.identity)->state + ".";
}

}  // namespace

std::unique_ptr<web::Pages> start_pages(const PagesSource& source, bool any_port) {
    const auto config = source.config();
    if (config->settings.web.port == 0 && !any_port) return nullptr;
    web::ListenerOptions options;
    options.port = any_port ? 0 : config->settings.web.port;
    web::Feed feed;
    feed.store = source.store;
    feed.clock = source.clock;
    feed.new_token = new_web_token;
    feed.timezone = [source] { return source.config()->settings.timezone; };
    feed.jobs = [source](Store& store) {
        auto all = job_facts(*source.config(), store, source.clock->wall());
        if (source.amend) {
            for (auto& job : all) source.amend(job);
        }
        return all;
    };
    feed.budget = [source, budget = std::make_shared<SharedBudget>()] { return budget->facts(*source.config(), source.environment, *source.clock); };
    feed.datasets = [source, mappings = std::make_shared<SharedMappings>()] { return mappings->of(source.config()); };
    feed.not_ready = [source] { return source.not_ready ? source.not_ready() : std::vector<std::string>{}; };
    feed.webhooks = [source] { return source.webhooks ? source.webhooks() : std::optional<InboxFacts>(); };
    feed.hooks = [source] { return source.hooks ? source.hooks() : std::vector<web::HookFacts>{}; };
    feed.decide = [source](const web::Decision& decision) { return decide(source, decision); };
    feed.warn = [source](const std::string& line) {
        if (source.log) source.log->warn("{}", line);
    };
    return std::make_unique<web::Pages>(std::move(feed), options, config->settings.web.hosts);
}

}  // namespace bindery
