#pragma once
// One CSV file into one book: read whole, judged, landed in one transaction or not at all. Used by `bindery import` and by the
// import step of a job. Docs: docs/csv.md.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "store/book_import.h"

namespace bindery {

struct ImportRequest {
    std::filesystem::path file;
    std::string book;                  // book.NAME
    std::string profile;               // empty: the one that fits
    std::optional<bool> whole;         // empty: as the book says
    std::optional<WallTime> as_of;     // empty: the file's time
    // A file that is older than the last import: refused, or taken for what is new in it (--older), or passed over.
    enum class Older { refuse, take, pass } older = Older::refuse;
    bool once = false;                 // the same bytes that landed at any time before are passed over, not just the last ones
    bool dry = false;
    std::int64_t allow_removed = -1;
    std::int64_t run = 0;
    std::function<void()> also;                            // joins the landing's transaction
    std::function<bool()> stop;                            // true: end with Error(interrupted), nothing has happened
    std::function<void(const std::string&)> progress;      // may be empty
};

struct ImportReport {
    std::string file, profile;
    std::string read_at;               // RFC 3339: what the book is as of
    bool whole = true;
    bool same_again = false;           // the same bytes have landed before: nothing was done
    std::int64_t read_in = 0;          // of those: the run that read them; 0: not known, or none
    bool outdated = false;             // older than the last import: nothing was done
    ImportCounts counts;
    std::map<std::string, std::int64_t> reasons;  // why rows were rejected; no values
    std::string rejects;               // the file that holds them; empty: none
    std::vector<std::string> absent;   // fields that the file has no column for
    std::vector<std::string> unmapped; // columns that no field takes; those without a header only when a row says something there
    std::vector<std::string> warnings;
};

// Throws Error: nothing has landed then. Error(guard) for a file that is older than the last one, or lacks too much.
ImportReport import_file(const Config& config, Store& store, const ImportRequest& request);

}  // namespace bindery
