#include "engine/context.h"

#include <spdlog/logger.h>

#include "config/secrets.h"
#include "core/dates.h"

namespace bindery {

Caller& Callers::to(const std::string& name) {
    Line& line = lines_[name];
    if (line.caller) return *line.caller;
    const Service& service = engine_.config.service(name);
    std::string key;
    if (!service.bearer_secret.empty()) {
        key = read_secret(service.bearer_secret, engine_.environment, engine_.config.settings.secrets_dir);
    }
    line.wire = engine_.make_wire();
    line.caller = std::make_unique<Caller>(make_account(service, key, engine_.config.settings.contact), *line.wire, engine_.budget,
                                           engine_.clock, Random(engine_.seed ^ std::hash<std::string>{}(name)), engine_.call_class,
                                           waiter_ + "/" + name);
    line.caller->log = &log_;
    line.caller->on_wait = [this, name](const char* what, BootTime until) {
        const Duration left = until - engine_.clock.boot();
        if (std::string_view(what) == "reply" || left < std::chrono::seconds(1)) return;
        engine_.log.debug("{}: waits {} for {}", name, format_duration(left), what);
        if (engine_.progress) engine_.progress(name + ": waits " + format_duration(left) + " for a " + what);
    };
    return *line.caller;
}

std::string key_and_place(const Engine& engine, const std::string& service) {
    const std::string& secret = engine.config.service(service).bearer_secret;
    if (secret.empty()) return "the key of " + service;
    return "the key of " + service + " (from " + secret_place(secret, engine.environment, engine.config.settings.secrets_dir) + ")";
}

bool Callers::stop_asked() {
    if (lines_.empty()) return engine_.make_wire()->stop_asked();
    for (const auto& [name, line] : lines_) {
        if (line.wire && line.wire->stop_asked()) return true;
    }
    return false;
}

void Callers::sleep(BootTime until) {
    for (auto& [name, line] : lines_) {
        if (!line.wire) continue;
        const BootTime from = engine_.clock.boot();
        while (engine_.clock.boot() < until && !line.wire->stop_asked()) line.wire->wait(until);
        log_.waited(name, "look", engine_.clock.wall(), engine_.clock.boot() - from);
        return;
    }
}

std::map<std::string, const CallStats*> Callers::stats() const {
    std::map<std::string, const CallStats*> stats;
    for (const auto& [name, line] : lines_) {
        if (line.caller) stats[name] = &line.caller->stats();
    }
    return stats;
}

}  // namespace bindery
