#pragma once
// Pages of a pull under way, in a file of their own (STORE.staging-JOB-SERVICE.RESOURCE) so that memory stays flat and
// the store is written once. A pull that was stopped goes on from here while the pages are young. Losing the file loses
// nothing but time.
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/mapping.h"

namespace bindery {

struct PageFacts {
    int rows = 0;      // elements in the page
    int new_keys = 0;  // keys that no earlier page brought
    int repeated = 0;  // keys that had come already (in this page or another)
    int keyless = 0;   // elements that can't be keyed: kept for quarantine
};

struct StagedPull {
    WallTime began;  // when the first request began
    bool resumed = false;
    std::vector<int> pages;             // numbers of whole pages
    std::optional<std::int64_t> total;  // as first told
    bool total_moved = false;           // two pages told different totals
    std::int64_t rows = 0, keys = 0, repeated = 0, keyless = 0;
    std::map<std::string, std::int64_t> present;  // field -> rows that carried it
};

class Staging {
  public:
    Staging(const std::filesystem::path& store, const std::string& job, const Mapping& mapping, const Clock& clock);
    ~Staging();
    Staging(Staging&&) noexcept;

    // What a stopped pull left, if its oldest page is younger than `young`, with the same mapping; else clears and
    // nullopt.
    std::optional<StagedPull> resume(Duration young);
    void clear();
    void begin(WallTime began);
    // One transaction. `documents` are slices of the page as received; each must be valid JSON (Error(service)
    // otherwise, and nothing of the page is kept), or with keep_unreadable is kept for quarantine, without a key. A key that comes
    // again keeps the later reading.
    enum class Unreadable { refuse_page, keep_unreadable };
    PageFacts add_page(int page, WallTime requested, const std::vector<std::string_view>& documents,
                       std::optional<std::int64_t> total, Unreadable unreadable = Unreadable::refuse_page);
    // For the overlap of a resumed pull: does the staged page hold exactly these keys? Only looks: add_page() with a
    // number that is staged already replaces that page.
    bool same_keys(int page, const std::vector<std::string_view>& documents);
    void drop_pages_after(int page);
    StagedPull facts() const;
    const std::filesystem::path& file() const { return file_; }  // attached by land()

  private:
    struct Impl;
    std::filesystem::path file_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bindery
