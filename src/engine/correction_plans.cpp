#include "engine/correction_plans.h"

#include <algorithm>

#include "core/exact_json.h"
#include "store/record_by_key.h"

namespace bindery {

CorrectionPlans::CorrectionPlans(const Engine& engine, ReconcileState& state, const ReconcileContext& context)
    : engine_(engine), state_(state), step_(state.step), number_(context.number), dry_(context.dry), fixed_(context.fixed), corrections_(engine.store), ledger_(engine.store) {
    begin(changes_, step_.push);
    begin(records_, step_.create);
}

void CorrectionPlans::begin(std::optional<PushPlan>& plan, const PushStep& push) {
    if (push.operation.empty()) return;
    plan.emplace();
    plan->step = &push;
    plan->operation = &engine_.config.service(push.service).operations.at(push.operation);
    plan->number = number_;
    plan->corrections = true;
}

bool CorrectionPlans::correct(const DifferingPair& pair, const std::vector<FieldChange>& changes) {
    const std::string& key = pair.theirs_key;
    if (!changes_) return false;
    json by_field = json::object();
    Correction correction = correction_of(step_.push, key);
    for (const auto& change : changes) {
        by_field[change.field] = {change.before ? json(*change.before) : json(), *change.after};
        correction.changes.emplace_back(change.field, *change.after);
    }
    const std::string after = corrections_.last_answered(step_.theirs, key, step_.push.effect);
    json once{{"record", key}, {"changes", by_field}};
    if (!after.empty()) once["after"] = Ledger::short_ref(after);
    if (const auto document = document_by_row(engine_.store, step_.theirs, pair.theirs_row)) correction.document = parse_exact(*document);
    const Planned planned = plan_effect(*changes_, step_.push, correction, dump_exact(once), key, changes);
    for (const auto& change : changes) note(planned, key, pair.ours_key, change.field, change.before, change.after);
    return will_send(planned.decision);
}

Correction CorrectionPlans::correction_of(const PushStep& push, const std::string& key) const {
    Correction correction;
    correction.step = &step_;
    correction.push = &push;
    correction.operation = &engine_.config.service(push.service).operations.at(push.operation);
    correction.theirs = state_.theirs;
    correction.key = key;
    correction.fixed = fixed_;
    return correction;
}

Planned CorrectionPlans::plan_effect(PushPlan& plan, const PushStep& push, Correction& correction, const std::string& once_per, const std::string& order,
                                     const std::vector<FieldChange>& changes) {
    EffectRow row;
    row.once_per = once_per;
    row.name = push.effect;
    row.identity = ledger_.identity(push.effect, once_per);
    row.ref = correction.ref = Ledger::short_ref(row.identity);
    row.job = state_.job.name;
    row.service = push.service;
    row.operation = push.operation;
    row.state = "pending";
    row.method = correction.operation->call.method;
    row.order_key = order;
    row.when_in_doubt = push.when_in_doubt == WhenInDoubt::retry ? "retry" : "hold";
    row.run = state_.run;
    const CorrectionCall call = correction_call(correction);
    row.path = call.path;
    row.body = dump_exact(call.body);
    row.content_hash = engine_.store.keyed_hash(row.method + " " + row.path + "\n" + row.body);
    plan.selected.insert(row.identity);
    Planned planned{row, decide(known_effect(ledger_, row.identity), row.content_hash), changes};
    if (!call.problem.empty() && will_send(planned.decision)) {
        ledger_.put(row);
        ledger_.hold(row.identity, state_.run, call.problem);
        planned.decision = Decision::still_held;
        state_.attention.push_back({row.name, row.ref, "held", call.problem});
        state_.asks = true;
    }
    plan.effects.push_back(planned);
    return planned;
}

void CorrectionPlans::note(const Planned& planned, const std::string& key, const std::string& ours_key, const std::string& field, const std::optional<std::string>& had,
                           const std::optional<std::string>& wanted) {
    const auto open = state_.to_theirs.find({key, field});
    const bool same = open != state_.to_theirs.end() && open->second.identity == planned.row.identity && open->second.other_key == ours_key;
    if (planned.decision == Decision::still_dropped) {
        if (same) corrections_.close(open->second.id, "dropped", state_.run, "a person dropped its effect");
        return;
    }
    if (same && open->second.had == had && open->second.wanted == wanted) return;  // it is open as it is
    if (open != state_.to_theirs.end() && !same) corrections_.close(open->second.id, "dropped", state_.run, "overtaken: goes out with another effect");
    CorrectionRow row;
    row.job = state_.job.name;
    row.dataset = step_.theirs;
    row.key = key;
    row.other_key = ours_key;
    row.field = field;
    row.had = had;
    row.wanted = wanted;
    row.state = "open";
    row.identity = planned.row.identity;
    corrections_.put(row, state_.run);
}

// Effects whose every field is still wanted, or shown, stay with the plan: looked up when in doubt, counted as done, rejected or held.
void CorrectionPlans::carry(const std::string& key) {
    for (auto row = state_.to_theirs.lower_bound({key, {}}); row != state_.to_theirs.end() && row->first.first == key; ++row) {
        if (!row->second.identity) continue;
        const std::string& identity = *row->second.identity;
        const auto carried = state_.carried.find(identity), confirmed = state_.confirmed.find(identity);
        if (carried == state_.carried.end()) continue;
        const std::size_t shown = confirmed == state_.confirmed.end() ? 0 : confirmed->second;
        if (carried->second + shown == state_.rows_of[identity]) keep(changes_, identity);
    }
}

void CorrectionPlans::keep(std::optional<PushPlan>& plan, const std::string& identity) {
    if (!plan || !plan->selected.insert(identity).second) return;
    const auto row = ledger_.find(identity);
    if (row) plan->effects.push_back({*row, decide(known_effect(ledger_, identity), row->content_hash), {}});
}

void CorrectionPlans::keep_new(const std::string& ours_key) {
    const auto row = new_records_.find(ours_key);
    if (row != new_records_.end() && row->second.identity) keep(records_ ? records_ : changes_, *row->second.identity);
}

bool CorrectionPlans::is_begun(const std::string& ours_key) const {
    const auto row = new_records_.find(ours_key);
    return row != new_records_.end() && row->second.effect_state != "pending" && row->second.effect_state != "withdrawn";
}

bool CorrectionPlans::is_decided(const std::string& ours_key) const { return new_records_.count(ours_key) != 0; }

// The service gives it.
bool CorrectionPlans::is_their_key(const std::string& name) const {
    return std::any_of(state_.theirs->fields.begin(), state_.theirs->fields.end(),
                       [&](const Field& field) { return field.name == name && !field.pointers.empty() && field.pointers.front() == state_.theirs->key_pointers.front(); });
}

void CorrectionPlans::make(const std::string& ours_key) {
    if (!changes_ && !records_) return;
    const auto record = record_by_key(engine_.store, *state_.ours, ours_key);
    if (!record) return;
    const PushStep& push = records_ ? step_.create : step_.push;
    Correction correction = correction_of(push, {});
    std::vector<FieldChange> changes;
    const auto add = [&](const std::string& name) {
        for (const auto& [field, value] : record->fields) {
            if (field != name || !value || is_their_key(name) || std::any_of(changes.begin(), changes.end(), [&](const auto& c) { return c.field == name; })) continue;
            const auto taken = taken_spelling(*state_.theirs, name, *value);
            if (!taken) {
                note_not_taken(state_, name, *value, ours_key);
                continue;
            }
            changes.push_back({name, std::nullopt, taken});
            correction.changes.emplace_back(name, *taken);
        }
    };
    for (const auto& list : step_.match) {
        for (const auto& name : list) add(name);
    }
    for (const auto& field : state_.fields) add(field.name);
    if (const auto row = new_records_.find(ours_key); row != new_records_.end() && wait_for_new(row->second)) return;
    PushPlan& plan = records_ ? *records_ : *changes_;
    const Planned planned = plan_effect(plan, push, correction, dump_exact({{"record", ours_key}, {"new", true}}), "new " + ours_key, changes);
    note(planned, {}, ours_key, {}, std::nullopt, std::nullopt);
}

bool CorrectionPlans::wait_for_new(const CorrectionRow& row) {
    Underway under;
    under.state = effect_state(row.effect_state).value_or(EffectState::pending);
    if (under.state != EffectState::done) return false;
    under.answered_at = row.answered_at;
    under.read_at = under.complete_at = state_.complete_at;
    under.missed_at = row.missed_at.value_or("");
    under.missed = row.missed;
    ++state_.report.unconfirmed;
    switch (next_step(under)) {
        case CorrectionStep::missed:
            corrections_.note_missed(row.id, under.missed_at > under.answered_at ? under.missed + 1 : 1, under.complete_at);
            break;
        case CorrectionStep::not_kept:
            ledger_.hold(*row.identity, state_.run, "not kept: answered, and two later complete lists don't show the record");
            state_.attention.push_back({step_.push.effect, Ledger::short_ref(*row.identity), "held", "a new record wasn't kept: two later complete lists don't show it"});
            state_.asks = true;
            ++state_.report.not_kept;
            break;
        default: break;
    }
    return true;
}

void CorrectionPlans::settle_new(const std::set<std::string>& still_single) {
    for (const auto& [ours_key, row] : new_records_) {
        if (still_single.count(ours_key) != 0) continue;
        const bool there = record_is_live(engine_.store, *state_.ours, ours_key);
        corrections_.close(row.id, there ? "done" : "dropped", state_.run, there ? "a reading shows it" : "our record is gone");
        if (there && row.identity) ledger_.confirm(*row.identity, state_.run);
    }
}

std::vector<PushPlan> CorrectionPlans::finish() {
    std::vector<PushPlan> plans;
    for (auto* made : {&changes_, &records_}) {
        if (!*made) continue;
        PushPlan& plan = plans.emplace_back(std::move(**made));
        for (auto& identity : ledger_.pending(state_.job.name, plan.step->effect)) {
            if (plan.selected.count(identity) == 0) plan.withdraw.push_back(std::move(identity));
        }
        plan.doubts = ledger_.list(state_.job.name, plan.step->effect, {"in_doubt"});
        if (!dry_) commit_plan(engine_.store, plan, state_.run);
    }
    return plans;
}

}  // namespace bindery
