#pragma once
// The request that carries a correction: which record, which fields, with the JSON types that the service showed. Pure.
#include <string>
#include <utility>
#include <vector>

#include "config/job.h"
#include "config/service.h"
#include "core/template.h"

namespace bindery {

struct Correction {
    const ReconcileStep* step = nullptr;
    const PushStep* push = nullptr;         // how it goes out
    const Operation* operation = nullptr;
    const Mapping* theirs = nullptr;
    std::string key;                        // of their record; empty: it is to be made
    json document;                          // their record as received; null: it is to be made
    std::vector<std::pair<std::string, std::string>> changes;  // field, canonical text
    std::string ref;
    Values fixed;                           // vars, :now, :today
};

struct CorrectionCall {
    std::string path;
    json body;
    std::string problem;  // why it can't be sent, no personal data; it is held then
};
CorrectionCall correction_call(const Correction& correction);

}  // namespace bindery
