// why, history, effects, settle: the story of records and of effects.
#include <algorithm>

#include "app/commands.h"
#include "app/choice_story.h"
#include "app/person_story.h"
#include "app/reconcile_story.h"
#include "app/sale_story.h"
#include "core/error.h"
#include "core/exact_json.h"
#include "core/sale_words.h"
#include "core/text.h"
#include "engine/revoke.h"
#include "store/datasets.h"
#include "store/ledger.h"
#include "store/records.h"
#include "store/sale_look.h"
#include "store/sales.h"

namespace bindery {
namespace {

const Mapping& mapping_of(Session& session) {
    try {
        return session.config().mapping(session.options().dataset);
    } catch (const Error& error) {
        throw Error(ErrorCode::usage, error.what(), "a dataset is written SERVICE.RESOURCE or book.NAME, such as bindpilot.renewals");
    }
}

std::string search_hint(const std::string& dataset) { return "search with `bindery query \"SELECT key, * FROM " + view_name(dataset) + "_all LIMIT 5\"`"; }

std::vector<RecordView> wanted_records(Session& session) {
    const Options& o = session.options();
    const Mapping& mapping = mapping_of(session);
    auto records = find_records(session.store_to_read(), mapping, o.key);
    if (records.empty()) throw Error(ErrorCode::not_found, o.dataset + " holds no record with that key or value", search_hint(o.dataset));
    return records;
}

json history_json(const std::vector<ChangeRow>& changes) {
    json list = json::array();
    for (const auto& change : changes) {
        json entry{{"run", change.run}, {"at", change.at}, {"kind", change.kind}};
        if (!change.field.empty()) entry["field"] = change.field;
        if (change.old_value) entry["old"] = *change.old_value;
        if (change.new_value) entry["new"] = *change.new_value;
        list.push_back(entry);
    }
    return list;
}

std::string history_table(const std::vector<ChangeRow>& changes) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& change : changes) {
        rows.push_back({std::to_string(change.run), change.at, change.kind, change.field, change.old_value.value_or("-"), change.new_value.value_or("-")});
    }
    return table({"RUN", "AT", "WHAT", "FIELD", "WAS", "BECAME"}, rows);
}

json effect_json(const EffectRow& e) {
    const auto text = [](const std::optional<std::string>& value) { return value ? json(*value) : json(); };
    return {{"identity", e.identity}, {"ref", e.ref}, {"effect", e.name}, {"job", e.job}, {"service", e.service}, {"operation", e.operation},
            {"once_per", parse_exact(e.once_per)}, {"state", e.state}, {"method", e.method}, {"path", e.path}, {"body", e.body}, {"attempts", e.attempts},
            {"first_run", e.first_run}, {"run", e.run}, {"created_at", e.created_at}, {"sent_at", text(e.sent_at)}, {"replied_at", text(e.replied_at)},
            {"status", e.status ? json(*e.status) : json()}, {"reply_id", text(e.reply_id)}, {"reply", text(e.reply)}, {"reason", text(e.reason)}, {"content_removed_at", text(e.blanked_at)}};
}

// Effects whose identity holds one of the record's own values (its key, or what it's matched by), and what followed from them.
std::vector<EffectRow> effects_about(Ledger& ledger, const Mapping& mapping, const RecordView& record, const std::vector<Elsewhere>& elsewhere) {
    std::vector<std::string> values{record.key};
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const auto& value = record.fields[i].second;
        if (!value) continue;
        if (mapping.fields[i].match) {
            if (const auto key = match_key(mapping.fields[i].type, *value)) values.push_back(*key);
        }
        if (mapping.fields[i].name.size() > 3 && mapping.fields[i].name.rfind("_id") == mapping.fields[i].name.size() - 3) values.push_back(*value);
    }
    for (const auto& twin : elsewhere) {
        if (twin.person) values.push_back(twin.key);
    }
    return effects_that_followed(ledger, values);
}

