#include "app/conflict_decider.h"

#include <algorithm>
#include <charconv>

#include "app/commands.h"
#include "core/error.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "store/record_by_key.h"

namespace bindery {
namespace {

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

bool is_live(Store& store, const Config& config, const std::string& dataset, const std::string& key) {
    const auto record = record_by_key(store, config.mapping(dataset), key);
    return record && !record->removed_at;
}

// What a person would decide about isn't what they saw.
std::string moved_on(Store& store, const Config& config, const ConflictRow& c, const std::string& chosen = {}) {
    const std::string id = "conflict " + std::to_string(c.id);
    if (c.kind == "match") {
        if (!is_live(store, config, c.theirs, c.theirs_key)) return id + ": the record of " + c.theirs + " is gone";
        return chosen.empty() || is_live(store, config, c.ours, chosen) ? "" : id + ": that record of " + c.ours + " is gone";
    }
    if (c.kind == "gone") {
        const bool same = is_live(store, config, c.ours, c.ours_key) == c.ours_value.has_value() && is_live(store, config, c.theirs, c.theirs_key) == c.theirs_value.has_value();
        return same ? "" : id + ": a record has come back, or gone, since it was opened";
    }
    const FieldType type = field_type(c.type).value_or(FieldType::text);
    const auto same = [&](const std::optional<std::string>& a, const std::optional<std::string>& b) { return a.has_value() == b.has_value() && (!a || same_value(type, *a, *b)); };
    const auto ours = value_now(store, config.mapping(c.ours), c.ours_key, c.field);
    const auto theirs = value_now(store, config.mapping(c.theirs), c.theirs_key, c.field);
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
void refuse_second_pair(Store& store, const Config& config, const ConflictRow& c, const Word& word) {
    if (c.kind != "match" || word.take != "same" || !c.ours_key.empty()) return;
    for (const auto& other : Conflicts(store).linked(c.job, *word.wanted)) {
        if (other != c.theirs_key && is_live(store, config, c.theirs, other))
            throw Error(ErrorCode::usage, "conflict " + std::to_string(c.id) + ": that record of " + c.ours + " is the same as " + c.theirs + " " + one_line(other) + " already, by a person's word",
                        "--take different, or correct one of the two records of " + c.theirs);
    }
}

void settle(Store& store, const ConflictRow& c, const Word& word) {
    Conflicts conflicts(store);
    if (!conflicts.resolve(c.id, word.take, word.wanted)) throw Error(ErrorCode::usage, "conflict " + std::to_string(c.id) + " was closed meanwhile", "`bindery conflicts --all` tells how");
    if (c.kind != "match") return;
    for (const auto& key : c.candidates) {
        if (word.take == "different") conflicts.link(c.job, c.theirs_key, key, Conflicts::kDifferent);
        else if (key == word.wanted) conflicts.link(c.job, c.theirs_key, key, c.ours_key.empty() ? Conflicts::kSame : Conflicts::kOneMore);
    }
}

}  // namespace

ConflictRow ConflictDecider::decide(const std::string& given, const std::string& take, const std::optional<std::string>& seen) {
    Conflicts conflicts(store_);
    const std::int64_t id = conflict_id(given);
    ConflictRow row;
    store_.transaction([&] {
        const auto found = conflicts.find(id);
        if (!found) throw Error(ErrorCode::not_found, "there is no conflict " + given, "`bindery conflicts` lists the open ones");
        if (found->state != "open") {
            throw Error(ErrorCode::usage, "conflict " + given + " is closed already (" + found->state + (found->closed_at ? ", " + *found->closed_at : "") + ")",
                        "`bindery conflicts --all` tells how; when the sides differ anew a new one is opened");
        }
        if (seen && *seen != mark_of(*found)) throw Error(ErrorCode::usage, "conflict " + given + " has other values now than that page showed", "look at it again, then decide");
        const Word word = word_for(*found, take);
        refuse_second_pair(store_, config_, *found, word);
        if (const std::string late = moved_on(store_, config_, *found, found->kind == "match" ? word.wanted.value_or("") : ""); !late.empty()) {
            throw Error(ErrorCode::usage, late, "run `bindery sync --job " + found->job + "` and look at `bindery conflicts` again");
        }
        settle(store_, *found, word);
        row = *conflicts.find(id);
    });
    return row;
}

ConflictDecider::Many ConflictDecider::decide_all(const ConflictFilter& filter, const std::string& take) {
    Conflicts conflicts(store_);
    Many many;
    store_.transaction([&] {
        for (const auto& c : conflicts.list(filter)) {
            if (c.kind != "values" && c.kind != "war") continue;
            const bool blank = !(take == "ours" ? c.ours_value : c.theirs_value);
            if (blank || !moved_on(store_, config_, c).empty()) {
                many.skipped.push_back(c.id);
                continue;
            }
            settle(store_, c, word_for(c, take));
            many.resolved.push_back(*conflicts.find(c.id));
        }
    });
    return many;
}

}  // namespace bindery
