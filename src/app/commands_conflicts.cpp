// conflicts, resolve: what two books disagree about, and a person's word.
#include <algorithm>
#include <charconv>

#include "app/commands.h"
#include "app/reconcile_story.h"
#include "core/error.h"
#include "core/exact_json.h"
#include "core/nearest.h"
#include "core/text.h"
#include "store/conflicts.h"
#include "store/record_by_key.h"

namespace bindery {
namespace {

json or_null(const std::optional<std::string>& value) { return value ? json(*value) : json(); }

json conflict_json(const ConflictRow& c) {
    json out{{"id", c.id},       {"job", c.job},     {"kind", c.kind},           {"state", c.state}, {"ours", c.ours}, {"theirs", c.theirs}, {"ours_key", c.ours_key},
             {"theirs_key", c.theirs_key}, {"field", c.field}, {"base", or_null(c.base)}, {"ours_value", or_null(c.ours_value)}, {"theirs_value", or_null(c.theirs_value)},
             {"ours_changed", c.ours_changed}, {"theirs_changed", c.theirs_changed}, {"opened_run", c.opened_run}, {"opened_at", c.opened_at},
             {"closed_at", or_null(c.closed_at)}, {"closed_by", or_null(c.closed_by)}, {"take", or_null(c.take)}, {"wanted", or_null(c.wanted)}};
    if (c.kind == "match") out["candidates"] = c.candidates;
    return out;
}

std::string changed_text(const json& changed) {
    if (!changed.is_object()) return "";
    return " (" + changed.value("kind", "") + " in run " + std::to_string(changed.value("run", std::int64_t{0})) + ", " + changed.value("at", "") + ")";
}

std::int64_t conflict_id(const std::string& text) {
    std::int64_t id = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (problem != std::errc() || end != text.data() + text.size() || id <= 0) {
        throw Error(ErrorCode::usage, "`" + text + "` is no conflict's number", "`bindery conflicts` lists them");
    }
    return id;
}

std::optional<std::string> value_now(Store& store, const Mapping& mapping, const std::string& key, const std::string& field) {
    const auto record = record_by_key(store, mapping, key);
    if (!record || record->removed_at) return std::nullopt;
    for (const auto& [name, value] : record->fields) {
        if (name == field) return value;
    }
    return std::nullopt;
}

bool is_live(Session& session, const std::string& dataset, const std::string& key) {
    const auto record = record_by_key(session.store(), session.config().mapping(dataset), key);
    return record && !record->removed_at;
}

// What a person would decide about isn't what they saw.
std::string moved_on(Session& session, const ConflictRow& c, const std::string& chosen = {}) {
    const std::string id = "conflict " + std::to_string(c.id);
    if (c.kind == "match") {
        if (!is_live(session, c.theirs, c.theirs_key)) return id + ": the record of " + c.theirs + " is gone";
        return chosen.empty() || is_live(session, c.ours, chosen) ? "" : id + ": that record of " + c.ours + " is gone";
    }
    if (c.kind == "gone") {
        const bool same = is_live(session, c.ours, c.ours_key) == c.ours_value.has_value() && is_live(session, c.theirs, c.theirs_key) == c.theirs_value.has_value();
        return same ? "" : id + ": a record has come back, or gone, since it was opened";
    }
    const FieldType type = field_type(c.type).value_or(FieldType::text);
    const auto same = [&](const std::optional<std::string>& a, const std::optional<std::string>& b) { return a.has_value() == b.has_value() && (!a || same_value(type, *a, *b)); };
    const auto ours = value_now(session.store(), session.config().mapping(c.ours), c.ours_key, c.field);
    const auto theirs = value_now(session.store(), session.config().mapping(c.theirs), c.theirs_key, c.field);
    return same(ours, c.ours_value) && same(theirs, c.theirs_value) ? "" : id + ": the records have changed since it was opened";
}

struct Word {
    std::string take;
    std::optional<std::string> wanted;
};

// What `--take` means for this conflict; Error(usage) when it can't.
Word word_for(const ConflictRow& c, const std::string& given) {
    const std::string plain = lower(trim(given));
    const bool is_word = plain == "ours" || plain == "theirs" || plain == "same" || plain == "different";
    const std::string take = is_word ? plain : given;
    const std::string id = "conflict " + std::to_string(c.id);
    if (c.kind == "match") {
        if (take == "different") return {"different", std::nullopt};
        const bool listed = std::find(c.candidates.begin(), c.candidates.end(), take) != c.candidates.end();
        if (take == "same" && c.candidates.size() == 1) return {"same", c.candidates.front()};
        if (listed) return {"same", take};
        throw Error(ErrorCode::usage, id + " asks which record of ours it is", take == "same" ? "there are several: --take KEY with one of its candidates, or --take different"
                                                                                              : "--take same, different, or the KEY of one of its candidates");
    }
    if (take == "ours" || take == "theirs") {
        const auto& value = take == "ours" ? c.ours_value : c.theirs_value;
        if (!value && c.kind != "gone") throw Error(ErrorCode::usage, id + ": " + take + " is blank, and a blank overwrites nothing", "--take the other side or a value");
        return {take, value};
    }
    if (c.kind == "gone") throw Error(ErrorCode::usage, id + " is about a record that is gone on one side", "--take ours or theirs says whose state is right");
    const Canonical value = canonicalize(field_type(c.type).value_or(FieldType::text), json(take));
    if (value.state == Canonical::State::blank) throw Error(ErrorCode::usage, "a blank overwrites nothing", "--take ours, theirs or a value");
    if (value.state == Canonical::State::bad) throw Error(ErrorCode::usage, "the value can't be taken as " + c.type + ": " + value.reason, "--take ours, theirs or a value that can be read");
    const FieldType type = field_type(c.type).value_or(FieldType::text);
    const bool number = type == FieldType::phone || type == FieldType::policy_number;
    if (is_word || (number && !match_key(type, value.text))) throw Error(ErrorCode::usage, "`" + given + "` is no " + c.type, "--take ours, theirs or a value");
    return {"value", value.text};
}

// A record is in one pair.
void refuse_second_pair(Session& session, const ConflictRow& c, const Word& word) {
    if (c.kind != "match" || word.take != "same" || !c.ours_key.empty()) return;
    for (const auto& other : Conflicts(session.store()).linked(c.job, *word.wanted)) {
        if (other != c.theirs_key && is_live(session, c.theirs, other))
            throw Error(ErrorCode::usage, "conflict " + std::to_string(c.id) + ": that record of " + c.ours + " is the same as " + c.theirs + " " + printable(other) + " already, by a person's word",
                        "--take different, or correct one of the two records of " + c.theirs);
    }
}

void settle(Session& session, const ConflictRow& c, const Word& word) {
    Conflicts conflicts(session.store());
    if (!conflicts.resolve(c.id, word.take, word.wanted)) throw Error(ErrorCode::usage, "conflict " + std::to_string(c.id) + " was closed meanwhile", "`bindery conflicts --all` tells how");
    if (c.kind != "match") return;
    for (const auto& key : c.candidates) {
        if (word.take == "different") conflicts.link(c.job, c.theirs_key, key, Conflicts::kDifferent);
        else if (key == word.wanted) conflicts.link(c.job, c.theirs_key, key, c.ours_key.empty() ? Conflicts::kSame : Conflicts::kOneMore);
    }
}

int resolve_one(Session& session) {
    const Options& o = session.options();
    Conflicts conflicts(session.store());
    const std::int64_t id = conflict_id(o.id);
    json object;
    session.store().transaction([&] {
        const auto found = conflicts.find(id);
        if (!found) throw Error(ErrorCode::not_found, "there is no conflict " + o.id, "`bindery conflicts` lists the open ones");
        if (found->state != "open") {
            throw Error(ErrorCode::usage, "conflict " + o.id + " is closed already (" + found->state + (found->closed_at ? ", " + *found->closed_at : "") + ")",
                        "`bindery conflicts --all` tells how; when the sides differ anew a new one is opened");
        }
        const Word word = word_for(*found, o.take);
        refuse_second_pair(session, *found, word);
        if (const std::string late = moved_on(session, *found, found->kind == "match" ? word.wanted.value_or("") : ""); !late.empty()) {
            throw Error(ErrorCode::usage, late, "run `bindery sync --job " + found->job + "` and look at `bindery conflicts` again");
        }
        settle(session, *found, word);
        object = conflict_json(*conflicts.find(id));
    });
    print(session, {{"resolved", json::array({object})}, {"skipped", json::array()}}, "conflict " + o.id + ": " + object["take"].get<std::string>() + "; the job's next run carries it out\n");
    return 0;
}

// A misspelt field would look like one without conflicts.
void check_field(const Config& config, const std::string& field) {
    std::vector<std::string> names;
    for (const auto& [job_name, job] : config.jobs) {
        for (const auto& step : job.steps) {
            const auto* books = std::get_if<ReconcileStep>(&step);
            if (books == nullptr) continue;
            for (const auto& [name, owner] : books->fields) names.push_back(name);
        }
    }
    if (std::find(names.begin(), names.end(), field) != names.end()) return;
    const auto near = nearest(field, names);
    throw Error(ErrorCode::usage, "no job reconciles a field `" + field + "`", near.empty() ? "`bindery conflicts` lists the open ones" : "did you mean `" + near + "`?");
}

int resolve_many(Session& session) {
    Options o = session.options();
    o.take = lower(trim(o.take));
    if (o.take != "ours" && o.take != "theirs") throw Error(ErrorCode::usage, "for many conflicts at once --take is ours or theirs", "a value goes with one conflict's number");
    if (!o.jobs.empty()) session.config().job(o.jobs.front());
    check_field(session.config(), o.field);
    Conflicts conflicts(session.store());
    json resolved = json::array(), skipped = json::array();
    session.store().transaction([&] {
        ConflictFilter filter;
        filter.job = o.jobs.empty() ? "" : o.jobs.front();
        filter.field = o.field;
        for (const auto& c : conflicts.list(filter)) {
            if (c.kind != "values" && c.kind != "war") continue;
            const bool blank = !(o.take == "ours" ? c.ours_value : c.theirs_value);
            if (blank || !moved_on(session, c).empty()) {
                skipped.push_back(c.id);
                continue;
            }
            settle(session, c, word_for(c, o.take));
            resolved.push_back(conflict_json(*conflicts.find(c.id)));
        }
    });
    std::string text = std::to_string(resolved.size()) + " conflicts about " + o.field + ": " + o.take + "; the next run of their job carries it out\n";
    if (!skipped.empty()) text += std::to_string(skipped.size()) + " are left: their records have changed since, or that side is blank; run the job and look again\n";
    print(session, {{"resolved", resolved}, {"skipped", skipped}}, text);
    return 0;
}

}  // namespace

int command_conflicts(Session& session) {
    const Options& o = session.options();
    ConflictFilter filter;
    filter.job = o.jobs.empty() ? "" : o.jobs.front();
    filter.field = o.field;
    filter.closed_too = o.all;
    filter.limit = o.limit;
    if (!filter.job.empty()) session.config().job(filter.job);
    json list = json::array();
    std::string text;
    for (const auto& c : Conflicts(session.store_to_read()).list(filter)) {
        list.push_back(conflict_json(c));
        text += conflict_text(c);
    }
    print(session, {{"conflicts", list}}, text.empty() ? "No conflicts.\n" : text);
    return 0;
}

int command_resolve(Session& session) {
    const Options& o = session.options();
    if (o.take.empty()) throw Error(ErrorCode::usage, "--take is empty", "--take ours, theirs or a value");
    if (!o.id.empty()) {
        if (o.all || !o.field.empty()) throw Error(ErrorCode::usage, "give a conflict's number, or --field and --all, not both");
        return resolve_one(session);
    }
    if (o.field.empty() || !o.all) throw Error(ErrorCode::usage, "which conflicts?", "give a number, or --field FIELD --all for every open one of that field");
    return resolve_many(session);
}

std::string conflict_text(const ConflictRow& c) {
    std::string text = std::to_string(c.id) + "  " + c.kind + (c.field.empty() ? "" : " " + c.field) + ", job " + c.job + ", opened in run " + std::to_string(c.opened_run) + " at " + c.opened_at;
    if (c.state != "open") text += ", " + c.state + (c.take ? " (" + *c.take + (c.closed_by ? " by " + *c.closed_by : "") + ")" : "");
    text += "\n";
    if (c.kind == "match") {
        text += "    theirs: " + c.theirs + " " + printable(c.theirs_key) + "\n";
        if (!c.ours_key.empty()) return text + "    may be one more row about it: " + c.ours + " " + printable(c.ours_key) + " (--take same: nothing is sent; different: it is made there)\n";
        for (const auto& key : c.candidates) text += "    may be ours: " + c.ours + " " + printable(key) + "\n";
        return text;
    }
    const auto side = [&](const char* name, const std::string& dataset, const std::string& key, const std::optional<std::string>& value, const json& changed) {
        text += std::string("    ") + name + ": " + printable(value.value_or(c.kind == "gone" ? "(gone)" : "(blank)")) + "  " + dataset + " " + printable(key) + changed_text(changed) + "\n";
    };
    side("ours", c.ours, c.ours_key, c.ours_value, c.ours_changed);
    side("theirs", c.theirs, c.theirs_key, c.theirs_value, c.theirs_changed);
    if (c.base && c.kind != "gone") text += "    agreed before: " + printable(*c.base) + "\n";
    return text;
}

}  // namespace bindery
