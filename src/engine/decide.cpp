#include "engine/decide.h"

#include "core/exact_json.h"
#include "core/field.h"
#include "core/template.h"
#include "store/runs.h"

namespace bindery {
namespace {

const char* decision_word(Decision decision) {
    switch (decision) {
        case Decision::create: return "create";
        case Decision::refresh: return "waiting";
        case Decision::keep_pending: return "waiting";
        case Decision::revive: return "again";
        case Decision::already_done: return "done";
        case Decision::still_rejected: return "rejected";
        case Decision::still_in_doubt: return "in_doubt";
        case Decision::still_held: return "held";
        case Decision::still_dropped: return "dropped";
    }
    return "";
}

// The canonical once_per values as compact JSON; a problem text when one is missing or unreadable.
std::string canonical_once_per(const PushStep& step, const Values& row, std::string& problem) {
    json values = json::object();
    for (const auto& [name, type] : step.once_per) {
        const auto found = row.find(name);
        const json& value = found == row.end() ? json() : found->second;
        const Canonical canonical = canonicalize(type, value);
        if (canonical.state == Canonical::State::blank) {
            problem = "once_per value '" + name + "' is empty: the effect has no identity";
            return {};
        }
        if (canonical.state == Canonical::State::bad) {
            problem = "once_per value '" + name + "' can't be read as " + field_type_name(type) + ": " + canonical.reason;
            return {};
        }
        std::string text = canonical.text;
        if (type == FieldType::policy_number || type == FieldType::phone) {
            const auto key = match_key(type, canonical.text);
            if (!key) {
                problem = "once_per value '" + name + "' is a placeholder, not a " + std::string(field_type_name(type));
                return {};
            }
            text = *key;
        }
        values[name] = text;
    }
    return dump_exact(values);
}

std::string order_key(const PushStep& step, const Values& row) {
    std::string key;
    for (const auto& column : step.in_order_by) {
        const auto found = row.find(column);
        key += (found == row.end() ? std::string("null") : dump_exact(found->second)) + "\n";
    }
    return key;
}

json without(const json& body, const std::vector<std::string>& members) {
    json copy = body;
    if (copy.is_object()) {
        for (const auto& member : members) copy.erase(member);
    }
    return copy;
}

json row_document(const Values& row) {
    json document = json::object();
    for (const auto& [name, value] : row) document[name] = value;
    return document;
}

}  // namespace

bool PushPlan::doubt_may_go(const EffectRow& row) const {
    const bool wanted = selected.count(row.identity) != 0;
    if (put_off.count(row.identity) != 0) return false;
    return (operation->repeatable && wanted) || operation->find.has_value() ||
           (row.when_in_doubt == "retry" && row.retries == 0 && wanted);
}

std::int64_t PushPlan::to_send() const {
    std::int64_t count = static_cast<std::int64_t>(retried.size());
    for (const auto& planned : effects) count += will_send(planned.decision) ? 1 : 0;
    for (const auto& row : doubts) count += doubt_may_go(row) ? 1 : 0;
    return count;
}

Values job_values(const Job& job, const std::string& now, const std::string& today) {
    Values values;
    for (const auto& [name, value] : job.vars.items()) values[name] = value;
    values["now"] = now;
    values["today"] = today;
    return values;
}

EffectRow effect_of_row(Ledger& ledger, Store& store, const Service& service, const Operation& operation, const Job& job,
                        const PushStep& step, const Values& row, const Values& fixed, std::string& problem) {
    EffectRow effect;
    effect.once_per = canonical_once_per(step, row, problem);
    if (!problem.empty()) return effect;
    effect.name = step.effect;
    effect.identity = ledger.identity(step.effect, effect.once_per);
    effect.ref = Ledger::short_ref(effect.identity);
    effect.job = job.name;
    effect.service = service.name;
    effect.operation = operation.name;
    effect.state = "pending";
    effect.method = operation.call.method;
    effect.order_key = order_key(step, row);
    effect.when_in_doubt = step.when_in_doubt == WhenInDoubt::retry ? "retry" : "hold";
    Values values = fixed;
    for (const auto& [name, value] : row) values[name] = value;
    values["ref"] = effect.ref;
    try {
        Values places;
        const json path_values = render(step.path, values);
        for (const auto& [name, value] : path_values.items()) places[name] = value;
        effect.path = render_path(operation.call.path, places);
    } catch (const Error& error) {
        problem = std::string("the address can't be made: ") + error.what();
        return effect;
    }
    json body;
    try {
        body = render(step.body, values);
    } catch (const Error& error) {
        if (error.reach() != Reach::record) throw;
        problem = std::string("the body can't be made: ") + error.what();
        return effect;
    }
    effect.body = operation.call.method == "DELETE" && body.empty() ? "" : dump_exact(body);
    effect.content_hash = store.keyed_hash(effect.method + " " + effect.path + "\n" + dump_exact(without(body, step.volatile_members)));
    return effect;
}

std::optional<KnownEffect> known_effect(Ledger& ledger, const std::string& identity) {
    const auto stand = ledger.stand_of(identity);
    if (!stand) return std::nullopt;
    // A request that was refused left nothing in doubt: sent again, it takes what the job says now.
    const bool refused = stand->status && *stand->status >= 400 && *stand->status < 500 && *stand->status != 408;
    return KnownEffect{effect_state(stand->state).value_or(EffectState::held), stand->content_hash, stand->frozen && !refused};
}

namespace {

constexpr std::size_t kMostNamed = 20;  // of those passed over, in a report

void look_passed_over(const PassedOver& passed, JobSql& sql, PushPlan& plan) {
    auto& reasons = plan.passed_over[passed.dataset];
    sql.for_each(passed.select, [&](const Values& row) {
        const auto text = [&](const char* column) {
            const auto found = row.find(column);
            return found == row.end() ? std::nullopt : scalar_text(found->second);
        };
        const auto reason = text("reason"), name = text("name"), detail = text("detail");
        if (!reason) return;
        ++reasons[*reason];
        if (name && plan.named.size() < kMostNamed) plan.named.push_back({plan.step->effect, *name, "passed over", *reason + (detail ? ", " + *detail : "")});
    });
}

}  // namespace

PushPlan decide_push(const Engine& engine, const Job& job, const PushStep& step, int number, std::int64_t run, JobSql& sql,
                     const Values& fixed) {
    Ledger ledger(engine.store);
    const Service& service = engine.config.service(step.service);
    PushPlan plan;
    plan.step = &step;
    plan.operation = &service.operations.at(step.operation);
    plan.number = number;

    struct Chosen {
        EffectRow row;
        json document;
        bool clash = false;
    };
    std::map<std::string, Chosen> by_identity;
    std::vector<std::string> order;
    sql.for_each(step.select, [&](const Values& row) {
        if (plan.columns.empty()) {
            for (const auto& [name, value] : row) plan.columns.insert(name);
        }
        std::string problem;
        EffectRow effect = effect_of_row(ledger, engine.store, service, *plan.operation, job, step, row, fixed, problem);
        json document = row_document(row);
        if (!problem.empty()) {
            const std::string text = dump_exact(document);
            plan.unfit.push_back({engine.store.keyed_hash(text).substr(0, 16), problem, text});
            return;
        }
        for (const auto& column : step.count_by) {
            const auto found = row.find(column);
            const auto value = found == row.end() ? std::nullopt : scalar_text(found->second);
            ++plan.counted[column][value.value_or("none")];
        }
        effect.run = run;
        auto [place, fresh] = by_identity.try_emplace(effect.identity, Chosen{effect, document});
        if (fresh) {
            order.push_back(effect.identity);
        } else if (place->second.row.content_hash != effect.content_hash) {
            place->second.clash = true;
            plan.unfit.push_back({engine.store.keyed_hash(dump_exact(document)).substr(0, 16),
                                  "two rows of the select have the same once_per values and different content: neither is sent",
                                  dump_exact(document)});
        }
    });
    for (const auto& passed : step.passed_over) look_passed_over(passed, sql, plan);
    for (const auto& identity : order) {
        Chosen& chosen = by_identity.at(identity);
        if (chosen.clash) {
            const std::string text = dump_exact(chosen.document);
            plan.unfit.push_back({engine.store.keyed_hash(text).substr(0, 16),
                                  "two rows of the select have the same once_per values and different content: neither is sent", text});
            continue;
        }
        plan.selected.insert(identity);
        const Decision decision = decide(known_effect(ledger, identity), chosen.row.content_hash);
        plan.effects.push_back({std::move(chosen.row), decision, {}});
    }
    for (auto& row : ledger.list(job.name, step.effect, {"pending"})) {
        if (plan.selected.count(row.identity) != 0) continue;
        if (row.frozen) {
            plan.retried.push_back(std::move(row));
        } else {
            plan.withdraw.push_back(row.identity);
        }
    }
    plan.doubts = ledger.list(job.name, step.effect, {"in_doubt"});
    return plan;
}

std::int64_t note_baseline(Store& store, const PushPlan& plan) {
    Ledger ledger(store);
    std::int64_t noted = 0;
    for (const auto& planned : plan.effects) {
        if (!will_send(planned.decision)) continue;
        ledger.record_baseline(planned.row);
        ++noted;
    }
    return noted;
}

void commit_plan(Store& store, const PushPlan& plan, std::int64_t run) {
    Ledger ledger(store);
    Runs runs(store);
    std::vector<const EffectRow*> created;
    for (const auto& planned : plan.effects) {
        switch (planned.decision) {
            case Decision::create:
                created.push_back(&planned.row);
                break;
            case Decision::refresh:
            case Decision::revive:
                ledger.put(planned.row);
                break;
            case Decision::keep_pending:
                ledger.touch(planned.row.identity, run);
                break;
            default:
                break;  // what's settled keeps the run that settled it
        }
    }
    ledger.put_new(created);
    for (const auto& identity : plan.withdraw) ledger.withdraw(identity, run);
    const std::string place = "effect:" + plan.step->effect;
    for (const auto& unfit : plan.unfit) runs.quarantine(run, place, unfit.key, unfit.reason, unfit.document);
    runs.clear_quarantine_before(run, place);
}

PlannedCall planned_call(const Planned& planned) {
    const EffectRow& row = planned.row;
    return {row.name, row.identity, row.ref, decision_word(planned.decision), row.method, row.path, row.body, parse_exact(row.once_per), planned.changes};
}

}  // namespace bindery
