#pragma once
// CSV out of the store: a dataset, a select, the corrections of a job, what only one of its books has, the runs, the history. Rows come in a stable order, the file
// appears whole or not at all and only its owner can read it. Docs: docs/csv.md.
#include <functional>
#include <string>
#include <vector>

#include "core/template.h"
#include "engine/context.h"
#include "store/store.h"

namespace bindery {

struct ExportRequest {
    // One of them.
    std::string dataset;      // service.resource, book.NAME, runs or history
    std::string sql;
    std::string corrections;  // a job
    std::string unmatched;    // a job
    std::filesystem::path to;  // "-": stdout
    bool bom = false;
    bool raw = false;
    Values parameters;         // of the SQL: now, today, a job's vars
};

struct ExportReport {
    std::string what, file;
    std::int64_t rows = 0;
    std::vector<std::string> columns;
};

// A dataset is read in one snapshot. Error(usage) for what isn't there, Error(store) when the file can't be written: there's none then,
// and an old one stays as it was.
ExportReport export_csv(const Config& config, Store& store, const ExportRequest& request);

// That of a job's step.
ExportRequest export_request(const Engine& engine, const ExportStep& step, const Values& values);

}  // namespace bindery
