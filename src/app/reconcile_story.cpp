#include "app/reconcile_story.h"

#include "app/commands.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "store/agreed.h"
#include "store/corrections.h"
#include "store/ledger.h"

namespace bindery {
namespace {

std::string shown(const std::optional<std::string>& value) { return value ? one_line(*value) : "(blank)"; }

}  // namespace

Story reconcile_story(Session& session, const std::string& dataset, const std::string& key) {
    Store& store = session.store_to_read();
    Story story;
    json pairs = json::array(), corrections = json::array(), conflicts = json::array();
    for (const auto& [name, job] : session.config().jobs) {
        for (const auto& step : job.steps) {
            const auto* books = std::get_if<ReconcileStep>(&step);
            if (books == nullptr || (books->ours != dataset && books->theirs != dataset)) continue;
            const auto row = agreed_of(store, name, key, books->theirs == dataset);
            if (!row) continue;
            const bool theirs = books->theirs == dataset;
            const std::string other = theirs ? books->ours : books->theirs, other_key = theirs ? row->ours_key : row->theirs_key;
            pairs.push_back({{"job", name}, {"with", other}, {"key", other_key}, {"agreed", parse_exact(row->base)}, {"run", row->run}});
            story.text += "pair by job " + name + ": " + other + " " + one_line(other_key) + ", agreed last in run " + std::to_string(row->run) + " on " + one_line(row->base) + "\n";
        }
    }
    for (const auto& row : Corrections(store).about(dataset, key)) {
        json entry{{"job", row.job}, {"field", row.field}, {"had", row.had ? json(*row.had) : json()}, {"wanted", row.wanted ? json(*row.wanted) : json()},
                   {"state", row.state}, {"since_run", row.since_run}, {"since_at", row.since_at}, {"missed", row.missed}};
        if (row.identity) entry["effect"] = Ledger::short_ref(*row.identity);
        if (row.reason) entry["reason"] = *row.reason;
        corrections.push_back(entry);
        story.text += "correction of " + row.field + ": " + shown(row.had) + " → " + shown(row.wanted) + ", " + row.state + " since run " + std::to_string(row.since_run) +
                      (row.identity ? ", by effect " + Ledger::short_ref(*row.identity) + " (" + row.effect_state + ")" : "") + (row.reason ? ", " + one_line(*row.reason) : "") + "\n";
    }
    for (const auto& row : Conflicts(store).about(dataset, key)) {
        conflicts.push_back({{"id", row.id}, {"kind", row.kind}, {"field", row.field}, {"state", row.state}, {"opened_run", row.opened_run}});
        story.text += "conflict " + conflict_text(row);
    }
    story.object = {{"pairs", pairs}, {"corrections", corrections}, {"conflicts", conflicts}};
    return story;
}

}  // namespace bindery
