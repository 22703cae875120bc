#include "app/run_story.h"

#include "app/commands.h"
#include "store/purge.h"
#include "store/run_calls.h"
#include "store/run_changes.h"

namespace bindery {

namespace {

constexpr int kMostChanges = 1000;

}  // namespace

nlohmann::json changes_json(Store& store, const RunRow& run, std::string& text) {
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    const std::int64_t count = counted_changes(run);
    const RunChanges found = run.report && count == 0 ? RunChanges{} : changes_of(store, run.id, 0, kMostChanges);
    for (const RunChange& change : found.rows) {
        json entry{{"dataset", change.dataset}, {"key", change.key}, {"kind", change.kind}};
        if (!change.field.empty()) entry["field"] = change.field;
        if (change.old_value) entry["old"] = *change.old_value;
        if (change.new_value) entry["new"] = *change.new_value;
        list.push_back(std::move(entry));
        rows.push_back({change.dataset, change.key, change.kind, change.field, change.old_value.value_or("-"), change.new_value.value_or("-")});
    }
    if (!rows.empty()) text += table({"CHANGED IN", "KEY", "WHAT", "FIELD", "WAS", "BECAME"}, rows);
    else if (count == 0) text += "It changed no records.\n";
    else text += "It counted " + std::to_string(count) + " changes to records; the history has none of them any more.\n";
    if (found.more) text += "These are the first " + std::to_string(kMostChanges) + "; `bindery export history --to FILE` has all.\n";
    return {{"rows", list}, {"more", found.more}};
}

nlohmann::json calls_json(Store& store, const RunRow& run, std::string& text) {
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    std::int64_t last = 0;
    for (const RunCall& call : RunCalls(store).of(run.id)) {
        if (call.seq > last + 1) rows.push_back({"...", "", "", std::to_string(call.seq - last - 1) + " more, not kept one by one", "", "", "", ""});
        last = call.seq;
        json entry{{"number", call.seq}, {"service", call.service}, {"at", rfc3339(call.at)}};
        entry["took_ms"] = call.took ? json(std::chrono::duration_cast<std::chrono::milliseconds>(*call.took).count()) : json();
        const std::string took = took_words(call);
        if (call.wait) {
            entry["wait"] = call.note;
            rows.push_back({std::to_string(call.seq), rfc3339(call.at), call.service, wait_words(call.note), "", took, "", ""});
        } else {
            entry.update({{"method", call.method}, {"path", call.path}, {"attempt", call.attempt}, {"status", call.status != 0 ? json(call.status) : json()}, {"bytes", call.bytes}});
            if (call.page > 0) entry["page"] = call.page;
            if (!call.note.empty()) entry["problem"] = call.note;
            std::string what = call.method + " " + call.path;
            if (call.page > 0) what += ", page " + std::to_string(call.page);
            if (call.attempt > 1) what += ", try " + std::to_string(call.attempt);
            const std::string status = call.status != 0 ? std::to_string(call.status) : "no reply";
            rows.push_back({std::to_string(call.seq), rfc3339(call.at), call.service, what, status, took, call.status != 0 ? std::to_string(call.bytes) : "", call.note});
        }
        list.push_back(std::move(entry));
    }
    const std::string purged = rows.empty() ? purged_calls(run, store.clock().wall()) : "";
    if (rows.empty()) text += purged.empty() ? "No calls are noted of this run.\n" : purged + "\n";
    else text += table({"NR", "BEGAN", "SERVICE", "WHAT", "ANSWER", "TOOK", "BYTES", "PROBLEM"}, rows);
    return list;
}

}  // namespace bindery
