#pragma once
// The calls and waits of a run, in order (table run_call), for people. No personal data: paths have the names of their places.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

struct RunCall {
    std::int64_t seq = 0;     // from 1, over all services of the run; numbers between two that follow each other weren't kept
    std::string service;
    bool wait = false;        // else a call
    WallTime at{};            // when it began
    std::optional<Duration> took;
    std::string method, path;
    int page = 0;             // of a list; 0: it's none
    int attempt = 0;          // 1: the first
    int status = 0;           // 0: no reply was seen
    std::int64_t bytes = 0;   // of the reply, decompressed
    std::string note;         // what was wrong with a call; what a wait was for, see wait_words
};

// "waited for a token of the budget"; the word itself where it is unknown.
std::string wait_words(const std::string& why);

// "1 s", "under 1 ms"; empty when nobody knows.
std::string took_words(const RunCall& call);

class RunCalls {
  public:
    explicit RunCalls(Store& store) : store_(store) {}
    // In the place of what is noted of the run. Joins the caller's transaction.
    void save(std::int64_t run, const std::vector<RunCall>& calls);
    std::vector<RunCall> of(std::int64_t run);

  private:
    Store& store_;
};

}  // namespace bindery
