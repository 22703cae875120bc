#include "app/run_story.h"

#include "app/commands.h"
#include "store/purge.h"
#include "store/run_calls.h"

namespace bindery {

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
