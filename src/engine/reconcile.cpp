#include "engine/reconcile.h"

#include <algorithm>
#include <optional>

#include "core/dates.h"
#include "core/exact_json.h"
#include "engine/correction_plans.h"
#include "engine/reconcile_pair.h"
#include "store/agreed.h"
#include "store/record_by_key.h"
#include "store/runs.h"

namespace bindery {
namespace {

struct DryRunEnds {};  // leaves the transaction without a trace

class ReconcileRun {
  public:
    ReconcileRun(const Engine& engine, const Job& job, const ReconcileStep& step, const ReconcileContext& context)
        : engine_(engine),
          step_(step),
          context_(context),
          corrections_(engine.store),
          conflicts_(engine.store),
          ledger_(engine.store),
          ours_(engine.config.mapping(step.ours)),
          theirs_(engine.config.mapping(step.theirs)),
          state_{engine.store, job, step, context.run, &ours_, &theirs_},
          plans_(engine, state_, context) {
        state_.ours_outside = engine.config.books.at(step.ours.substr(step.ours.find('.') + 1)).authority == Authority::outside;
        for (const auto& [name, owner] : step.fields) state_.fields.push_back({name, type_of(name), owner});
    }

    Reconciled run() {
        try {
            engine_.store.transaction([&] {
                work();
                if (context_.dry) throw DryRunEnds{};
                Runs(engine_.store).place(context_.run, "decide", context_.number + 1);
            });
        } catch (const DryRunEnds&) {
        }
        tell_not_taken(state_);
        result_.report = state_.report;
        result_.attention = std::move(state_.attention);
        result_.asks = state_.asks;
        return std::move(result_);
    }

  private:
    void work() {
        read_state();
        PairRules rules{state_.job.name, &ours_, &theirs_, {}, step_.match, step_.contradiction};
        for (const auto& field : state_.fields) rules.fields.push_back(field.name);
        Pairing pairing(engine_.store, rules);
        take_counts(pairing);
        std::set<std::string> seen;
        for (const auto& pair : pairing.differing()) {
            seen.insert(pair.theirs_key);
            take_pair(pair);
        }
        write_into_ours();
        take_quiet_pairs(pairing, seen);
        pairing.settle_equal(context_.run);
        ask_about_unclear(pairing);
        look_at_gone(pairing);
        look_at_single(pairing);
        close_what_is_over();
        result_.plans = plans_.finish();
    }

    FieldType type_of(const std::string& name) const {
        for (const auto& field : theirs_.fields) {
            if (field.name == name) return field.type;
        }
        return FieldType::text;
    }

    // How old our book is, what was open, what a person decided.
    void read_state() {
        ReconcileReport& report = state_.report;
        report.ours = step_.ours;
        report.theirs = step_.theirs;
        const auto ours = pull_state(engine_.store, step_.ours), theirs = pull_state(engine_.store, step_.theirs);
        // A book of whole exports is as old as the last whole one: a few rows that came since say nothing of the others.
        const bool full = engine_.config.book(step_.ours).full;
        if (ours) report.ours_as_of = full && ours->complete_read_at ? *ours->complete_read_at : ours->last_read_at.value_or("");
        if (theirs) report.theirs_as_of = theirs->last_read_at.value_or("");
        if (theirs) state_.complete_at = theirs->complete_read_at.value_or("");
        theirs_whole_ = theirs && theirs->complete_read_at && theirs->complete_read_at == theirs->last_read_at;
        if (report.ours_as_of.empty()) {
            idle(step_.ours + " holds nothing yet: nothing is corrected until a file was imported (bindery import FILE --into " + step_.ours + ")");
        } else if (step_.max_age.count() > 0 && report.ours_as_of < rfc3339(std::chrono::time_point_cast<WallTime::duration>(engine_.store.clock().wall() - step_.max_age))) {
            idle(step_.ours + " is as of " + report.ours_as_of + ", older than " + format_duration(step_.max_age) + ": differences are reported, nothing is corrected until a newer file is imported");
        } else if (report.theirs_as_of.empty()) {
            idle(step_.theirs + " was never read: nothing is corrected");
        }
        state_.corrected_ours = corrections_.keys(step_.ours);
        state_.corrected_theirs = corrections_.keys(step_.theirs);
        const std::string& job = state_.job.name;
        for (auto& row : corrections_.open(job, step_.theirs)) {
            if (row.identity) ++state_.rows_of[*row.identity];
            if (row.key.empty()) plans_.add_new(row);
            else state_.to_theirs.emplace(std::pair(row.key, row.field), row);
        }
        for (auto& row : corrections_.open(job, step_.ours)) state_.to_ours.emplace(std::pair(row.key, row.field), row);
        ConflictFilter all;
        all.job = job;
        all.closed_too = true;
        for (auto& row : conflicts_.list(all)) {
            if (row.kind == "values" || row.kind == "war") {
                const std::pair slot(row.theirs_key, row.field);
                if (row.state == "open") state_.open.insert_or_assign(slot, row);
                if (row.wanted) state_.decided[slot].insert(state_.decided[slot].begin(), row);
            } else if (row.kind == "gone" && row.state == "resolved") {
                gone_decided_[{row.theirs_key, row.ours_key}] = row;
            }
        }
    }

