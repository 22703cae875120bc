#include "web/hooks.h"

#include "core/error.h"

namespace bindery::web {
namespace {

constexpr std::string_view kHookPath = "/hooks/";

Reply hook_reply(int status, const std::string& text) {
    Reply reply;
    reply.status = status;
    reply.body = text + "\n";
    if (status == 503) reply.headers.emplace_back("Retry-After", "30");
    return reply;
}

ListenerOptions with_refusals(ListenerOptions options, std::function<void(const std::string&, int)> refused) {
    options.purpose = "webhooks";
    options.setting = "webhooks.port";
    options.refused = std::move(refused);
    return options;
}

}  // namespace

Hooks::Hooks(const HooksOptions& options) : options_(options), writer_(options.store, *options.clock), rules_(std::make_shared<const RulesMap>()) {
    const auto listener = with_refusals(options.listener, [this](const std::string& path, int status) { refused(path, status); });
    listener_ = std::make_unique<Listener>(
        listener,
        [](const Request&) {
            Reply later;
            later.status = 0;
            return later;
        },
        [this](const Request& request) { return answer(request); });
}

void Hooks::set_rules(std::map<std::string, HookRules> rules) {
    auto fresh = std::make_shared<const RulesMap>(std::move(rules));
    const std::lock_guard lock(mutex_);
    rules_ = std::move(fresh);
}

void Hooks::set_windows(std::map<std::string, WallTime> windows) {
    const std::lock_guard lock(mutex_);
    windows_ = std::move(windows);
}

std::string Hooks::service_of(const std::string& path) const {
    return path.starts_with(kHookPath) ? path.substr(kHookPath.size()) : std::string();
}

bool Hooks::in_window(const std::string& service) const {
    const std::lock_guard lock(mutex_);
    const auto window = windows_.find(service);
    return window != windows_.end() && options_.clock->wall() < window->second;
}

void Hooks::refused(const std::string& path, int status) {
    const std::string service = service_of(path);
    {
        const std::lock_guard lock(mutex_);
        if (!rules_->contains(service)) return;
        ++early_[{service, status == 413 ? hook_result::kTooLarge : hook_result::kTooMany}];
    }
    if (options_.counted) options_.counted();
}

void Hooks::count(const std::string& service, const std::string& result) {
    if (writer_.note(service, result) && options_.counted) options_.counted();
}

void Hooks::count_early() {
    InboxTallies early;
    {
        const std::lock_guard lock(mutex_);
        early.swap(early_);
    }
    for (const auto& [what, requests] : early) {
        for (std::int64_t i = 0; i < requests; ++i) count(what.first, what.second);
    }
}

void Hooks::flush_counts() {
    count_early();
    writer_.flush();
}

std::uint64_t Hooks::cannot_keep() const {
    const std::lock_guard lock(mutex_);
    return cannot_keep_ ? not_kept_ : 0;
}

void Hooks::can_keep(std::uint64_t before) {
    const std::lock_guard lock(mutex_);
    if (not_kept_ == before) cannot_keep_ = false;
}

Reply Hooks::answer(const Request& request) {
    count_early();
    std::shared_ptr<const RulesMap> rules;
    {
        const std::lock_guard lock(mutex_);
        rules = rules_;
    }
    const auto found = rules->find(service_of(request.path));
    if (found == rules->end()) return hook_reply(404, "there is nothing here");
    if (request.method != "POST") {
        Reply reply = hook_reply(405, "a webhook is posted");
        reply.headers.emplace_back("Allow", "POST");
        return reply;
    }
    const HookVerdict verdict = judge_hook(found->second, request, options_.clock->wall());
    if (verdict.result == hook_result::kKept) return keep(verdict, found->second, request);
    if (verdict.unsigned_one() && in_window(found->first)) {
        count(found->first, hook_result::kWindow);
        return hook_reply(200, "not kept: this hook is being set up");
    }
    count(found->first, verdict.result);
    return hook_reply(verdict.status, verdict.text);
}

Reply Hooks::keep(const HookVerdict& verdict, const HookRules& rules, const Request& request) {
    try {
        const bool fresh = writer_.keep({0, rules.service, verdict.id, verdict.event, request.body, options_.clock->wall()});
        if (fresh) options_.kept();
        return hook_reply(200, fresh ? "kept" : "known already");
    } catch (const Error& error) {
        bool warn = false;
        {
            const std::lock_guard lock(mutex_);
            warn = !cannot_keep_;
            cannot_keep_ = true;
            ++not_kept_;
        }
        count(rules.service, hook_result::kNotKept);  // and the daemon looks
        if (warn) options_.warn(std::string("a webhook couldn't be kept, and is refused so that it comes again: ") + error.what());
        return hook_reply(503, "it can't be kept now; try again later");
    }
}

}  // namespace bindery::web
