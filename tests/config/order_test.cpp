// schedule: {after: […]} over jobs: unknown names and circles.
#include <catch2/catch.hpp>

#include "config/job_order.h"
#include "core/error.h"

using namespace bindery;

namespace {

std::string faults_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& list, const std::set<std::string>& broken = {}) {
    std::map<std::string, Job> jobs;
    for (const auto& [name, after] : list) {
        jobs[name].name = name;
        jobs[name].schedule.emplace();
        jobs[name].schedule->after = after;
    }
    Faults faults;
    check_order(jobs, broken, faults);
    try {
        faults.throw_if_any();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("jobs that wait for each other in a circle, or for one that isn't there, are configuration errors") {
    CHECK(faults_of({{"a", {}}, {"b", {"a"}}, {"c", {"a", "b"}}}).empty());
    CHECK_THAT(faults_of({{"a", {"a"}}}), Catch::Contains("a after a; none of them could begin"));
    CHECK_THAT(faults_of({{"a", {"c"}}, {"b", {"a"}}, {"c", {"b"}}}), Catch::Contains("a after c after b after a; none of them could begin"));
    CHECK_THAT(faults_of({{"renewals", {}}, {"b", {"renewal"}}}), Catch::Contains("there is no job `renewal`") && Catch::Contains("renewals"));
    CHECK(faults_of({{"b", {"a"}}}, {"job.a"}).empty());
    // A circle is told once, and one that a job only leads into isn't blamed on it.
    const std::string told = faults_of({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}});
    CHECK_THAT(told, Catch::Contains("b after c after b"));
    CHECK_THAT(told, !Catch::Contains("a after"));
}
