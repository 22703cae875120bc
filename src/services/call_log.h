#pragma once
// What a run asked its services for, and where it stood still, in the order in which it began: the first kFirst and the last kLast of
// all, so that a run of any length stays small. Shared by the callers of a run; single-threaded as they are.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "config/service.h"
#include "net/http.h"
#include "store/run_calls.h"

namespace bindery {

// `path` with the names of its places in the stead of what fills them, as the service's resources and operations call them
// ("/leads/{id}"), and the names of its query's parameters but those of the page: nothing of a record. One that fits none of them ends after its first
// part ("/leads/…").
std::string shown_path(const Service& service, std::string_view method, std::string_view path, std::string_view query);

class CallLog {
  public:
    static constexpr std::size_t kFirst = 200, kLast = 200;

    struct Asked {
        std::string_view method, path, query;
        int page = 0, attempt = 1;
        WallTime at{};
    };
    std::int64_t began(const Service& service, const Asked& call);  // its number
    void ended(std::int64_t seq, const HttpReply& reply, Duration took);
    // `until`: when it was over. Of pieces that follow each other, for the same reason and service, one wait is made.
    void waited(const std::string& service, std::string_view why, WallTime until, Duration took);
    std::vector<RunCall> calls() const;

  private:
    std::int64_t add(RunCall call);
    RunCall* find(std::int64_t seq);

    std::vector<RunCall> first_;
    std::deque<RunCall> last_;
    std::int64_t count_ = 0;
};

}  // namespace bindery
