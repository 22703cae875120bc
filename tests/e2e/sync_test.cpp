#include <set>

#include "support.h"

using namespace bindery::e2e;

namespace {

std::set<std::string> members_of(const json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items()) names.insert(name);
    return names;
}

void need_members(const json& object, const std::set<std::string>& wanted) {
    const auto present = members_of(object);
    for (const auto& name : wanted) {
        INFO(name << " in " << object.dump());
        CHECK(present.count(name) == 1);
    }
}

}  // namespace

TEST_CASE("The first sync makes a task for each effect, the second makes none") {
    const Sandbox sandbox({"--policies", "150"});
    const Agency agency(sandbox);
    const json first = agency.synced(0);
    // The jobs as they are shipped: who forgot to put their own people in is told before looking for tasks that nobody sees.
    CHECK(first.at("warnings").dump().find("addresses that end in .example") != std::string::npos);
    const int done = first.at("effects").at("done");
    CHECK(done > 5);
    CHECK(first.at("effects").at("planned") == done);
    CHECK(sandbox.tasks().size() == static_cast<std::size_t>(done));
    CHECK(sandbox.requests("bi369").size() == first.at("requests").at("bi369"));
    CHECK(sandbox.requests("bindpilot").size() == first.at("requests").at("bindpilot"));
    CHECK(agency.cell("SELECT count(*) FROM effect WHERE state = 'done'") == std::to_string(done));

    const json second = agency.synced(0);
    CHECK(second.at("effects").at("done") == 0);
    CHECK(second.at("effects").at("planned") == 0);
    CHECK(second.at("effects").at("already_done") == done);
    CHECK(sandbox.tasks().size() == static_cast<std::size_t>(done));
    for (const auto& [name, dataset] : second.at("datasets").items()) {
        CHECK(dataset.at("unchanged") == dataset.at("seen"));
        CHECK(dataset.at("removed") == 0);
    }
}

TEST_CASE("The JSON of a sync is exactly one object with the members that scripts rely on") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    const json run = agency.synced(0);
    need_members(run, {"job", "run", "outcome", "datasets", "effects", "conflicts", "requests", "waited_seconds", "seconds"});
    CHECK(run.at("job") == "renewals");
    CHECK(run.at("run") == 1);
    CHECK(run.at("outcome") == "done");
    CHECK(run.at("seconds").is_number());
    REQUIRE(members_of(run.at("datasets")) == std::set<std::string>{"bindpilot.carriers", "bindpilot.policies", "bindpilot.renewals"});
    for (const auto& [name, dataset] : run.at("datasets").items()) {
        need_members(dataset, {"seen", "added", "changed", "removed", "unchanged", "folded", "superseded", "quarantined"});
    }
    need_members(run.at("effects"), {"planned", "done", "already_done", "rejected", "in_doubt", "held", "withdrawn"});

    const json planned = agency.run({"--output", "json", "sync", "--dry-run", "--job", "renewals"}).object();
    CHECK(planned.at("outcome") == "planned");
    CHECK(planned.at("effects").at("list").is_array());
}

TEST_CASE("Several jobs run one after the other and give a list of runs, also when one can't begin") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    write_text(agency / "jobs/carriers.yaml", "job: carriers\nsteps:\n  - pull: bindpilot.carriers\n");
    const Ended all = agency.run({"sync", "--all", "--output", "json"});
    CHECK(all.code == 0);
    REQUIRE(all.object().at("runs").size() == 2);
    CHECK(all.object().at("runs").at(0).at("job") == "carriers");

    write_text(agency / "jobs/carriers.yaml",
               "job: carriers\nsteps:\n  - pull: bindpilot.carriers\n  - push: bi369.create_task\n    effect: nothing\n    select: SELECT nonsense FROM nowhere\n"
               "    once_per: {nonsense: text}\n    path: {project_id: p}\n    body: {title: x}\n");
    const Ended half = agency.run({"--output", "json", "sync", "--job", "carriers", "--job", "renewals"});
    CHECK(half.code == 78);
    const json runs = half.object().at("runs");
    REQUIRE(runs.size() == 2);
    CHECK(runs.at(0).at("error").at("code") == "CONFIG");
    CHECK(runs.at(0).at("outcome") == "failed");
    CHECK(runs.at(1).at("outcome") == "done");
}

TEST_CASE("Processes that share an account stay together under every limit") {
    const Sandbox sandbox({"--policies", "300"}, 20);
    const Agency first(sandbox, 20);
    replace_in(first.service_file("bindpilot"), "per_page: 100", "per_page: 10");
    std::vector<std::unique_ptr<Agency>> others;
    for (int i = 0; i < 3; ++i) {
        others.push_back(std::make_unique<Agency>(sandbox, 20));
        replace_in(others.back()->service_file("bindpilot"), "per_page: 100", "per_page: 10");
        others.back()->variables()["XDG_STATE_HOME"] = (first / "state").string();
        // Tasks can't be looked up, so a second store must not push the same effect: it only reads, under a name of its own.
        const std::string job = "reader_" + std::to_string(i);
        fs::remove(others.back()->job_file());
        write_text(*others.back() / ("jobs/" + job + ".yaml"), "job: " + job + "\nsteps:\n  - pull: bindpilot.policies\n  - pull: bi369.leads\n  - pull: bindpilot.renewals\n");
    }
    std::vector<Process> running;
    running.push_back(first.start({"--output", "json", "sync", "--job", "renewals"}));
    for (const auto& other : others) running.push_back(other->start({"--output", "json", "sync", "--all"}));
    int requests = 0;
    for (auto& process : running) {
        const Ended ended = process.wait(std::chrono::seconds(90));
        INFO(ended.out << ended.err);
        CHECK(ended.code == 0);
        json runs = ended.object();
        if (!runs.contains("runs")) runs = {{"runs", {runs}}};
        for (const auto& run : runs.at("runs")) requests += run.at("requests").at("bindpilot").get<int>();
    }
    CHECK(requests > 150);  // more than one window of the larger limit
    const json violations = sandbox.get("/violations");
    INFO(violations.dump(1));
    for (const auto& request : sandbox.requests()) REQUIRE(request.at("status") != 429);
    int windows = 0;
    const std::function<void(const json&)> look = [&](const json& node) {
        if (node.is_object() && node.contains("tokens") && node.contains("largest")) {
            ++windows;
            CHECK(node.at("largest").get<int>() <= node.at("tokens").get<int>());
        }
        if (node.is_structured()) {
            for (const auto& member : node) look(member);
        }
    };
    look(violations);
    CHECK(windows >= 3);
}
