#include "engine/import_step.h"

#include <fnmatch.h>

#include <algorithm>
#include <system_error>

#include "engine/forget.h"
#include "engine/import_run.h"
#include "store/lock.h"

namespace bindery {
namespace {

namespace fs = std::filesystem;

bool has_pattern(const std::string& name) { return name.find_first_of("*?[") != std::string::npos; }

// A name that isn't taken: policies.csv, policies.2.csv, …
fs::path free_place(const fs::path& folder, const fs::path& file) {
    fs::path place = folder / file.filename();
    for (int n = 2; fs::exists(fs::symlink_status(place)); ++n) place = folder / (file.stem().string() + "." + std::to_string(n) + file.extension().string());
    return place;
}

// Into the done folder. The file has landed already: a move that fails is a warning, and the next run tries again.
std::string move_away(const fs::path& file, const fs::path& folder) {
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (problem) return file.filename().string() + " has landed but can't be moved: the folder " + folder.string() + " can't be made: " + problem.message();
    const fs::path place = free_place(folder, file);
    fs::rename(file, place, problem);
    if (problem == std::errc::cross_device_link) {
        problem.clear();
        const auto time = fs::last_write_time(file, problem);
        if (!problem) fs::copy_file(file, place, problem);
        if (!problem) fs::last_write_time(place, time, problem);
        if (!problem) fs::remove(file, problem);
    }
    return problem ? file.filename().string() + " has landed but can't be moved to " + folder.string() + ": " + problem.message() : "";
}

// A bad file keeps the job's other steps from nothing; what the guard says has to name the file.
Error told(const Error& error, const fs::path& file, const std::string& book) {
    if (error.code() == ErrorCode::mapping) return Error(error.code(), error.what(), error.hint(), Reach::step);
    if (error.code() != ErrorCode::guard) return error;
    const std::string name = file.filename().string();
    return Error(error.code(), name + ": " + error.what(), error.hint() + " (--partial is an option of `bindery import " + name + " --into " + book + "`)", error.reach(), error.again());
}

// Our own files, and those of somebody who is still writing.
bool is_passed_by(const std::string& name) { return name.ends_with(".rejects.csv") || name.ends_with(".part") || name.starts_with('.'); }

// What lies beside the files that an import takes, and that no import of any job takes: most likely a name that nobody thought of.
std::string left_over(const Config& config, const ImportStep& step) {
    if (!config.jobs_left_out().empty()) return {};  // one of them may take it
    const fs::path home = config.settings.file.parent_path(), pattern = (home / step.from).lexically_normal();
    std::vector<std::string> patterns;
    for (const auto& [name, job] : config.jobs) {
        for (const auto& each : job.steps) {
            const auto* import = std::get_if<ImportStep>(&each);
            if (import == nullptr) continue;
            if (const fs::path other = (home / import->from).lexically_normal(); other.parent_path() == pattern.parent_path()) patterns.push_back(other.filename().string());
        }
    }
    std::vector<std::string> names;
    std::error_code problem;
    for (fs::directory_iterator entry(pattern.parent_path(), problem), end; !problem && entry != end; entry.increment(problem)) {
        const std::string each = entry->path().filename().string();
        std::error_code gone;
        const bool taken = std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return ::fnmatch(p.c_str(), each.c_str(), 0) == 0; });
        if (!taken && !is_passed_by(each) && entry->is_regular_file(gone)) names.push_back(each);
    }
    if (names.empty()) return {};
    std::sort(names.begin(), names.end());
    const std::string more = names.size() > 1 ? " and " + std::to_string(names.size() - 1) + " more" : "";
    return step.book + ": no job takes \"" + names.front() + "\"" + more + " in " + pattern.parent_path().string() + "; this one takes " + pattern.filename().string() +
           ": rename the file, change `import:` in the job, or take it away";
}

}  // namespace

std::vector<fs::path> files_of(const fs::path& pattern) {
    std::error_code problem;
    const std::string name = pattern.filename().string();
    if (!has_pattern(name)) return fs::exists(pattern, problem) ? std::vector<fs::path>{pattern} : std::vector<fs::path>{};
    std::vector<std::pair<fs::file_time_type, fs::path>> found;
    for (fs::directory_iterator entry(pattern.parent_path(), problem), end; !problem && entry != end; entry.increment(problem)) {
        const std::string each = entry->path().filename().string();
        std::error_code gone;
        if (is_passed_by(each) || ::fnmatch(name.c_str(), each.c_str(), 0) != 0 || !entry->is_regular_file(gone)) continue;
        const auto time = entry->last_write_time(gone);
        if (!gone) found.emplace_back(time, entry->path());
    }
    std::sort(found.begin(), found.end());
    std::vector<fs::path> files;
    for (auto& [time, file] : found) files.push_back(std::move(file));
    return files;
}

std::vector<Error> import_files(const Engine& engine, const ImportStep& step, const ImportStepContext& context, RunReport& report) {
    const fs::path home = engine.config.settings.file.parent_path();
    const auto files = files_of((home / step.from).lexically_normal());
    report.datasets.try_emplace(step.book).first->second.verdict = "no file";
    std::vector<Error> problems;
    if (std::string line = left_over(engine.config, step); !line.empty()) report.warnings.push_back(std::move(line));
    if (files.empty()) {
        if (step.must_be_there) problems.emplace_back(ErrorCode::not_found, step.book + ": no file " + step.from + " is there", "put the export there, or say `missing: ok`", Reach::step);
        return problems;
    }
    report.datasets.at(step.book).verdict = "not imported";
    const auto lock = JobLock::take(engine.store.file(), step.book);
    if (!lock) {
        problems.emplace_back(ErrorCode::running_elsewhere, step.book + " is being imported already", "the job's next run takes what is left", Reach::step, Again::later);
        return problems;
    }
    for (const auto& file : files) {
        ImportRequest request;
        request.file = file;
        request.book = step.book;
        request.profile = step.profile;
        request.whole = step.whole;
        request.run = context.run;
        request.allow_removed = context.allow_removed;
        const bool whole = step.whole.value_or(engine.config.book(step.book).full);
        request.older = whole ? ImportRequest::Older::pass : ImportRequest::Older::take;
        request.once = !whole;
        request.also = context.also;
        request.stop = context.stop;
        request.progress = engine.progress;
        try {
            take_import(import_file(engine.config, engine.store, request), step.book, report);
            if (const auto back = forgotten_that_came_back(engine.store, step.book, request.run); back > 0) report.warnings.push_back(came_back(step.book, back));
        } catch (const Error& error) {
            problems.push_back(told(error, file, step.book));
            if (error.code() == ErrorCode::interrupted) break;
            continue;
        }
        if (!context.move || step.done.empty()) continue;
        const std::string trouble = move_away(file, (home / step.done).lexically_normal());
        if (!trouble.empty()) report.warnings.push_back(step.book + ": " + trouble);
    }
    return problems;
}

}  // namespace bindery
