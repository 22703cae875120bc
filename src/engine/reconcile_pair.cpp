#include "engine/reconcile_pair.h"

#include <algorithm>

#include "core/exact_json.h"

namespace bindery {
namespace {

using Slot = std::pair<std::string, std::string>;

class PairDecision {
  public:
    PairDecision(ReconcileState& state, const DifferingPair& pair)
        : s_(state), pair_(pair), corrections_(state.store), conflicts_(state.store), ledger_(state.store) {}

    PairOutcome decide() {
        outcome_.base = pair_.base.is_object() ? pair_.base : json::object();
        for (std::size_t i = 0; i < s_.fields.size(); ++i) decide_field(i);
        return std::move(outcome_);
    }

  private:
    FieldSides sides_of(std::size_t i) {
        const ReconcileField& field = s_.fields[i];
        FieldSides sides;
        sides.owner = field.owner;
        sides.type = field.type;
        sides.ours = stated(field.type, pair_.ours[i]);
        sides.theirs = stated(field.type, pair_.theirs[i]);
        if (const auto found = outcome_.base.find(field.name); found != outcome_.base.end() && found->is_string()) sides.base = found->get<std::string>();
        if (same_value(sides.type, sides.ours, sides.theirs)) return sides;
        sides.ours_echo = is_echo(s_.ours->dataset, pair_.ours_key, field, sides.ours, sides.base);
        sides.theirs_echo = is_echo(s_.theirs->dataset, pair_.theirs_key, field, sides.theirs, sides.base);
        return sides;
    }

    // TBD and the like are no policy number: such a one overwrites none.
    static FieldValue stated(FieldType type, const FieldValue& value) {
        return value && type == FieldType::policy_number && !match_key(type, *value) ? std::nullopt : value;
    }

    // By an earlier step: one step decides one pair once, and what it puts itself doesn't count.
    bool was_corrected(const std::string& dataset, const std::string& key) const {
        const auto& corrected = dataset == s_.ours->dataset ? s_.corrected_ours : s_.corrected_theirs;
        return corrected.contains(key);
    }

    // Does the record show what we wrote there since the two last agreed on this field?
    bool is_echo(const std::string& dataset, const std::string& key, const ReconcileField& field, const FieldValue& shown, const FieldValue& base) {
        if (!shown || same_value(field.type, shown, base)) return false;
        const auto later = pair_.base_later.find(field.name);
        const std::int64_t agreed_run = later == pair_.base_later.end() ? pair_.base_run : later->get<std::int64_t>();
        if (!was_corrected(dataset, key)) return false;
        for (const auto& row : corrections_.past(dataset, key, field.name)) {
            const bool left = !row.identity || row.effect_state == "done" || row.effect_state == "in_doubt" || row.effect_state == "sending" || row.effect_state == "held";
            const bool since_agreed = row.state == "open" || row.closed_run > agreed_run;
            if (left && since_agreed && same_value(field.type, row.wanted, shown)) return true;
            if (row.state == "done") break;
        }
        return false;
    }

    void decide_field(std::size_t i) {
        const ReconcileField& field = s_.fields[i];
        const FieldSides sides = sides_of(i);
        FieldMerge merge = merge_field(sides);
        const Slot slot{pair_.theirs_key, field.name};
        const auto decided = s_.decided.find(slot);
        if (decided != s_.decided.end()) merge = with_decisions(decided->second, sides, merge);
        if (!sides.ours && !sides.theirs) outcome_.base.erase(field.name);
        if (merge.what == Merge::agree) return agree(field, sides, merge);
        const bool ours_shown = settle_to_ours(field, sides, merge);
        const bool theirs_carried = settle_to_theirs(field, sides, merge);
        if (!s_.corrects) return;
        switch (merge.what) {
            case Merge::conflict: return open_conflict("values", field, sides);
            case Merge::cleared: ++s_.report.cleared; return;
            case Merge::reported: ++s_.report.reported; return;
            case Merge::to_both:
            case Merge::to_theirs:
            case Merge::to_ours: break;
            default: return;
        }
        if (merge.what != Merge::to_ours && !same_value(sides.type, sides.theirs, FieldValue(merge.value))) send(field, sides, merge.value, theirs_carried);
        if (merge.what != Merge::to_theirs && !ours_shown) take(field, sides, merge.value);
    }

    // A person's word comes before the table, as long as the two sides show what that person saw.
    FieldMerge with_decisions(const std::vector<ConflictRow>& decisions, const FieldSides& sides, const FieldMerge& merge) {
        std::optional<FieldMerge> held, remembered;
        for (const auto& decision : decisions) {
            const Decided decided{decision.ours_value, decision.theirs_value, *decision.wanted};
            const bool in_force = decision.state == "resolved";
            if (in_force && still_holds(decided, sides)) {
                if (!held) held = merge_decided(decided, sides);
                continue;
            }
            if (in_force) conflicts_.close(decision.id, "overtaken", s_.run);
            const bool same_question = same_value(sides.type, sides.ours, decided.ours) && same_value(sides.type, sides.theirs, decided.theirs);
            if (same_question && !remembered) remembered = merge_decided(decided, sides);
        }
        if (held) return *held;
        return remembered && merge.what == Merge::conflict ? *remembered : merge;
    }