// What was sent, each attempt, what came back, and of a sale its questions and its proof.
Story effect_story(Session& session, Ledger& ledger, const EffectRow& effect) {
    std::string text;
    json entry = effect_json(effect);
    entry["attempts_made"] = json::array();
    text += "effect " + effect.name + " " + effect.ref + ": " + effect.state + "\n  once per " + effect.once_per + ", decided by job " + effect.job + " in run " +
            std::to_string(effect.first_run) + "\n  " + effect.method + " " + effect.path + " " + one_line(effect.body) + "\n";
    for (const auto& attempt : ledger.attempts(effect.identity)) {
        entry["attempts_made"].push_back({{"run", attempt.run}, {"started_at", attempt.started_at}, {"ending", attempt.ending.value_or("unknown: the process ended")},
                                          {"status", attempt.status ? json(*attempt.status) : json()}, {"problem", attempt.problem.value_or("")}});
        text += "  run " + std::to_string(attempt.run) + " sent it at " + attempt.started_at + ": " + attempt.ending.value_or("no reply was seen, the process ended") +
                (attempt.status ? " " + std::to_string(*attempt.status) : "") + (attempt.problem ? ", " + one_line(*attempt.problem) : "") + "\n";
    }
    if (effect.blanked_at) text += "  what was sent and answered was removed on " + effect.blanked_at->substr(0, 10) + " (purge or forget)\n";
    if (effect.reply) text += "  reply: " + one_line(*effect.reply) + "\n";
    if (effect.reason) text += "  why it's so: " + one_line(sale_reason_words(*effect.reason)) + "\n";
    if (const Story sale = sale_story(session, effect.identity); !sale.text.empty()) {
        entry["sale"] = sale.object;
        text += sale.text;
    }
    return {entry, text};
}

std::string bars_text(const std::vector<BarRow>& bars) {
    std::string text;
    for (const auto& bar : bars) text += "never offered to a buyer: its " + std::string(bar.kind == "email" ? "e-mail" : "phone") + " was " + (bar.why == "revoked" ? "barred by `bindery revoke`" : "barred when the person was forgotten") + ", " + bar.at + "\n";
    return text;
}

// Whether a record of the lead is held or not: after `forget`, or when its service has it no more.
int why_of_sales(Session& session, const std::string& word, const std::string& hint) {
    Store& store = session.store_to_read();
    const auto identities = sales_named(store, word);
    if (identities.empty()) throw Error(ErrorCode::not_found, "no record and no sale is known by that word", hint);
    Ledger ledger(store);
    Sales sales(store);
    json list = json::array();
    std::string text = identities.size() == 1 ? "no record of it is looked at; the sale that has this name:\n" : "no record of it is looked at; the sales that have this name:\n";
    for (const auto& identity : identities) {
        const auto effect = ledger.find(identity);
        const Story told = effect ? effect_story(session, ledger, *effect) : sale_without_post(session, identity);
        const auto bars = sales.bars(sales.persons_of(identity));
        list.push_back(told.object);
        if (!bars.empty()) list.back()["barred_since"] = bars.front().at;
        text += told.text + bars_text(bars);
    }
    print(session, {{"records", json::array()}, {"sales", list}}, text);
    return 0;
}

}  // namespace

int command_history(Session& session) {
    json object = json::array();
    std::string text;
    for (const auto& record : wanted_records(session)) {
        const auto changes = history(session.store_to_read(), session.options().dataset, record.key);
        const Story story = reconcile_story(session, session.options().dataset, record.key);
        object.push_back({{"key", record.key}, {"changes", history_json(changes)}, {"merge", story.object}});
        text += session.options().dataset + " " + record.key + "\n" + history_table(changes) + story.text;
    }
    print(session, {{"dataset", session.options().dataset}, {"records", object}}, text);
    return 0;
}

int command_why(Session& session) {
    const Options& o = session.options();
    if (o.key.empty()) return why_of_sales(session, o.dataset, "give a record (bindery why bi369.leads LEAD), or what names a sale: its reference (BN-…), the lead's id as its job names it, or the id of its bid");
    const Mapping& mapping = mapping_of(session);
    if (find_records(session.store_to_read(), mapping, o.key).empty()) return why_of_sales(session, o.key, search_hint(o.dataset) + "; of a sale whose record is gone give its reference (BN-…), the lead's id or the id of its bid");
    Ledger ledger(session.store_to_read());
    json object = json::array();
    std::string text;
    for (const auto& record : wanted_records(session)) {
        const auto changes = history(session.store_to_read(), o.dataset, record.key);
        json fields = json::object();
        text += o.dataset + " " + record.key + (record.removed_at ? " (removed " + *record.removed_at + ": " + record.removed_why.value_or("") + ")" : "") + "\n  as read at " +
                record.read_at + "\n";
        if (record.missed_at) text += "  missing from the complete pull of " + *record.missed_at + "; removed if the next one lacks it too\n";
        for (const auto& [name, value] : record.fields) {
            fields[name] = value ? json(*value) : json();
            if (value) text += "  " + name + ": " + one_line(*value) + "\n";
        }
        text += history_table(changes);
        const auto elsewhere = same_person_elsewhere(session, mapping, record);
        json twins = json::array();
        for (const auto& twin : elsewhere) {
            twins.push_back({{"dataset", twin.dataset}, {"key", twin.key}, {"by", twin.by}});
            text += "the same " + twin.by + ": " + twin.dataset + " " + one_line(twin.key) + "\n";
        }
        json effects = json::array();
        for (const auto& effect : effects_about(ledger, mapping, record, elsewhere)) {
            const Story told = effect_story(session, ledger, effect);
            effects.push_back(told.object);
            text += told.text;
        }
        const Story offers = sales_without_posts(session, {record.key});
        text += offers.text;
        const auto bars = bars_of(session.store_to_read(), mapping, record);
        text += bars_text(bars);
        const Story choice = choice_story(session, o.dataset, record.key);
        const Story story = reconcile_story(session, o.dataset, record.key);
        text += choice.text + story.text;
        object.push_back({{"key", record.key}, {"read_at", record.read_at}, {"choices", choice.object}, {"merge", story.object}, {"removed_at", record.removed_at ? json(*record.removed_at) : json()}, {"fields", fields},
                          {"changes", history_json(changes)}, {"elsewhere", twins}, {"effects", effects}});
        if (!offers.object.empty()) object.back()["sales"] = offers.object;
        if (!bars.empty()) object.back()["barred_since"] = bars.front().at;
    }
    print(session, {{"dataset", o.dataset}, {"records", object}}, text);
    return 0;
}

