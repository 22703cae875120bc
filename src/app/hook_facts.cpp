#include "app/hook_facts.h"

#include <algorithm>
#include <set>

#include "config/secrets.h"
#include "core/error.h"

namespace bindery {
namespace {

constexpr auto kTooLong = std::chrono::hours(1);  // a retry after failures waits so long at the most

// Whether it takes events, and what to do if not.
void hook_secret(const Config& config, const Service& service, const Environment& environment, web::HookFacts& facts) {
    const std::string& name = service.webhooks->secret;
    try {
        const auto own = find_secret(name, environment, config.settings.secrets_dir), old = find_secret(old_secret(name), environment, config.settings.secrets_dir);
        facts.takes = own || old;
        if (own) facts.state = old ? "takes events signed with its secret or the one before" : "takes events signed with its secret";
        else if (old) facts.state = "takes events signed with the secret before, " + old_secret(name) + ", alone: " + name + " is nowhere";
        else facts.state = "refuses everything: its secret " + name + " is nowhere";
    } catch (const Error& error) {
        facts.state = std::string("its secret can't be used: ") + error.what();
    }
    if (facts.takes) return;
    facts.to_do = service.webhooks->register_by.empty() ? "set the webhook up at " + service.name + ", put its secret into " + name + " in secrets_dir (mode 600), and reload the daemon"
                                                        : "bindery webhooks register --service " + service.name;
}

void hook_counts(const InboxFacts& inbox, WallTime now, web::HookFacts& facts) {
    static const std::set<std::string> kTaken{"kept", "repeated", "window"};
    for (const auto& [what, count] : inbox.requests) {
        if (what.first != facts.service) continue;
        if (what.second == "kept") facts.kept = count;
        else if (what.second == "repeated") facts.repeated = count;
        else if (!kTaken.contains(what.second)) facts.refused[what.second] = count;
    }
    const auto found = inbox.services.find(facts.service);
    if (found == inbox.services.end()) return;
    const InboxService& own = found->second;
    facts.last = own.last;
    facts.waiting = own.waiting;
    facts.oldest = own.oldest;
    facts.late = own.oldest && now - *own.oldest > kTooLong;
    facts.sorted = own.sorted;
}

std::string counts_in_words(const std::map<std::string, std::int64_t>& counts) {
    std::string text;
    for (const auto& [what, count] : counts) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    return text;
}

}  // namespace

std::string hook_words(const web::HookFacts& hook) {
    std::string text = hook.state;
    if (hook.setting_up) text += "; is being set up until " + rfc3339(*hook.setting_up);
    else if (!hook.to_do.empty()) text += " (to do: " + hook.to_do + ")";
    text += hook.last ? "; last event " + rfc3339(*hook.last) : "; no event yet";
    text += "; " + std::to_string(hook.kept) + " received" + (hook.sorted.empty() ? "" : " (" + counts_in_words(hook.sorted) + ")");
    if (hook.repeated > 0) text += ", " + std::to_string(hook.repeated) + " sent again";
    if (!hook.refused.empty()) text += "; refused: " + counts_in_words(hook.refused);
    text += "; " + std::to_string(hook.waiting) + " waiting";
    return text + (hook.oldest ? ", the oldest since " + rfc3339(*hook.oldest) : "");
}

std::vector<web::HookFacts> hook_facts(const Config& config, const Environment& environment, Inbox* inbox, WallTime now) {
    std::vector<web::HookFacts> all;
    if (!config.settings.webhooks.on()) return all;
    const InboxFacts counts = inbox != nullptr ? inbox->facts() : InboxFacts{};
    const auto windows = inbox != nullptr ? inbox->windows() : std::map<std::string, HookWindow>{};
    for (const auto& [name, service] : config.services) {
        if (!service.webhooks) continue;
        web::HookFacts facts;
        facts.service = name;
        for (const auto& [job_name, job] : config.jobs) {
            if (std::any_of(job.on.begin(), job.on.end(), [&](const Listen& listen) { return listen.service == name; })) facts.jobs.push_back(job_name);
        }
        hook_secret(config, service, environment, facts);
        const auto window = windows.find(name);
        if (window != windows.end() && now < window->second.until) facts.setting_up = window->second.until;
        hook_counts(counts, now, facts);
        all.push_back(std::move(facts));
    }
    return all;
}

}  // namespace bindery