    void agree(const ReconcileField& field, const FieldSides& sides, const FieldMerge& merge) {
        outcome_.base[field.name] = merge.value;
        const Slot slot{pair_.theirs_key, field.name};
        settle_to_theirs(field, sides, merge);
        settle_to_ours(field, sides, merge);
        if (const auto open = s_.open.find(slot); open != s_.open.end()) {
            conflicts_.close(open->second.id, "agreed", s_.run);
            ++s_.report.conflicts_closed;
        }
        const auto decided = s_.decided.find(slot);
        if (decided == s_.decided.end()) return;
        for (const auto& word : decided->second) {
            if (word.state == "resolved") conflicts_.close(word.id, "settled", s_.run);
        }
    }

    // What is under way to our book. True when it stays as it is.
    bool settle_to_ours(const ReconcileField& field, const FieldSides& sides, const FieldMerge& merge) {
        const auto found = s_.to_ours.find({pair_.ours_key, field.name});
        if (found == s_.to_ours.end()) return false;
        const CorrectionRow& row = found->second;
        if (same_value(field.type, row.wanted, sides.ours)) {
            corrections_.close(row.id, "done", s_.run, "an import shows it");
            ++s_.report.confirmed;
            return false;
        }
        const bool still = (merge.what == Merge::to_ours || merge.what == Merge::to_both) && same_value(field.type, row.wanted, FieldValue(merge.value)) &&
                           same_value(field.type, row.had, sides.ours) && row.other_key == pair_.theirs_key;
        if (still || !s_.corrects) {
            ++s_.report.to_ours;
            return true;
        }
        corrections_.close(row.id, "dropped", s_.run, "overtaken: something else is wanted, or shown");
        return false;
    }

    // What is under way to theirs. True when it stays with its effect.
    bool settle_to_theirs(const ReconcileField& field, const FieldSides& sides, const FieldMerge& merge) {
        const auto found = s_.to_theirs.find({pair_.theirs_key, field.name});
        if (found == s_.to_theirs.end()) return false;
        const CorrectionRow& row = found->second;
        Underway under;
        under.state = effect_state(row.effect_state).value_or(EffectState::pending);
        under.answered_at = row.answered_at;
        under.read_at = pair_.theirs_read_at;
        under.complete_at = s_.complete_at;
        under.missed_at = row.missed_at.value_or("");
        under.missed = row.missed;
        under.shown = same_value(field.type, sides.theirs, row.wanted) ? Shown::wanted : same_value(field.type, sides.theirs, row.had) ? Shown::had : Shown::other;
        under.same_wish = (merge.what == Merge::to_theirs || merge.what == Merge::to_both) && same_value(field.type, row.wanted, FieldValue(merge.value));
        if (!s_.corrects && merge.what != Merge::agree) under.same_wish = true;
        return carry(row, next_step(under), field, under);
    }

    bool carry(const CorrectionRow& row, CorrectionStep step, const ReconcileField& field, const Underway& under) {
        switch (step) {
            case CorrectionStep::confirmed:
                corrections_.close(row.id, "done", s_.run, "a reading shows it");
                ++s_.report.confirmed;
                if (row.identity) ++s_.confirmed[*row.identity];
                return false;
            case CorrectionStep::free:
                return false;
            case CorrectionStep::overtaken:
                corrections_.close(row.id, "dropped", s_.run, "overtaken: something else is wanted, or shown");
                if (row.identity) ledger_.withdraw_held(*row.identity, s_.run);
                return false;
            case CorrectionStep::not_kept:
                corrections_.note_missed(row.id, kListsThatMiss, under.complete_at);
                ledger_.hold(*row.identity, s_.run, "not kept: answered, and two later complete lists don't show it");
                s_.attention.push_back({s_.step.push.effect, Ledger::short_ref(*row.identity), "held", field.name + " wasn't kept: two later complete lists don't show it"});
                s_.asks = true;
                ++s_.report.not_kept;
                break;
            case CorrectionStep::missed:
                corrections_.note_missed(row.id, under.missed_at > under.answered_at ? under.missed + 1 : 1, under.complete_at);
                break;
            case CorrectionStep::carried:
                break;
        }
        ++s_.report.to_theirs;
        ++s_.report.unconfirmed;
        if (row.identity) ++s_.carried[*row.identity];
        return true;
    }

    void send(const ReconcileField& field, const FieldSides& sides, const std::string& value, bool carried) {
        if (carried) return;
        const auto taken = taken_spelling(*s_.theirs, field.name, value);
        if (!taken) return leave(field, value);
        if (is_braked(s_.theirs->dataset, pair_.theirs_key, field, value)) return open_war(field, sides);
        ++s_.report.to_theirs;
        outcome_.to_theirs.push_back({field.name, sides.theirs, *taken});
    }