    void idle(const std::string& why) {
        state_.corrects = false;
        state_.report.idle = why;
        result_.warnings.push_back(why);
    }

    void take_counts(Pairing& pairing) {
        state_.report.pairs = pairing.counts().pairs;
        state_.report.by_fallback = pairing.counts().by_fallback;
        state_.report.agree = pairing.counts().equal;
        state_.report.differ = pairing.counts().differing;
    }

    void take_pair(const DifferingPair& pair) {
        paired_[pair.theirs_key] = pair.ours_key;
        PairOutcome outcome = decide_pair(state_, pair);
        if (!outcome.to_theirs.empty() && plans_.correct(pair, outcome.to_theirs)) ++corrected_;
        plans_.carry(pair.theirs_key);
        if (outcome.to_ours.empty()) put_base(engine_.store, state_.job.name, pair, outcome.base, context_.run);
        else for_ours_.emplace_back(pair, std::move(outcome));
    }

    // Last, when all is counted: what the guard stops isn't written into our book either.
    void write_into_ours() {
        const Guard& guard = state_.job.guard;
        result_.guard = judge_corrections(state_.job.name, step_.ours, step_.theirs, {state_.report.pairs, corrected_, static_cast<std::int64_t>(for_ours_.size())},
                                          {guard.max_corrected, guard.max_corrected_percent}, context_.allow_effects);
        for (auto& [pair, outcome] : for_ours_) {
            if (!result_.guard.stopped) write_ours(pair, outcome);
            put_base(engine_.store, state_.job.name, pair, outcome.base, context_.run);
        }
    }

    // A book of our own shows what was written there at once: where that is what theirs shows, the two agree.
    void write_ours(const DifferingPair& pair, PairOutcome& outcome) {
        if (!overlay_record(engine_.store, ours_, pair.ours_key, outcome.to_ours, context_.run)) {
            result_.warnings.push_back(step_.ours + ": a value couldn't be written into a record");
            return;
        }
        for (const auto& row : outcome.written) corrections_.put(row, context_.run);
        for (const auto& [name, value] : outcome.to_ours) {
            for (std::size_t i = 0; i < state_.fields.size(); ++i) {
                if (state_.fields[i].name == name && same_value(state_.fields[i].type, pair.theirs[i], FieldValue(value))) outcome.base[name] = value;
            }
        }
    }

    // Pairs that agree now, and had something open.
    void take_quiet_pairs(Pairing& pairing, const std::set<std::string>& seen) {
        std::set<std::string> keys;
        for (const auto& [slot, row] : state_.to_theirs) keys.insert(slot.first);
        for (const auto& [slot, row] : state_.to_ours) keys.insert(row.other_key);
        for (const auto& [slot, row] : state_.open) keys.insert(slot.first);
        for (const auto& [slot, words] : state_.decided) {
            if (std::any_of(words.begin(), words.end(), [](const auto& word) { return word.state == "resolved"; })) keys.insert(slot.first);
        }
        for (const auto& key : keys) {
            if (seen.count(key) != 0) continue;
            const auto pair = pairing.pair_of(key);
            if (!pair) continue;
            paired_[key] = pair->ours_key;
            decide_pair(state_, *pair);
        }
    }

