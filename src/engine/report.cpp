#include "engine/report.h"

#include <algorithm>
#include <array>

namespace bindery {

ExitCode exit_code_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage: return ExitCode::usage;
        case ErrorCode::config: return ExitCode::config;
        case ErrorCode::running_elsewhere: return ExitCode::running_elsewhere;
        case ErrorCode::guard: return ExitCode::guard;
        case ErrorCode::incomplete: return ExitCode::partial;
        case ErrorCode::interrupted: return ExitCode::interrupted;
        case ErrorCode::not_found: return ExitCode::usage;
        default: return ExitCode::failed;
    }
}

ExitCode worse(ExitCode a, ExitCode b) {
    static constexpr std::array kOrder{ExitCode::interrupted, ExitCode::config, ExitCode::usage,   ExitCode::running_elsewhere, ExitCode::failed,
                                       ExitCode::guard,       ExitCode::doubt,  ExitCode::partial, ExitCode::changes_pending,   ExitCode::done};
    return std::find(kOrder.begin(), kOrder.end(), a) <= std::find(kOrder.begin(), kOrder.end(), b) ? a : b;
}

void RunReport::fail(const Error& problem) {
    if (!error) error = Problem{code_name(problem.code()), problem.what(), problem.hint()};
    worsen(exit_code_of(problem.code()));
}

