#include "engine/begin_run.h"

#include "config/secrets.h"
#include "core/dates.h"
#include "core/exact_json.h"
#include "engine/check.h"
#include "engine/check_vars.h"
#include "engine/schedule.h"
#include "store/job_turns.h"
#include "store/ledger.h"
#include "store/tallies.h"

namespace bindery {

std::string service_of(const Step& step) {
    if (const auto* pull = std::get_if<PullStep>(&step)) return pull->service;
    if (const auto* push = std::get_if<PushStep>(&step)) return push->service;
    if (const auto* sell = std::get_if<SellStep>(&step)) return sell->post.service;
    if (const auto* books = std::get_if<ReconcileStep>(&step)) return books->theirs.substr(0, books->theirs.find('.'));
    return {};  // files need no key
}

namespace {

void note_turn(Store& store, const Job& job, WallTime now) {
    JobTurns turns(store);
    const JobTurnRow before = turns.read(job.name);
    JobPast past;
    past.handled_until = before.handled_until;
    past.last_started = before.last_started;
    turns.handled(job.name, taken_until(job, past, now));
}

}  // namespace

Begun begin_run(const Engine& engine, const Job& job, const RunOptions& options) {
    const WallTime now = engine.clock.wall();
    Begun begun;
    RunRow& row = begun.row;
    row.job = job.name;
    row.kind = options.kind;
    row.phase = "pull";
    row.timezone = job.timezone;
    row.started_at = rfc3339(now);
    row.now = options.plan ? options.plan->now : rfc3339(now);
    row.today = options.plan ? options.plan->today : format_date(date_in_zone(now, job.timezone));
    engine.store.transaction([&] {
        // With the run's row, in one commit: a process that dies before it has taken no turn, one that dies after it has.
        if (row.kind == "sync") note_turn(engine.store, job, now);
        row.id = Runs(engine.store).begin(row);
        begun.cut_off = Ledger(engine.store).sending_to_doubt(job.name, row.id) > 0;
    });
    return begun;
}

void need_secrets(const Engine& engine, const Job& job) {
    for (const auto& step : job.steps) {
        if (const auto* sell = std::get_if<SellStep>(&step); sell != nullptr && !sell->hand_secret.empty()) read_secret(sell->hand_secret, engine.environment, engine.config.settings.secrets_dir);
        const std::string name = service_of(step);
        if (name.empty()) continue;
        const Service& service = engine.config.service(name);
        if (!service.bearer_secret.empty()) read_secret(service.bearer_secret, engine.environment, engine.config.settings.secrets_dir);
    }
}

namespace {

void tally_requests(Store& store, const RunReport& report) {
    Tallies tallies(store);
    for (const auto& [service, requests] : report.requests) {
        std::int64_t without = requests;
        if (const auto known = report.statuses.find(service); known != report.statuses.end()) {
            for (const auto& [status, count] : known->second) {
                tallies.add_requests(service, status, count);
                without -= count;
            }
        }
        tallies.add_requests(service, 0, without);
    }
    for (const auto& [service, seconds] : report.waited) tallies.add_waited(service, seconds);
}

}  // namespace

RunReport failed_report(const std::string& job, const std::string& kind, const Error& error) {
    RunReport report;
    report.job = job;
    report.kind = kind;
    report.outcome = "failed";
    report.fail(error);
    return report;
}

void note_unbegun(const Engine& engine, const Job& job, const Error& error) {
    const Begun begun = begin_run(engine, job, {});
    RunReport report = failed_report(job.name, "sync", error);
    report.run = begun.row.id;
    report.now = begun.row.now;
    report.today = begun.row.today;
    end_run(engine.store, report, {});
}

void need_ready(const Engine& engine, const Job& job, const RunOptions& options) {
    const bool by_schedule = engine.call_class == CallClass::schedule && options.kind == "sync";
    const WallTime now = engine.clock.wall();
    try {
        if (engine.call_class != CallClass::on_demand) check_job_sql(job, engine.store.file());
        need_secrets(engine, job);
        check_vars(job, engine.store.file(), options.plan ? options.plan->now : rfc3339(now), options.plan ? options.plan->today : format_date(date_in_zone(now, job.timezone)));
    } catch (const Error& error) {
        if (by_schedule) note_unbegun(engine, job, error);
        throw;
    }
}

void end_run(Store& store, const RunReport& report, const std::vector<RunCall>& calls) {
    RunRow row;
    row.id = report.run;
    row.ended_at = rfc3339(store.clock().wall());
    row.outcome = report.outcome;
    row.report = dump_exact(to_json(report));
    row.exit_code = static_cast<int>(report.exit);
    if (report.error) {
        row.error_code = report.error->code;
        row.message = report.error->message;
        row.hint = report.error->hint;
    }
    store.transaction(
        [&] {
            Runs(store).end(row);
            RunCalls(store).save(report.run, calls);
            tally_requests(store, report);
        },
        Store::Wait::forever);
}

}  // namespace bindery
