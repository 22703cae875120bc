#include "store/purge.h"
#include "store/run_calls.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

constexpr std::size_t kShownOpen = 40;  // more are folded away until they are asked for

std::string request_words(const RunCall& call) {
    std::string text = call.method + " " + call.path;
    if (call.page > 0) text += ", page " + std::to_string(call.page);
    if (call.attempt > 1) text += ", try " + std::to_string(call.attempt);
    return text;
}

std::string answer_words(const RunCall& call) { return call.status != 0 ? std::to_string(call.status) : call.took ? "no reply" : "no reply was seen"; }

}  // namespace

Html calls_section(const Look& look, const RunRow& run) {
    const auto calls = RunCalls(look.store).of(run.id);
    if (calls.empty()) {
        const std::string purged = purged_calls(run, look.store.clock().wall());
        return purged.empty() ? Html() : tag("h2", "Calls and waits") + tag("p", purged);
    }
    std::vector<std::vector<Html>> rows;
    std::int64_t last = 0;
    for (const RunCall& call : calls) {
        if (call.seq > last + 1) rows.push_back({"…", Html(), Html(), std::to_string(call.seq - last - 1) + " more, not kept one by one", Html(), Html(), Html(), Html()});
        last = call.seq;
        const std::string took = took_words(call);
        if (call.wait) rows.push_back({Html::number(call.seq), time_tag(call.at, look.zone), call.service, wait_words(call.note), Html(), took, Html(), Html()});
        else rows.push_back({Html::number(call.seq), time_tag(call.at, look.zone), call.service, request_words(call), answer_words(call), took, call.status != 0 ? Html::number(call.bytes) : Html(), call.note});
    }
    const std::string caption = "Each call and wait, in the order in which they began";
    const Html list = data_table(caption, {"Number", "Began", "Service", "What", "Answer", "Took", "Bytes", "Problem"}, rows);
    const Html head = tag("h2", "Calls and waits");
    if (rows.size() <= kShownOpen) return head + list;
    return head + tag("details", tag("summary", "All " + std::to_string(last) + ", one by one") + list);
}

}  // namespace bindery::web
