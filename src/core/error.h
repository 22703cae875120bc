#pragma once
// The one error type. Two axes besides the text: how far a failure reaches, and when trying again makes sense.
// `what()` is written for the operator and never holds a secret or a person's data; `hint()` says what to do next.
#include <stdexcept>
#include <string>
#include <utility>

namespace bindery {

enum class Reach { record, step, job, process };
enum class Again { now, later, never };

// What the failure is, for those who must branch on it (exit codes, tests). `code_name` gives the word used in JSON.
enum class ErrorCode {
    usage,            // exit 64
    config,           // exit 78
    running_elsewhere,// exit 6
    guard,            // exit 4
    store,            // corrupt, read-only, full, newer version
    unauthorized,     // 401, 403
    service,          // the service failed or answered nonsense
    incomplete,       // out of time or budget; progress is kept
    mapping,          // the service's records don't fit the service file
    sql,              // a job's SQL failed while running
    interrupted,      // SIGTERM or SIGINT
    not_found,        // a run, record, effect that isn't there
    internal
};
const char* code_name(ErrorCode code);

class Error : public std::runtime_error {
  public:
    Error(ErrorCode code, const std::string& message, std::string hint = {}, Reach reach = Reach::job,
          Again again = Again::never)
        : std::runtime_error(message), code_(code), hint_(std::move(hint)), reach_(reach), again_(again) {}

    ErrorCode code() const { return code_; }
    const std::string& hint() const { return hint_; }
    Reach reach() const { return reach_; }
    Again again() const { return again_; }

  private:
    ErrorCode code_;
    std::string hint_;
    Reach reach_;
    Again again_;
};

}  // namespace bindery
