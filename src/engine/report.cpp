#include "engine/report.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "engine/sale_text.h"

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

json changes_json(const std::vector<FieldChange>& changes) {
    json out = json::array();
    for (const auto& change : changes) {
        out.push_back({{"field", change.field}, {"before", change.before ? json(*change.before) : json()}, {"after", change.after ? json(*change.after) : json()}});
    }
    return out;
}

json list_json(const std::vector<PlannedCall>& list) {
    json out = json::array();
    for (const auto& call : list) {
        out.push_back({{"effect", call.effect}, {"identity", call.identity}, {"ref", call.ref},   {"decision", call.decision},
                       {"method", call.method}, {"path", call.path},         {"body", call.body}, {"once_per", call.once_per}});
        if (!call.changes.empty()) out.back()["changes"] = changes_json(call.changes);
    }
    return out;
}

json reconciled_json(const ReconcileReport& r) {
    json out{{"ours", r.ours},           {"theirs", r.theirs},     {"ours_as_of", r.ours_as_of},   {"theirs_as_of", r.theirs_as_of},
             {"pairs", r.pairs},         {"by_fallback", r.by_fallback}, {"agree", r.agree},       {"differ", r.differ},
             {"to_theirs", r.to_theirs}, {"to_ours", r.to_ours},   {"confirmed", r.confirmed},     {"unconfirmed", r.unconfirmed},
             {"cleared", r.cleared},     {"reported", r.reported}, {"only_ours", r.only_ours},     {"only_theirs", r.only_theirs}, {"doubles", r.doubles},
             {"gone", r.gone},           {"conflicts_opened", r.conflicts_opened},                 {"conflicts_closed", r.conflicts_closed},
             {"not_kept", r.not_kept},   {"braked", r.braked},     {"not_taken", r.not_taken}};
    if (!r.idle.empty()) out["idle"] = r.idle;
    return out;
}

json sale_json(const SaleReport& s) {
    json out{{"effect", s.effect},     {"kind", s.kind},         {"mode", s.mode},         {"selected", s.selected}, {"offered", s.offered},
             {"asked", s.pings},       {"bids", s.bids},         {"declined", s.declined}, {"too_low", s.too_low},   {"lapsed", s.lapsed},
             {"refused", s.refused},   {"waiting", s.waiting},   {"unfit", s.unfit},       {"tested", s.tested},     {"sold", s.sold},
             {"unclear", s.unclear},   {"money", s.money},       {"passed_over", s.passed_over}, {"rejected", s.rejected},
             {"followed", s.followed}, {"billable", s.billable}};
    if (!s.waits.empty()) out["waits"] = s.waits;
    if (!s.cost.empty()) out["cost"] = s.cost;
    return out;
}

json attention_json(const Attention& a) { return {{"effect", a.effect}, {"ref", a.ref}, {"state", a.state}, {"reason", a.reason}}; }

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

void reconciled_text(std::string& out, const ReconcileReport& r) {
    out += "  " + r.ours + " against " + r.theirs + ": " + plural(r.pairs, "pair") + ", " + std::to_string(r.differ) + " differ";
    const auto part = [&](std::int64_t n, const char* what) {
        if (n > 0) out += ", " + std::to_string(n) + " " + what;
    };
    part(r.by_fallback, "matched by a fallback");
    part(r.to_theirs, "fields for theirs");
    part(r.to_ours, "fields for ours");
    part(r.confirmed, "confirmed");
    part(r.unconfirmed, "answered and unconfirmed");
    part(r.not_kept, "not kept");
    part(r.braked, "braked");
    part(r.not_taken, "not sent, since theirs doesn't take the value");
    part(r.cleared, "emptied on one side");
    part(r.reported, "reported");
    part(r.only_ours, "only in ours");
    part(r.doubles, "of them perhaps a second row");
    part(r.only_theirs, "only in theirs");
    part(r.gone, "gone on one side");
    part(r.conflicts_opened, "conflicts opened");
    part(r.conflicts_closed, "conflicts closed");
    out += "\n";
}

}  // namespace

// What a service remarks is about no single effect.
std::string attention_text(const json& a) {
    const std::string ref = a.value("ref", ""), effect = a.value("effect", ""), state = a.value("state", "");
    return "  look at " + one_line((ref.empty() ? effect + " (" + state : ref + " (" + effect + ", " + state) + "): " + a.value("reason", "")) + "\n";
}