std::string reason_of(const EffectRow& effect) {
    const bool refused = effect.state == "rejected" || effect.state == "held";
    return one_line(sale_reason_words(effect.reason.value_or(""))) + (refused && effect.reply && !effect.reply->empty() ? ": " + one_line(*effect.reply) : "");
}

// A buyer's no to a lead is no refusal.
std::map<std::string, std::int64_t> counts_of_effects(Ledger& ledger, const std::string& job, const std::string& effect) {
    auto counts = ledger.count_by_state(job, effect);
    const std::int64_t turned_down = counts.count("rejected") != 0 ? ledger.turned_down(job, effect) : 0;
    if (turned_down == 0) return counts;
    counts["turned_down"] = turned_down;
    if ((counts["rejected"] -= turned_down) == 0) counts.erase("rejected");
    return counts;
}

int command_effects(Session& session) {
    const Options& o = session.options();
    Ledger ledger(session.store_to_read());
    const std::string job = o.jobs.empty() ? "" : o.jobs.front();
    std::vector<std::string> states;
    if (!o.state.empty()) states.push_back(o.state == "turned_down" ? "rejected" : o.state);
    const auto rows = ledger.list(job, o.effect, states, o.limit, o.state == "turned_down" ? Ledger::Which::turned_down : o.state == "rejected" ? Ledger::Which::others : Ledger::Which::all);
    json list = json::array();
    std::vector<std::vector<std::string>> cells;
    for (const auto& row : rows) {
        list.push_back(effect_json(row));
        cells.push_back({row.ref, row.name, row.state, std::to_string(row.attempts), row.sent_at.value_or("-"), row.once_per, reason_of(row)});
    }
    json counts = counts_of_effects(ledger, job, o.effect);
    std::string text = table({"REF", "EFFECT", "STATE", "ATTEMPTS", "SENT", "ONCE PER", "REASON"}, cells);
    std::string sums;
    for (const auto& [state, count] : counts.items()) sums += (sums.empty() ? "in all: " : ", ") + std::to_string(count.get<std::int64_t>()) + " " + state;
    print(session, {{"effects", list}, {"counts", counts}}, text + (sums.empty() ? "no effects yet" : sums) + "\n");
    return 0;
}

int command_settle(Session& session) {
    const Options& o = session.options();
    Ledger ledger(session.store());
    std::vector<EffectRow> rows;
    if (!o.id.empty()) {
        if (!o.effect.empty() || !o.state.empty()) throw Error(ErrorCode::usage, "give an effect's reference, or --effect and --state, not both");
        rows.push_back(ledger.find_by_person(o.id));
    } else {
        if (o.effect.empty() || o.state.empty()) throw Error(ErrorCode::usage, "which effects?", "give a reference (BN-…), or --effect NAME and --state STATE for all of them");
        rows = ledger.list("", o.effect, {o.state}, -1, Ledger::Which::others);  // whom a buyer turned down isn't offered again in bulk
    }
    json list = json::array();
    std::string text;
    for (const auto& row : rows) {
        ledger.settle(row.identity, o.as);
        const std::string state = ledger.find(row.identity)->state;
        list.push_back({{"ref", row.ref}, {"was", row.state}, {"state", state}});
        text += row.ref + ": " + row.state + " → " + state + "\n";
    }
    if (rows.empty()) text = "Nothing to settle: no effect " + o.effect + " is " + o.state + ".\n";
    print(session, {{"settled", list}}, text);
    return 0;
}

}  // namespace bindery
