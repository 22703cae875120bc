#include "app/hook_desk.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "app/hook_facts.h"
#include "config/secrets.h"
#include "core/error.h"

namespace bindery {
namespace {

constexpr auto kCountsAfter = std::chrono::seconds(2);

std::vector<std::string> listening_jobs(const Config& config) {
    std::vector<std::string> names;
    for (const auto& [name, job] : config.jobs) {
        if (!job.on.empty()) names.push_back(name);
    }
    return names;
}

web::HookRules rules_for(const Service& service, const Environment& environment, const std::filesystem::path& secrets_dir) {
    const Webhooks& hooks = *service.webhooks;
    web::HookRules rules;
    rules.service = service.name;
    for (const std::string& name : {hooks.secret, old_secret(hooks.secret)}) {
        if (auto found = find_secret(name, environment, secrets_dir)) rules.secrets.push_back(std::move(found->text));
    }
    rules.header = hooks.header;
    rules.prefix = hooks.prefix;
    rules.id = hooks.id;
    rules.event = hooks.event;
    rules.timestamp = hooks.timestamp;
    rules.max_age = hooks.max_age;
    return rules;
}

}  // namespace

HookDesk::HookDesk(Session& session, std::filesystem::path store, std::function<void()> ring)
    : session_(session), store_file_(std::move(store)), ring_(std::move(ring)) {}

std::map<std::string, web::HookRules> HookDesk::rules_of(const Config& config) const {
    std::map<std::string, web::HookRules> rules;
    for (const auto& [name, service] : config.services) {
        if (service.webhooks) rules[name] = rules_for(service, session_.environment(), config.settings.secrets_dir);
    }
    return rules;
}

void HookDesk::configure(const Config& config) {
    const WebhookSettings& wanted = config.settings.webhooks;
    if (!wanted.on()) {
        close();
        inbox_.reset();
        return;
    }
    auto rules = rules_of(config);
    const bool same = hooks() && open_as_.port == wanted.port && open_as_.address == wanted.address && open_as_.max_body == wanted.max_body;
    if (!inbox_) inbox_.emplace(store_file_, session_.clock());
    if (!same) reopen(wanted);
    for (const auto& [name, rule] : rules) {
        if (rule.secrets.empty()) session_.log().warn("the hook of {} refuses everything: its secret {} is nowhere", name, config.service(name).webhooks->secret);
    }
    hooks()->set_rules(rules);
    open_rules_ = std::move(rules);
    inbox_->drop_jobs_but(listening_jobs(config));
}

std::shared_ptr<web::Hooks> HookDesk::open(const WebhookSettings& wanted) {
    web::HooksOptions options;
    options.listener.port = wanted.port;
    options.listener.address = wanted.address;
    options.listener.max_body = wanted.max_body;
    options.listener.threads = 4;
    options.listener.waiting = 512;
    options.store = store_file_;
    options.clock = &session_.clock();
    options.kept = [this] {
        if (!expected_.exchange(true)) ring_();
    };
    options.counted = [this] {
        if (!counting_.exchange(true)) ring_();
    };
    options.warn = [log = session_.shared_log()](const std::string& line) { log->error("{}", line); };
    return std::make_shared<web::Hooks>(options);
}

void HookDesk::open_as_before() {
    try {
        set_hooks(open(open_as_));
        hooks()->set_rules(open_rules_);
    } catch (const Error& error) {
        session_.log().error("webhooks are shut until the next reload or start: {}", error.what());
    }
}

// What was open before is opened again when the new one can't be had.
void HookDesk::reopen(const WebhookSettings& wanted) {
    const bool had = hooks() != nullptr;
    const bool same_port = had && open_as_.port == wanted.port;
    if (same_port) close();  // the port must be free first
    try {
        set_hooks(open(wanted));
    } catch (const Error&) {
        if (same_port) open_as_before();
        throw;
    }
    open_as_ = wanted;
    session_.log().info("webhooks at http://{}:{}/hooks/", wanted.address, wanted.port);
}

void HookDesk::set_hooks(std::shared_ptr<web::Hooks> hooks) {
    std::shared_ptr<web::Hooks> before;  // ends outside of the lock: it answers what is under way first
    {
        const std::lock_guard lock(mutex_);
        before = std::exchange(hooks_, std::move(hooks));
    }
}

std::shared_ptr<web::Hooks> HookDesk::hooks() const {
    const std::lock_guard lock(mutex_);
    return hooks_;
}

void HookDesk::look_at_windows(const Config& config, WallTime now) {
    std::map<std::string, WallTime> open;
    for (const auto& [service, window] : inbox_->windows()) {
        if (window.state == WindowState::secret_written) {  // however late: it can be checked from now on
            open_rules_ = rules_of(config);
            hooks()->set_rules(open_rules_);
            inbox_->close_window(service);
            session_.log().info("the hook of {} has its secret", service);
        } else if (now >= window.until || window.until > now + std::chrono::hours(1)) {
            inbox_->close_window(service);
            session_.log().warn("the hook of {} is shut again: nobody finished setting it up", service);
        } else {
            open[service] = window.until;
        }
    }
    hooks()->set_windows(open);
    for (const auto& [service, window] : inbox_->windows()) {
        if (window.state != WindowState::asked) continue;
        inbox_->set_window(service, WindowState::open);
        session_.log().info("the hook of {} is being set up: until {} what can't be checked is answered with yes, and not kept", service, rfc3339(window.until));
    }
}

// What is refused is counted in memory, and written a moment later for all that came since: others read it from the file.
std::optional<WallTime> HookDesk::look_at_counts(WallTime now) {
    if (!counting_) return std::nullopt;
    const BootTime boot = session_.clock().boot();
    if (!write_counts_at_) write_counts_at_ = boot + kCountsAfter;
    if (boot < *write_counts_at_) return now + std::chrono::ceil<std::chrono::milliseconds>(*write_counts_at_ - boot);
    write_counts_at_.reset();
    counting_ = false;
    try {
        hooks()->flush_counts();
    } catch (const Error&) {
        // They stay counted, and are written with the next ones.
    }
    return std::nullopt;
}

// Services are told to send it again, and people that it doesn't come in: until as much as the longest event has could be written.
void HookDesk::look_at_keeping() {
    const auto open = hooks();
    const std::uint64_t before = open->cannot_keep();
    if (before == 0) return;
    inbox_->try_to_keep(open_as_.max_body);
    open->can_keep(before);
}

std::optional<WallTime> HookDesk::look(const Config& config, Store& store, WallTime now, const std::set<std::string>& busy, const std::set<std::string>& paused, const Start& start) {
    if (!inbox_ || !hooks()) return std::nullopt;
    const auto wake = look_at_events(config, store, now, busy, paused, start);
    look_at_keeping();
    return wake;
}

std::optional<WallTime> HookDesk::look_at_events(const Config& config, Store& store, WallTime now, const std::set<std::string>& busy, const std::set<std::string>& paused, const Start& start) {
    look_at_windows(config, now);
    expected_ = false;  // what comes from here on rings
    const auto looked = runs_.look(*inbox_, store, config, now, busy, paused, [&start](const std::string& job, const std::optional<HintedReads>& reads) { start(job, {reads}); });
    const Sorting& sorting = looked.sorting;
    if (sorting.again) expected_ = true;
    if (sorting.hinted + sorting.echoes + sorting.unheard > 0)
        session_.log().debug("webhooks: {} events to look into, {} echoes, {} that no job listens to", sorting.hinted, sorting.echoes, sorting.unheard);
    const std::optional<WallTime> counts = look_at_counts(now);
    return counts && looked.again ? std::min(*counts, *looked.again) : counts ? counts : looked.again;
}

void HookDesk::polls(const std::string& job) {
    if (inbox_) runs_.polls(*inbox_, job);
}

void HookDesk::ended(const EndedRun& end, WallTime now) {
    const auto after = runs_.ended(inbox_ ? &*inbox_ : nullptr, end.job, end.report ? &*end.report : nullptr, end.error ? std::optional(end.error->code()) : std::nullopt, now);
    if (after == HintedRuns::After::given_up) session_.log().error("job {}: what webhooks named couldn't be read, time and again; its next run on schedule reads it", end.job);
}

// An inbox that can't be used takes no page with it: /readyz and messages to people tell of it, and what was counted meanwhile is
// told once it can be written.
std::optional<InboxFacts> HookDesk::facts() const {
    const auto now = hooks();
    if (!now) return std::nullopt;
    try {
        now->flush_counts();
        const auto inbox = Inbox::open_to_look(store_file_, session_.clock());
        return inbox ? std::optional(inbox->facts()) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::vector<web::HookFacts> HookDesk::hooks_of(const Config& config) const {
    const auto now = hooks();
    if (!now) return {};
    try {
        now->flush_counts();
        const auto inbox = Inbox::open_to_look(store_file_, session_.clock());
        return hook_facts(config, session_.environment(), inbox.get(), session_.clock().wall());
    } catch (const Error&) {
        return hook_facts(config, session_.environment(), nullptr, session_.clock().wall());
    }
}

}  // namespace bindery