namespace {

json dataset_json(const DatasetReport& d) {
    const LandCounts& c = d.counts;
    json out{{"seen", c.seen},           {"added", c.added},           {"changed", c.changed},       {"removed", c.removed},
             {"unchanged", c.unchanged}, {"folded", c.folded},         {"superseded", c.superseded}, {"quarantined", c.quarantined},
             {"verdict", d.verdict},     {"complete", d.complete}};
    if (!d.as_of.empty()) out["as_of"] = d.as_of;
    if (c.expired > 0) out["expired"] = c.expired;
    if (c.withheld > 0) out["withheld"] = c.withheld;
    if (c.missing_once > 0) out["missing_once"] = c.missing_once;
    if (!c.removed_keys.empty()) out["removed_keys"] = c.removed_keys;
    return out;
}

json list_json(const std::vector<PlannedCall>& list) {
    json out = json::array();
    for (const auto& call : list) {
        out.push_back({{"effect", call.effect}, {"identity", call.identity}, {"ref", call.ref},   {"decision", call.decision},
                       {"method", call.method}, {"path", call.path},         {"body", call.body}, {"once_per", call.once_per}});
    }
    return out;
}

std::string plural(std::int64_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

void dataset_text(std::string& out, const std::string& name, const DatasetReport& d) {
    const LandCounts& c = d.counts;
    out += "  " + name + ": " + plural(c.seen, "record") + " read (" + d.verdict + ")";
    const auto part = [&](std::int64_t n, const char* what) {
        if (n > 0) out += ", " + std::to_string(n) + " " + what;
    };
    part(c.added, "added");
    part(c.changed, "changed");
    part(c.removed, "removed");
    part(c.unchanged, "unchanged");
    part(c.folded, "repeated");
    part(c.superseded, "superseded by newer readings");
    part(c.quarantined, "quarantined");
    part(c.withheld, "removals withheld");
    out += "\n";
}

}  // namespace

json to_json(const RunReport& r) {
    json datasets = json::object();
    for (const auto& [name, dataset] : r.datasets) datasets[name] = dataset_json(dataset);
    const EffectCounts& e = r.effects;
    json effects{{"planned", e.planned},   {"done", e.done}, {"already_done", e.already_done}, {"rejected", e.rejected},
                 {"in_doubt", e.in_doubt}, {"held", e.held}, {"withdrawn", e.withdrawn}};
    if (r.kind == "plan") effects["list"] = list_json(r.list);
    json out{{"job", r.job},           {"run", r.run},           {"outcome", r.outcome},
             {"datasets", datasets},   {"effects", effects},     {"conflicts", r.conflicts},
             {"requests", r.requests}, {"waited_seconds", r.waited_seconds}, {"seconds", r.seconds},
             {"exit_code", static_cast<int>(r.exit)},            {"now", r.now}, {"today", r.today}};
    if (!r.counted.empty()) out["counted"] = r.counted;
    if (!r.cost.empty()) out["cost"] = r.cost;
    if (!r.warnings.empty()) out["warnings"] = r.warnings;
    if (!r.attention.empty()) {
        out["attention"] = json::array();
        for (const auto& a : r.attention) out["attention"].push_back({{"effect", a.effect}, {"ref", a.ref}, {"state", a.state}, {"reason", a.reason}});
    }
    if (r.error) out["error"] = {{"code", r.error->code}, {"message", r.error->message}, {"hint", r.error->hint}};
    return out;
}

constexpr std::size_t kShown = 10;

std::string to_text(const RunReport& r) {
    std::string out = "Job " + r.job + ", run " + std::to_string(r.run) + ": " + r.outcome + "\n";
    for (const auto& [name, dataset] : r.datasets) dataset_text(out, name, dataset);
    const EffectCounts& e = r.effects;
    if (r.kind == "baseline") {
        out += "  " + plural(e.done, "effect") + " recorded as done, nothing was sent; " + std::to_string(e.already_done) + " done before";
    } else {
        out += "  effects: " + std::to_string(e.planned) + " planned, " + std::to_string(e.done) + " done, " + std::to_string(e.already_done) + " done before";
    }
    const auto part = [&](std::int64_t n, const char* what) {
        if (n > 0) out += ", " + std::to_string(n) + " " + what;
    };
    part(e.rejected, "rejected");
    part(e.in_doubt, "in doubt");
    part(e.held, "held for a person");
    part(e.withdrawn, "withdrawn");
    out += "\n";
    for (const auto& [effect, columns] : r.counted) {
        for (const auto& [column, values] : columns) {
            out += "  " + effect + " by " + column + ":";
            for (const auto& [value, rows] : values) out += " " + value + " " + std::to_string(rows) + ";";
            out.back() = '\n';
        }
    }
    for (const auto& call : r.list) {
        out += "  " + call.effect + " " + call.ref + " (" + call.decision + "): " + call.method + " " + call.path + "\n    " + call.body + "\n";
    }
    for (std::size_t i = 0; i < r.warnings.size() && i < kShown; ++i) out += "  warning: " + r.warnings[i] + "\n";
    if (r.warnings.size() > kShown) out += "  … and " + std::to_string(r.warnings.size() - kShown) + " more: bindery show " + std::to_string(r.run) + "\n";
    for (std::size_t i = 0; i < r.attention.size() && i < kShown; ++i) {
        const Attention& a = r.attention[i];
        out += "  look at " + a.ref + " (" + a.effect + ", " + a.state + "): " + a.reason + "\n";
    }
    if (r.attention.size() > kShown) out += "  … and " + std::to_string(r.attention.size() - kShown) + " more: bindery show " + std::to_string(r.run) + "\n";
    if (e.rejected > 0) out += "  what to do: mend what the service refused (bindery effects --state rejected); what changes is sent again by itself\n";
    if (e.held > 0) out += "  what to do: decide on what is held (bindery effects --state held, then bindery settle REF --as done, retry or drop)\n";
    if (!r.requests.empty()) {
        out += "  requests:";
        for (const auto& [service, n] : r.requests) out += " " + service + " " + std::to_string(n) + ";";
        out.back() = '\n';
    }
    if (!r.cost.empty()) out += r.cost + "\n";
    if (r.error) {
        out += "  error: " + r.error->message + "\n";
        if (!r.error->hint.empty()) out += "  what to do: " + r.error->hint + "\n";
    }
    return out;
}

}  // namespace bindery
