#pragma once
// The import step of a job: the files that its pattern finds, oldest first, each landed by import_file. A file that landed goes to the
// done folder; one that didn't stays where it is. Of a whole book only what is newer than it counts; of a partial one also what
// comes late.
#include <vector>

#include "engine/context.h"
#include "engine/import_file.h"
#include "engine/report.h"

namespace bindery {

struct ImportStepContext {
    std::int64_t run = 0;
    std::int64_t allow_removed = -1;
    bool move = true;  // into the done folder: not by a plan
    std::function<bool()> stop;
    std::function<void()> also;  // joins each landing's transaction
};

// Takes what the files did into `report`, and their problems, each as Error.
std::vector<Error> import_files(const Engine& engine, const ImportStep& step, const ImportStepContext& context, RunReport& report);

// Files of `pattern` (* and ? in its last part), oldest first; never a reject file, a hidden or a half-written one (.part).
std::vector<std::filesystem::path> files_of(const std::filesystem::path& pattern);

}  // namespace bindery
