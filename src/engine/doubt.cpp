#include "engine/doubt.h"

#include <algorithm>

#include "core/exact_json.h"
#include "store/records.h"

namespace bindery {
namespace {

// Between two looks: lists lag behind writes.
constexpr Duration kLookPause = std::chrono::seconds(5);

class DoubtSettler {
  public:
    DoubtSettler(const Engine& engine, Callers& callers, const PushPlan& plan, const DeliveryContext& context, Delivery& delivery)
        : engine_(engine), callers_(callers), plan_(plan), context_(context), delivery_(delivery), ledger_(engine.store) {}

    void settle() {
        std::vector<EffectRow> open = ledger_.list(context_.job->name, plan_.step->effect, {"in_doubt"});
        std::vector<EffectRow> again;
        std::vector<EffectRow> to_look;
        for (auto& row : open) {
            if (plan_.put_off.count(row.identity) != 0) continue;
            switch (next_step(doubt_of(row, 0))) {
                case DoubtStep::look: to_look.push_back(std::move(row)); break;
                case DoubtStep::send_again: again.push_back(std::move(row)); break;
                case DoubtStep::hold: hold(row); break;
                case DoubtStep::over: give_up(row); break;
                case DoubtStep::wait:
                case DoubtStep::stay: break;
            }
        }
        look(to_look, again);
        if (again.empty() || delivery_.barred || delivery_.down) return;
        send_effects(engine_, callers_.to(plan_.step->service), *plan_.operation, context_, again, true, delivery_);
    }

  private:
    Doubt doubt_of(const EffectRow& row, int looks) const {
        Doubt doubt;
        doubt.repeatable = plan_.operation->repeatable;
        doubt.findable = plan_.operation->find && can_be_found(*plan_.operation->find, row);
        doubt.retry = row.when_in_doubt == "retry";
        doubt.still_selected = plan_.selected.count(row.identity) != 0;
        doubt.this_run = row.doubt_run == context_.run;
        doubt.looks = looks;
        doubt.retries = row.retries;
        return doubt;
    }

    bool can_be_found(const Find& find, const EffectRow& row) const {
        const Mapping& mapping = engine_.config.resource(plan_.step->service + "." + find.resource).mapping;
        return tells_who(mapping, find.one_of, parse_exact(row.body));
    }

    // Two looks with a pause; what neither shows is sent again, once a run.
    void look(std::vector<EffectRow> rows, std::vector<EffectRow>& again) {
        for (int look = 0; look < kLooks && !rows.empty(); ++look) {
            if (look > 0) callers_.sleep(engine_.clock.boot() + kLookPause);
            if (callers_.stop_asked() || !find_at_service(rows)) return;  // no proof either way: stays in doubt
        }
        for (auto& row : rows) {
            const DoubtStep step = next_step(doubt_of(row, kLooks));
            if (step == DoubtStep::hold) hold(row);
            if (step == DoubtStep::send_again && (row.doubt_run != context_.run || row.retries == 0)) again.push_back(std::move(row));
        }
    }

    // Removes from `rows` those that the service shows. False when it couldn't be read whole.
    bool find_at_service(std::vector<EffectRow>& rows) {
        const Find& find = *plan_.operation->find;
        PullStep step;
        step.service = plan_.step->service;
        step.resource = find.resource;
        DatasetReport report;
        std::vector<std::string> warnings;
        PullContext pull = *context_.pull;
        const auto problem = pull_dataset(engine_, callers_, step, pull, -1, report, warnings);
        if (problem || !report.complete) return false;
        const Mapping& mapping = engine_.config.resource(step.dataset()).mapping;
        for_each_live(engine_.store, mapping, [&](const std::string& key, const std::string& text) {
            if (rows.empty()) return;
            const json document = parse_exact(text);
            const auto shown = std::remove_if(rows.begin(), rows.end(), [&](const EffectRow& row) {
                if (!shows_effect(mapping, find.match, parse_exact(row.body), document)) return false;
                found(row, key);
                return true;
            });
            rows.erase(shown, rows.end());
        });
        return true;
    }

