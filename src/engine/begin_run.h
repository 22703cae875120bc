#pragma once
// How a run begins and ends. It begins: its secrets are there, its row is written, and what a dead process left under way falls in doubt.
#include "engine/context.h"
#include "engine/job_run.h"
#include "engine/report.h"
#include "store/run_calls.h"
#include "store/runs.h"

namespace bindery {

struct Begun {
    RunRow row;
    bool cut_off = false;  // an earlier run's process died with effects under way
};

// Whose key a step needs; empty: nobody's.
std::string service_of(const Step& step);

// A missing secret stops a job before anything happened: Error(config).
void need_secrets(const Engine& engine, const Job& job);

// The run's row, with the moment that :now and :today stand for; what a dead process left as sending falls in doubt.
Begun begin_run(const Engine& engine, const Job& job, const RunOptions& options);

// Of a run that couldn't begin.
RunReport failed_report(const std::string& job, const std::string& kind, const Error& error);

// A run that failed before it could begin: nobody reads the error of a run that nobody started by hand, so it has its row as well,
// and is retried and told as any that failed. The job's lock is held.
void note_unbegun(const Engine& engine, const Job& job, const Error& error);

// What a run needs before it begins: its secrets, and SQL that fits the store (who starts it by hand has checked that). Error(config).
void need_ready(const Engine& engine, const Job& job, const RunOptions& options);

// The row of a run that has ended, with its report and its calls. Waits for the store without limit.
void end_run(Store& store, const RunReport& report, const std::vector<RunCall>& calls);

}  // namespace bindery
