#pragma once
// `bindery import`: one file as a run of its own, one import a book at a time.
#include <spdlog/logger.h>

#include "engine/import_file.h"
#include "engine/report.h"

namespace bindery {

struct ImportRun {
    RunReport run;  // its job is the book's dataset; its kind is import
    ImportReport file;
};

// Error(running_elsewhere) when the book is being imported already, Error(config) for an unknown book; whatever the file does is in
// the report. A dry one leaves no trace and has no number.
ImportRun run_import(const Config& config, Store& store, spdlog::logger& log, ImportRequest request);

json to_json(const ImportRun& done);
std::string to_text(const ImportRun& done);

// What a file's rows mean for the exit code and the warnings of a run.
void take_import(const ImportReport& file, const std::string& book, RunReport& run);

}  // namespace bindery