    void ask_about_unclear(Pairing& pairing) {
        const auto records = pairing.unclear();
        for (const auto& record : records) {
            for (const auto& key : record.candidates) unclear_ours_.insert(key);
            if (!state_.corrects) continue;
            ConflictRow row;
            row.job = state_.job.name;
            row.kind = "match";
            row.ours = step_.ours;
            row.theirs = step_.theirs;
            row.theirs_key = record.theirs_key;
            row.candidates = record.candidates;
            ask(row);
        }
    }

    void ask(const ConflictRow& row) {
        asked_.insert({row.kind, row.theirs_key + "\n" + row.ours_key});
        if (!conflicts_.open(row, context_.run)) return;
        ++state_.report.conflicts_opened;
        state_.asks = true;
    }

    // Gone on one side and unchanged on the other is reported; gone and modified is for a person, and the modified one stays.
    void look_at_gone(Pairing& pairing) {
        for (const auto& pair : pairing.gone()) {
            if (pair.ours_gone && pair.theirs_gone) {
                forget_base(engine_.store, state_.job.name, pair.theirs_key);
                continue;
            }
            ++state_.report.gone;
            const auto record = pair.ours_gone ? record_by_key(engine_.store, theirs_, pair.theirs_key) : record_by_key(engine_.store, ours_, pair.ours_key);
            const json changed = record ? changed_since(pair.base, *record) : json::object();
            if (changed.empty() || !state_.corrects) continue;
            ConflictRow row;
            row.job = state_.job.name;
            row.kind = "gone";
            row.ours = step_.ours;
            row.theirs = step_.theirs;
            row.ours_key = pair.ours_key;
            row.theirs_key = pair.theirs_key;
            row.base = dump_exact(pair.base);
            (pair.ours_gone ? row.theirs_value : row.ours_value) = dump_exact(changed);
            const auto decided = gone_decided_.find({pair.theirs_key, pair.ours_key});
            if (decided != gone_decided_.end() && decided->second.theirs_value == row.theirs_value && decided->second.ours_value == row.ours_value) continue;
            ask(row);
        }
    }

    json changed_since(const json& base, const RecordView& record) const {
        json changed = json::object();
        for (const auto& field : state_.fields) {
            const auto then = base.find(field.name);
            if (then == base.end() || !then->is_string()) continue;
            for (const auto& [name, value] : record.fields) {
                if (name == field.name && value && !same_value(field.type, value, FieldValue(then->get<std::string>()))) changed[name] = *value;
            }
        }
        return changed;
    }

    // Records that only one book has.
    void look_at_single(Pairing& pairing) {
        const auto only_ours = pairing.only_ours(), only_theirs = pairing.only_theirs();
        state_.report.only_ours = static_cast<std::int64_t>(only_ours.size());
        state_.report.only_theirs = static_cast<std::int64_t>(only_theirs.size());
        std::set<std::string> single(only_ours.begin(), only_ours.end());
        single.insert(unclear_ours_.begin(), unclear_ours_.end());
        if (step_.push_only_ours && state_.corrects) make_new(pairing, only_ours);
        plans_.settle_new(single);
        if (!step_.adopt_only_theirs || state_.ours_outside || !state_.corrects) return;
        for (const auto& key : only_theirs) adopt(key);
    }

    // A record is new to them only if their whole list lacks it, and nothing there, paired or not, fits it.
    void make_new(Pairing& pairing, const std::vector<std::string>& keys) {
        if (keys.empty()) return;
        const std::set<std::string> doubles = ask_about_doubles(pairing);
        if (!theirs_whole_) {
            result_.warnings.push_back(std::to_string(keys.size()) + " records of " + step_.ours + " wait: on a list of " + step_.theirs + " that isn't whole none is new");
        }
        for (const auto& key : keys) {
            if (!theirs_whole_) plans_.keep_new(key);
            else if (doubles.count(key) == 0) plans_.make(key);
        }
    }

