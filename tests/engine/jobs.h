#pragma once
// Small jobs for the tests of runs.
#include <string>

namespace bindery::test {

// One task for every renewal. `options` are further lines of the push step, `top` of the job.
inline std::string tasks_job(const std::string& options = "when_in_doubt: hold", const std::string& top = "") {
    return R"(job: tasks
about: One task for every renewal.
)" + top + R"(
vars: {project: prj_1}
steps:
  - pull: bindpilot.renewals
  - push: bi369.create_task
    effect: call
    once_per: {policy: policy_number, day: date}
    )" + options +
           R"(
    volatile: [description]
    path: {project_id: "{project}"}
    body: {title: "Call {policy}", description: "{client_name} {note} {ref}", priority: "{status}"}
    select: |
      SELECT policy_number AS policy, expiration_date AS day, client_name, status, account_manager AS note
        FROM bindpilot_renewals ORDER BY day, key
)";
}

inline const char* const kGuard = "guard: {max_effects: 50, max_removed: 50%}";

}  // namespace bindery::test