    void found(const EffectRow& row, const std::string& key) {
        Outcome outcome;
        outcome.state = "done";
        outcome.ending = "found";
        outcome.reply_id = key;
        outcome.reason = "found at the service after its reply was lost";
        outcome.looked_up = true;
        ledger_.finish(row.identity, context_.run, outcome);
        ++delivery_.done;
    }

    void give_up(const EffectRow& row) {
        Outcome outcome;
        outcome.state = "withdrawn";
        outcome.ending = "lost";
        outcome.reason = "its reply was lost, and the record no longer asks for it";
        outcome.looked_up = true;
        ledger_.finish(row.identity, context_.run, outcome);
    }

    void hold(const EffectRow& row) {
        Outcome outcome;
        outcome.looked_up = true;
        if (plan_.corrections && row.retries == 0) {
            // Something else is wanted of the record by now. Should this one arrive after all, the next reading shows it.
            outcome.state = "withdrawn";
            outcome.ending = "lost";
            outcome.reason = "in doubt, and overtaken";
            ledger_.finish(row.identity, context_.run, outcome);
            return;
        }
        outcome.state = "held";
        outcome.ending = "lost";
        outcome.reason = row.retries > 0 ? "in doubt a second time" : "in doubt, and no longer selected";
        if (!ledger_.finish(row.identity, context_.run, outcome)) return;  // a person has decided meanwhile
        ++delivery_.held;
        delivery_.held_after_doubt = true;
        delivery_.attention.push_back({row.name, row.ref, "held", outcome.reason});
    }

    const Engine& engine_;
    Callers& callers_;
    const PushPlan& plan_;
    const DeliveryContext& context_;
    Delivery& delivery_;
    Ledger ledger_;
};

Canonical value_in(const Field& field, const json& tree) {
    for (const auto& pointer : field.pointers) {
        if (const json* value = find_pointer(tree, pointer)) return canonicalize(field.type, *value);
    }
    return Canonical{};
}

// All that was sent is there; a service may add members to an object.
bool holds(const json& shown, const json& wanted) {
    if (wanted.is_object()) {
        return shown.is_object() && std::all_of(wanted.items().begin(), wanted.items().end(), [&shown](const auto& member) {
                   const auto found = shown.find(member.key());
                   return found != shown.end() && holds(*found, member.value());
               });
    }
    if (wanted.is_array()) return shown.is_array() && std::equal(wanted.begin(), wanted.end(), shown.begin(), shown.end(), [](const json& a, const json& b) { return holds(b, a); });
    return shown == wanted;
}

}  // namespace

void settle_doubts(const Engine& engine, Callers& callers, const PushPlan& plan, const DeliveryContext& context, Delivery& delivery) {
    DoubtSettler(engine, callers, plan, context, delivery).settle();
}

bool tells_who(const Mapping& mapping, const std::vector<std::string>& one_of, const json& body) {
    return one_of.empty() || std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const Field& field) {
        return std::find(one_of.begin(), one_of.end(), field.name) != one_of.end() && value_in(field, body).state == Canonical::State::value;
    });
}

bool shows_effect(const Mapping& mapping, const std::vector<std::string>& match, const json& body, const json& document) {
    int compared = 0;
    for (const auto& field : mapping.fields) {
        if (!match.empty() && std::find(match.begin(), match.end(), field.name) == match.end()) continue;
        const Canonical wanted = value_in(field, body);
        if (wanted.state != Canonical::State::value) continue;
        const Canonical shown = value_in(field, document);
        if (shown.state != Canonical::State::value) return false;
        if (field.type == FieldType::json_value) {
            if (!holds(parse_exact(shown.text), parse_exact(wanted.text))) return false;
            ++compared;
            continue;
        }
        const auto a = match_key(field.type, wanted.text);
        const auto b = match_key(field.type, shown.text);
        if (a != b || (!a && wanted.text != shown.text)) return false;
        ++compared;
    }
    return compared > 0;
}

}  // namespace bindery
