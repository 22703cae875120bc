#include "store/run_calls.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>

#include "core/dates.h"
#include "store/record_table.h"

namespace bindery {
namespace {

void bind_unless_zero(SQLite::Statement& s, int place, std::int64_t number) {
    if (number == 0) s.bind(place);
    else s.bind(place, number);
}

RunCall run_call(SQLite::Statement& s) {
    RunCall call;
    call.seq = s.getColumn(0).getInt64();
    call.service = s.getColumn(1).getString();
    call.wait = s.getColumn(2).getString() == "wait";
    call.at = read_rfc3339(s.getColumn(3).getString()).value_or(WallTime{});
    if (!s.getColumn(4).isNull()) call.took = std::chrono::milliseconds(s.getColumn(4).getInt64());
    call.method = s.getColumn(5).getString();
    call.path = s.getColumn(6).getString();
    call.page = s.getColumn(7).getInt();
    call.attempt = s.getColumn(8).getInt();
    call.status = s.getColumn(9).getInt();
    call.bytes = s.getColumn(10).getInt64();
    call.note = s.getColumn(11).getString();
    return call;
}

}  // namespace

std::string wait_words(const std::string& why) {
    static const std::map<std::string, std::string> kWords{{"token", "waited for a token of the budget"},
                                                           {"pause", "waited until the account's pause was over (429)"},
                                                           {"retry", "waited before another try"},
                                                           {"retry_after", "waited as the service asked (Retry-After)"},
                                                           {"service down", "waited for a service that was down"},
                                                           {"look", "waited before a second look, since lists lag"}};
    const auto found = kWords.find(why);
    return found == kWords.end() ? "waited: " + why : found->second;
}

std::string took_words(const RunCall& call) {
    if (!call.took) return {};
    return *call.took < std::chrono::milliseconds(1) ? "under 1 ms" : format_duration(*call.took);
}

void RunCalls::save(std::int64_t run, const std::vector<RunCall>& calls) {
    SQLite::Statement clear(store_.db(), "DELETE FROM run_call WHERE run = ?");
    clear.bind(1, run);
    clear.exec();
    SQLite::Statement s(store_.db(), "INSERT INTO run_call (run, seq, service, kind, at, took_ms, method, path, page, attempt, status, bytes, note) "
                                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const RunCall& call : calls) {
        s.reset();
        s.clearBindings();
        s.bind(1, run);
        s.bind(2, call.seq);
        s.bind(3, call.service);
        s.bind(4, call.wait ? "wait" : "call");
        s.bind(5, rfc3339(call.at));
        if (call.took) s.bind(6, static_cast<std::int64_t>(std::chrono::round<std::chrono::milliseconds>(*call.took).count()));
        if (!call.wait) {
            s.bind(7, call.method);
            s.bind(8, call.path);
            bind_unless_zero(s, 9, call.page);
            s.bind(10, call.attempt);
            bind_unless_zero(s, 11, call.status);
            if (call.status != 0) s.bind(12, call.bytes);
        }
        if (!call.note.empty()) s.bind(13, call.note);
        s.exec();
    }
}

std::vector<RunCall> RunCalls::of(std::int64_t run) {
    try {
        SQLite::Statement s(store_.db(), "SELECT seq, service, kind, at, took_ms, method, path, page, attempt, status, bytes, note FROM run_call WHERE run = ? ORDER BY seq");
        s.bind(1, run);
        std::vector<RunCall> calls;
        while (s.executeStep()) calls.push_back(run_call(s));
        return calls;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
}

}  // namespace bindery
