#pragma once
// Reads a whole list into staging, page by page: in parallel once the total is known, one after the other without. A list ends
// at an empty page or one that brings no new key, never at a short one (the service may cap its page size); with a total, when
// as many distinct keys came, or at such a page. Doesn't judge completeness: that's sync/completeness.h.
#include <functional>
#include <optional>
#include <string>

#include "services/caller.h"
#include "store/staging.h"

namespace bindery {

struct PullProgress {
    std::int64_t rows = 0;
    int pages = 0;
    std::optional<std::int64_t> total;
};

struct ListPull {
    enum class End {
        none,        // stopped before the end: see `failure`
        told,        // as many distinct keys as the total, or a list that comes in one reply
        empty_page,  // a page without rows
        no_new_key   // a page that repeats what had come
    };
    StagedPull facts;
    End end = End::none;
    std::int64_t closing_repeats = 0;   // keys that closing pages repeated
    std::optional<CallResult> failure;  // why it stopped
};

// Goes on from staged pages that are younger than `resume_within`, overlapping one page. Each page is staged as it arrives.
ListPull pull_list(Caller& caller, const Resource& resource, Staging& staging, const Clock& clock, Duration resume_within,
                   BootTime deadline, const std::function<void(const PullProgress&)>& progress);

// The documents and the total of a page, or why it's no page of a list. Slices point into `body`.
struct Page {
    std::vector<std::string_view> documents;
    std::optional<std::int64_t> total;
    std::string problem;  // empty: good
};
Page read_page(const Envelope& envelope, std::string_view body);

}  // namespace bindery