    // Also one that was decided when the list was another.
    void leave(const ReconcileField& field, const std::string& value) {
        note_not_taken(s_, field.name, value, pair_.theirs_key);
        const auto open = s_.to_theirs.find({pair_.theirs_key, field.name});
        if (open != s_.to_theirs.end()) corrections_.close(open->second.id, "dropped", s_.run, "the service doesn't take this value");
    }

    void take(const ReconcileField& field, const FieldSides& sides, const std::string& value) {
        if (is_braked(s_.ours->dataset, pair_.ours_key, field, value)) return open_war(field, sides);
        ++s_.report.to_ours;
        CorrectionRow row;
        row.job = s_.job.name;
        row.dataset = s_.ours->dataset;
        row.key = pair_.ours_key;
        row.other_key = pair_.theirs_key;
        row.field = field.name;
        row.had = sides.ours;
        row.wanted = value;
        row.state = s_.ours_outside ? "open" : "done";
        if (s_.ours_outside) return corrections_.put(row, s_.run);
        row.reason = "written";
        outcome_.to_ours.emplace_back(field.name, value);
        outcome_.written.push_back(row);
    }

    // Corrected to the same value again and again, with no other correction between, and changed back each time: somebody else
    // means it.
    bool is_braked(const std::string& dataset, const std::string& key, const ReconcileField& field, const std::string& value) {
        std::string since = rfc3339(s_.store.clock().wall() - std::chrono::hours(24 * kBrakeDays));
        const auto decided = s_.decided.find({pair_.theirs_key, field.name});
        if (decided != s_.decided.end()) {
            for (const auto& word : decided->second) since = std::max(since, word.closed_at.value_or(""));
        }
        int taken = 0;
        if (was_corrected(dataset, key)) {
            for (const auto& wanted : corrections_.answered(dataset, key, field.name, since)) {
                if (!same_value(field.type, wanted, FieldValue(value))) break;
                ++taken;
            }
        }
        return braked(taken);
    }

    void open_war(const ReconcileField& field, const FieldSides& sides) {
        ++s_.report.braked;
        open_conflict("war", field, sides);
    }

    void open_conflict(const char* kind, const ReconcileField& field, const FieldSides& sides) {
        ConflictRow row;
        row.job = s_.job.name;
        row.kind = kind;
        row.ours = s_.ours->dataset;
        row.theirs = s_.theirs->dataset;
        row.ours_key = pair_.ours_key;
        row.theirs_key = pair_.theirs_key;
        row.field = field.name;
        row.type = field_type_name(field.type);
        row.base = sides.base;
        row.ours_value = sides.ours;
        row.theirs_value = sides.theirs;
        row.ours_changed = conflicts_.last_change(row.ours, row.ours_key, row.field);
        row.theirs_changed = conflicts_.last_change(row.theirs, row.theirs_key, row.field);
        const auto known = s_.open.find({pair_.theirs_key, field.name});
        const bool same_question = known != s_.open.end() && known->second.kind == kind && known->second.ours_key == pair_.ours_key;
        if (same_question) s_.still_open.insert(known->second.id);
        if (!conflicts_.open(row, s_.run)) return;
        ++s_.report.conflicts_opened;
        s_.asks = true;
    }

    ReconcileState& s_;
    const DifferingPair& pair_;
    Corrections corrections_;
    Conflicts conflicts_;
    Ledger ledger_;
    PairOutcome outcome_;
};

}  // namespace

std::optional<std::string> taken_spelling(const Mapping& theirs, const std::string& field, const std::string& value) {
    const auto found = std::find_if(theirs.fields.begin(), theirs.fields.end(), [&](const Field& each) { return each.name == field; });
    if (found == theirs.fields.end() || found->values.empty()) return value;
    const auto listed = std::find_if(found->values.begin(), found->values.end(), [&](const std::string& each) { return same_value(found->type, std::string_view(each), std::string_view(value)); });
    return listed == found->values.end() ? std::nullopt : std::optional(*listed);
}

void note_not_taken(ReconcileState& state, const std::string& field, const std::string& value, const std::string& key) {
    // A wrong column may bring people's data here: only what may be a word is repeated.
    const bool word = value.size() <= 30 && value.find_first_of("@0123456789") == std::string::npos;
    ++state.report.not_taken;
    auto& [count, first] = state.not_taken[{field, word ? value : "(no word)"}];
    if (++count == 1) first = key;
}

void tell_not_taken(ReconcileState& state) {
    for (const auto& [what, records] : state.not_taken) {
        state.attention.push_back({state.step.push.effect, records.second, "not sent",
                                   state.theirs->dataset + " doesn't take `" + what.second + "` as " + what.first + " (" + std::to_string(records.first) +
                                       (records.first == 1 ? " record" : " records") + "); say what it means there by `words:` of the column " + what.first +
                                       " in the CSV profile, or add it to `values:` in the service file"});
    }
}

PairOutcome decide_pair(ReconcileState& state, const DifferingPair& pair) { return PairDecision(state, pair).decide(); }

}  // namespace bindery