json to_json(const RunReport& r) {
    json datasets = json::object();
    for (const auto& [name, dataset] : r.datasets) datasets[name] = dataset_json(dataset);
    const EffectCounts& e = r.effects;
    json effects{{"planned", e.planned},   {"done", e.done}, {"already_done", e.already_done}, {"rejected", e.rejected},
                 {"in_doubt", e.in_doubt}, {"held", e.held}, {"withdrawn", e.withdrawn}};
    if (!r.then_up_to.empty()) effects["then_up_to"] = r.then_up_to;
    if (r.kind == "plan") effects["list"] = list_json(r.list);
    json out{{"job", r.job},           {"run", r.run},           {"outcome", r.outcome},
             {"datasets", datasets},   {"effects", effects},     {"conflicts", r.conflicts},
             {"requests", r.requests}, {"waited_seconds", r.waited_seconds}, {"seconds", r.seconds},
             {"exit_code", static_cast<int>(r.exit)},            {"now", r.now}, {"today", r.today}};
    if (r.incomplete) out["incomplete"] = true;
    if (!r.reconciled.empty()) {
        out["reconciled"] = json::array();
        for (const auto& reconciled : r.reconciled) out["reconciled"].push_back(reconciled_json(reconciled));
    }
    if (!r.sales.empty()) {
        out["sales"] = json::array();
        for (const auto& sale : r.sales) out["sales"].push_back(sale_json(sale));
    }
    if (!r.counted.empty()) out["counted"] = r.counted;
    if (!r.passed_over.empty()) out["passed_over"] = r.passed_over;
    if (!r.cost.empty()) out["cost"] = r.cost;
    if (!r.warnings.empty()) out["warnings"] = r.warnings;
    if (!r.attention.empty()) {
        out["attention"] = json::array();
        for (const auto& a : r.attention) out["attention"].push_back(attention_json(a));
    }
    if (r.error) out["error"] = {{"code", r.error->code}, {"message", r.error->message}, {"hint", r.error->hint}};
    return out;
}

constexpr std::size_t kShown = 10;

std::string to_text(const RunReport& r) {
    std::string out = "Job " + r.job + (r.run > 0 ? ", run " + std::to_string(r.run) : "") + ": " + r.outcome + "\n";
    for (const auto& [name, dataset] : r.datasets) dataset_text(out, name, dataset);
    for (const auto& reconciled : r.reconciled) reconciled_text(out, reconciled);
    for (const auto& sale : r.sales) out += sale_text(sale_json(sale));
    const EffectCounts& e = r.effects;
    if (r.kind == "baseline") {
        out += "  " + plural(e.done, "effect") + " recorded as dealt with, nothing was sent; " + std::to_string(e.already_done) + " done before";
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
            for (const auto& [value, rows] : values) out += " " + one_line(value) + " " + std::to_string(rows) + ";";
            out.back() = '\n';
        }
    }
    for (const auto& [effect, datasets] : r.passed_over) {
        for (const auto& [dataset, reasons] : datasets) {
            if (reasons.empty()) continue;
            out += "  " + effect + " passed over in " + dataset + ":";
            for (const auto& [reason, records] : reasons) out += " " + one_line(reason) + " " + std::to_string(records) + ";";
            out.back() = '\n';
        }
    }
    for (const auto& call : r.list) {
        out += "  " + call.effect + " " + call.ref + " (" + call.decision + "): " + call.method + " " + call.path + "\n    " + call.body + "\n";
        for (const auto& change : call.changes) {
            out += "    " + change.field + ": " + one_line(change.before.value_or("(blank)")) + " → " + one_line(change.after.value_or("(blank)")) + "\n";
        }
    }
    if (r.kind == "plan") {
        for (const auto& [effect, n] : r.then_up_to) out += "  " + effect + ": then up to " + std::to_string(n) + ", once what comes before is answered\n";
    }
    if (r.conflicts > 0) out += "  " + plural(r.conflicts, "conflict") + " for a person: bindery conflicts --job " + r.job + "\n";
    for (std::size_t i = 0; i < r.warnings.size() && i < kShown; ++i) out += "  warning: " + one_line(r.warnings[i]) + "\n";
    if (r.warnings.size() > kShown) out += "  … and " + std::to_string(r.warnings.size() - kShown) + " more: bindery show " + std::to_string(r.run) + "\n";
    for (std::size_t i = 0; i < r.attention.size() && i < kShown; ++i) out += attention_text(attention_json(r.attention[i]));
    if (r.attention.size() > kShown) out += "  … and " + std::to_string(r.attention.size() - kShown) + " more: bindery show " + std::to_string(r.run) + "\n";
    if (e.rejected > 0) {
        out += r.sales.empty() ? "  what to do: mend what the service refused (bindery effects --state rejected); what changes is sent again by itself\n"
                               : "  what to do: mend what the service refused (bindery effects --state rejected), then bindery settle REF --as retry: a sale isn't sent again by itself\n";
    }
    const auto decide = [&](std::int64_t n, const std::string& words, const std::string& state) {
        if (n == 0) return;
        out += "  what to do: " + std::to_string(n) + (n == 1 ? " effect " : " effects ") + words + ": bindery effects --job " + r.job + " --state " + state +
               ", then bindery settle REF --as done, retry or drop\n";
    };
    decide(e.held, "held for a person", "held");
    decide(e.in_doubt, r.sales.empty() ? "in doubt (a step with `when_in_doubt: retry` sends them once more by itself, the others wait for you)"
                                       : "in doubt (the job's next run asks the buyer what became of a post; what it can't say then waits for you)", "in_doubt");
    if (!r.requests.empty()) {
        out += "  requests:";
        for (const auto& [service, n] : r.requests) out += " " + service + " " + std::to_string(n) + ";";
        out.back() = '\n';
        for (const auto& [service, seconds] : r.waited) {
            if (seconds >= 1) out += "  waited for " + service + ": " + std::to_string(static_cast<std::int64_t>(seconds)) + " s\n";
        }
    }
    if (!r.cost.empty()) out += (r.error ? "by what the store holds: " : "") + r.cost + "\n";
    if (r.error) {
        out += "  error: " + one_line(r.error->message) + "\n";
        if (!r.error->hint.empty()) out += "  what to do: " + one_line(r.error->hint) + "\n";
    }
    return out;
}

}  // namespace bindery