    // Keys of ours that aren't made. Of two new ones that are perhaps one, the other waits until the first is there.
    std::set<std::string> ask_about_doubles(Pairing& pairing) {
        std::set<std::string> found;
        for (const auto& twin : pairing.doubles()) {
            const bool begun = plans_.is_begun(twin.ours_key);
            if (twin.theirs_key.empty()) {
                if (begun && plans_.is_begun(twin.other_key)) continue;
                found.insert(begun ? twin.other_key : twin.ours_key);
            } else if (!begun && !(twin.apart && plans_.is_decided(twin.ours_key))) {  // of a household that was new together one may be there first
                found.insert(twin.ours_key);
                if (!twin.answered) ask_about_double(twin);
            }
        }
        state_.report.doubles = static_cast<std::int64_t>(found.size());
        return found;
    }

    void ask_about_double(const Double& twin) {
        ConflictRow row;
        row.job = state_.job.name;
        row.kind = "match";
        row.ours = step_.ours;
        row.theirs = step_.theirs;
        row.ours_key = twin.ours_key;
        row.theirs_key = twin.theirs_key;
        row.candidates = {twin.ours_key};
        ask(row);
    }

    void adopt(const std::string& key) {
        const auto record = record_by_key(engine_.store, theirs_, key);
        if (!record) return;
        FieldTexts values;
        for (const auto& field : ours_.fields) {
            for (const auto& [name, value] : record->fields) {
                if (name == field.name && value) values.emplace_back(name, *value);
            }
        }
        if (adopt_record(engine_.store, ours_, key, values, context_.run)) ++state_.report.to_ours;
    }

    // What isn't so any more: questions that nobody asks now, corrections of records that are no pair now.
    void close_what_is_over() {
        for (const auto* open : {&state_.to_theirs, &state_.to_ours}) {
            for (const auto& [slot, row] : *open) {
                const bool to_theirs = open == &state_.to_theirs;
                const auto pair = paired_.find(to_theirs ? row.key : row.other_key);
                const bool paired = pair != paired_.end() && (to_theirs || pair->second == row.key);
                if (state_.corrects && (!paired || !reconciles(row.field))) give_up(row, paired ? "the job doesn't reconcile this field now" : "the two records are no pair now");
            }
        }
        for (const auto& [identity, count] : state_.confirmed) {
            if (count == state_.rows_of[identity]) ledger_.confirm(identity, context_.run);
        }
        if (!state_.corrects) return;
        ConflictFilter open;
        open.job = state_.job.name;
        for (const auto& row : conflicts_.list(open)) {
            const bool field_kind = row.kind == "values" || row.kind == "war";
            const bool still = field_kind ? state_.still_open.count(row.id) != 0 || row.opened_run == context_.run : asked_.count({row.kind, row.theirs_key + "\n" + row.ours_key}) != 0;
            if (still) continue;
            conflicts_.close(row.id, "overtaken", context_.run);
            ++state_.report.conflicts_closed;
        }
    }

    bool reconciles(const std::string& name) const {
        return std::any_of(state_.fields.begin(), state_.fields.end(), [&](const auto& field) { return field.name == name; });
    }

    void give_up(const CorrectionRow& row, const std::string& reason) {
        corrections_.close(row.id, "dropped", context_.run, reason);
        if (row.identity) ledger_.withdraw_held(*row.identity, context_.run);
    }

    const Engine& engine_;
    const ReconcileStep& step_;
    const ReconcileContext& context_;
    Corrections corrections_;
    Conflicts conflicts_;
    Ledger ledger_;
    const Mapping& ours_;
    const Mapping& theirs_;
    ReconcileState state_;
    CorrectionPlans plans_;
    Reconciled result_;
    std::map<std::string, std::string> paired_;  // key of theirs that was looked at → of ours
    std::set<std::string> unclear_ours_;
    std::vector<std::pair<DifferingPair, PairOutcome>> for_ours_;  // values for a book of our own
    std::int64_t corrected_ = 0;                                   // records of theirs whose correction goes out
    bool theirs_whole_ = false;  // their last list was
    std::set<std::pair<std::string, std::string>> asked_;                        // kind, records
    std::map<std::pair<std::string, std::string>, ConflictRow> gone_decided_;
};

}  // namespace

Reconciled reconcile(const Engine& engine, const Job& job, const ReconcileStep& step, const ReconcileContext& context) {
    return ReconcileRun(engine, job, step, context).run();
}

}  // namespace bindery
