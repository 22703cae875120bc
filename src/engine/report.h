#pragma once
// What a run says of itself: the same struct becomes the line on the terminal, `show`, and the JSON of the design. Pure.
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "store/datasets.h"

namespace bindery {

using json = nlohmann::json;

enum class ExitCode {
    done = 0,
    failed = 1,
    changes_pending = 2,
    partial = 3,
    guard = 4,
    doubt = 5,
    running_elsewhere = 6,
    usage = 64,
    config = 78,
    interrupted = 143
};
ExitCode exit_code_of(ErrorCode code);
// When several apply, the first of 78, 64, 6, 1, 4, 5, 3, 0 (143 before all: the run was told to stop).
ExitCode worse(ExitCode a, ExitCode b);

struct DatasetReport {
    LandCounts counts;
    std::string verdict = "not read";  // complete | resumed | incomplete: … | failed: …
    bool complete = false;
    std::string as_of;                 // RFC 3339: when the reading began that the run worked with
};

struct EffectCounts {
    std::int64_t planned = 0;       // to be sent by this run
    std::int64_t done = 0;          // sent by this run, and answered
    std::int64_t already_done = 0;  // selected, done by an earlier run
    std::int64_t rejected = 0;      // refused by the service, in this run or still
    std::int64_t in_doubt = 0;      // in doubt now
    std::int64_t held = 0;          // held now, for a person
    std::int64_t withdrawn = 0;     // planned once, not selected any more
};

// An effect that a person should look at. No personal data: the reference leads to it.
struct Attention {
    std::string effect, ref, state, reason;
};

struct FieldChange {
    std::string field;
    std::optional<std::string> before, after;
};

struct PlannedCall {
    std::string effect, identity, ref, decision, method, path, body;
    json once_per;
    std::vector<FieldChange> changes{};  // of a correction
    bool updates = false;                // a record that the service has already, whatever the method
};

// What a reconcile step found, in records unless said otherwise.
struct ReconcileReport {
    std::string ours, theirs;
    std::string ours_as_of, theirs_as_of;  // when their readings began; empty: never
    std::int64_t pairs = 0, by_fallback = 0, agree = 0, differ = 0;
    std::int64_t to_theirs = 0, to_ours = 0;      // fields that should cross
    std::int64_t confirmed = 0, unconfirmed = 0;  // fields that a reading showed, or that wait for one
    std::int64_t cleared = 0, reported = 0;       // fields: emptied on a side; owned by nobody
    std::int64_t only_ours = 0, only_theirs = 0, gone = 0;
    std::int64_t doubles = 0;  // of only_ours: perhaps a second row about one that is known, so not made there
    std::int64_t conflicts_opened = 0, conflicts_closed = 0;
    std::int64_t not_kept = 0, braked = 0;        // fields
    std::int64_t not_taken = 0;                   // fields whose value the service has no place for, so not sent
    std::string idle;  // why nothing was corrected; empty: it was
};

// What a sell step came to, in leads of this run unless said otherwise.
struct SaleReport {
    std::string effect, kind, mode;
    std::int64_t selected = 0, offered = 0;             // rows; those that the rules let pass
    std::int64_t pings = 0, bids = 0;                   // questions that were answered, and those with a bid
    std::int64_t declined = 0, too_low = 0, lapsed = 0, refused = 0, waiting = 0, unfit = 0, tested = 0;
    std::int64_t sold = 0, unclear = 0;
    std::map<std::string, std::int64_t> passed_over, rejected;  // reason → leads
    std::map<std::string, std::int64_t> waits;          // likewise, of `waiting`
    std::string money = "0.00";                         // of those sold
    std::int64_t followed = 0, billable = 0;            // sales whose status was asked for; those found billable
    std::string cost;                                   // plan only
};

struct RunReport {
    std::string job, kind = "sync";
    std::int64_t run = 0;
    std::string outcome = "done";
    ExitCode exit = ExitCode::done;
    bool incomplete = false;  // a list wasn't read to its end, or effects are left; `outcome` may say something worse
    std::map<std::string, DatasetReport> datasets;
    EffectCounts effects;
    std::map<std::string, std::map<std::string, std::map<std::string, std::int64_t>>> counted;  // effect → column → value → rows
    std::map<std::string, std::map<std::string, std::map<std::string, std::int64_t>>> passed_over;  // effect → dataset → reason → records
    std::map<std::string, std::int64_t> then_up_to;  // effect → how many more may follow from this run's replies (`after:`)
    std::vector<Attention> attention;  // at most kMaxAttention
    std::vector<std::string> warnings;
    std::vector<PlannedCall> list;     // plan only
    std::string cost;                  // plan only: "3 to create, 5 to update, 11 calls, about 7 s"
    std::vector<ReconcileReport> reconciled;
    std::vector<SaleReport> sales;
    std::int64_t conflicts = 0;  // open, of this job
    std::map<std::string, std::int64_t> requests;
    std::map<std::string, std::map<int, std::int64_t>> statuses;  // of the replies, by service; what is short of `requests` had none
    std::map<std::string, double> waited;                         // seconds, by service
    double waited_seconds = 0, seconds = 0;
    std::string now, today;
    struct Problem {
        std::string code, message, hint;
    };
    std::optional<Problem> error;  // the first

    void fail(const Error& problem);  // keeps the first error, worsens the exit code
    void worsen(ExitCode code) { exit = worse(exit, code); }
};
inline constexpr std::size_t kMaxAttention = 200;

json to_json(const RunReport& report);
// For people: a few lines, no personal data.
std::string to_text(const RunReport& report);
// A part of it, from a report's JSON: one of `attention`.
std::string attention_text(const json& attention);

}  // namespace bindery
