// The pure parts of a run, as tables.
#include <catch2/catch.hpp>

#include "engine/check.h"
#include "engine/plan_file.h"
#include "engine/staleness.h"
#include "jobs.h"
#include "support/world.h"
#include "sync/effect_life.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

TEST_CASE("What is decided of an effect that a select brings") {
    CHECK(decide(std::nullopt, "a") == Decision::create);
    struct Case {
        EffectState state;
        bool frozen, same;
        Decision decision;
    };
    for (const auto& c : std::vector<Case>{
             {EffectState::pending, false, true, Decision::refresh},
             {EffectState::pending, false, false, Decision::refresh},
             {EffectState::pending, true, false, Decision::keep_pending},
             {EffectState::sending, true, true, Decision::still_in_doubt},
             {EffectState::in_doubt, true, false, Decision::still_in_doubt},
             {EffectState::done, true, false, Decision::already_done},
             {EffectState::rejected, true, true, Decision::still_rejected},
             {EffectState::rejected, true, false, Decision::revive},
             {EffectState::held, true, false, Decision::still_held},
             {EffectState::withdrawn, false, true, Decision::revive},
             {EffectState::dropped, true, false, Decision::still_dropped}}) {
        INFO(state_name(c.state) << (c.frozen ? " frozen" : "") << (c.same ? " same" : " other"));
        CHECK(decide(KnownEffect{c.state, "a", c.frozen}, c.same ? "a" : "b") == c.decision);
        const bool sends = c.decision == Decision::refresh || c.decision == Decision::keep_pending || c.decision == Decision::revive;
        CHECK(will_send(c.decision) == sends);
    }
    for (const char* name : {"pending", "sending", "done", "rejected", "in_doubt", "held", "withdrawn", "dropped"}) {
        REQUIRE(effect_state(name));
        CHECK(state_name(*effect_state(name)) == std::string(name));
    }
    CHECK_FALSE(effect_state("lost"));
}

TEST_CASE("What is done about an effect in doubt") {
    struct Case {
        Doubt doubt;
        DoubtStep step;
    };
    for (const auto& c : std::vector<Case>{
             {{.repeatable = true}, DoubtStep::send_again},
             {{.repeatable = true, .this_run = true}, DoubtStep::wait},
             {{.repeatable = true, .still_selected = false}, DoubtStep::over},
             {{.findable = true}, DoubtStep::look},
             {{.findable = true, .looks = 1}, DoubtStep::look},
             {{.findable = true, .looks = 2}, DoubtStep::send_again},
             {{.findable = true, .still_selected = false}, DoubtStep::look},
             {{.findable = true, .still_selected = false, .looks = 2}, DoubtStep::hold},
             {{}, DoubtStep::stay},
             {{.still_selected = false}, DoubtStep::stay},
             {{.retries = 1}, DoubtStep::hold},
             {{.retry = true}, DoubtStep::send_again},
             {{.retry = true, .this_run = true}, DoubtStep::wait},
             {{.retry = true, .still_selected = false}, DoubtStep::hold},
             {{.retry = true, .retries = 1}, DoubtStep::hold}}) {
        CHECK(next_step(c.doubt) == c.step);
    }
}

TEST_CASE("Of several exit codes the worst counts") {
    const std::vector<ExitCode> order{ExitCode::interrupted, ExitCode::config, ExitCode::usage,   ExitCode::running_elsewhere, ExitCode::failed,
                                      ExitCode::guard,       ExitCode::doubt,  ExitCode::partial, ExitCode::changes_pending,   ExitCode::done};
    for (std::size_t a = 0; a < order.size(); ++a) {
        for (std::size_t b = 0; b < order.size(); ++b) CHECK(worse(order[a], order[b]) == order[std::min(a, b)]);
    }
    CHECK(exit_code_of(ErrorCode::guard) == ExitCode::guard);
    CHECK(exit_code_of(ErrorCode::incomplete) == ExitCode::partial);
    CHECK(exit_code_of(ErrorCode::store) == ExitCode::failed);
    CHECK(exit_code_of(ErrorCode::config) == ExitCode::config);
}

TEST_CASE("The first error of a run is kept, its exit code worsens") {
    RunReport report;
    report.fail(Error(ErrorCode::incomplete, "first"));
    report.fail(Error(ErrorCode::service, "second"));
    REQUIRE(report.error);
    CHECK(report.error->message == "first");
    CHECK(report.exit == ExitCode::failed);
}

TEST_CASE("Plans differ by set, address and body") {
    const PlannedCall a{"e", "id1", "BN-1", "create", "POST", "/a", "{}", {}};
    PlannedCall b = a;
    b.identity = "id2";
    b.ref = "BN-2";
    PlannedCall changed = a;
    changed.body = "{\"x\":1}";
    PlannedCall moved = a;
    moved.path = "/b";
    const auto plan = [](std::vector<PlannedCall> calls) { return PlanFile{"j", "", "", std::move(calls)}; };
    CHECK(plan_difference(plan({a, b}), plan({b, a})).empty());
    CHECK(plan_difference(plan({a}), plan({a, b})) == std::vector<std::string>{"e BN-2: would be sent now, isn't in the plan"});
    CHECK(plan_difference(plan({a, b}), plan({a})) == std::vector<std::string>{"e BN-2: was in the plan, wouldn't be sent now"});
    CHECK(plan_difference(plan({a}), plan({changed})) == std::vector<std::string>{"e BN-1: its content differs from the plan"});
    CHECK(plan_difference(plan({a}), plan({moved})).size() == 1);
}

TEST_CASE("What calls cost") {
    CHECK(estimate(0, {}, 4) == 0ms);
    CHECK(estimate(4, {{90, 90, 60s}}, 4) == 300ms);
    CHECK(estimate(5, {{90, 90, 60s}}, 4) == 600ms);
    CHECK(estimate(91, {{90, 90, 60s}}, 91) == 60s + 300ms);
    CHECK(estimate(90, {{90, 0, 60s}}, 90) == 60s + 300ms);
    CHECK(estimate(181, {{90, 0, 60s}, {9, 9, 1s}}, 181) == 180s + 300ms);
    CHECK(cost_line(0, 0, 0, 0, 0s) == "nothing to send, 0 calls");
    CHECK(cost_line(1, 0, 0, 1, 300ms) == "1 to create, 1 call, about 1 s");
    CHECK(cost_line(3, 5, 3, 11, 6500ms) == "3 to create, 5 to update, 3 to delete, 11 calls, about 7 s");
}

TEST_CASE("A job is stale when no run of it ended well for too long") {
    Job job;
    const WallTime now = parse_rfc3339("2026-01-15T13:00:00Z");
    CHECK_FALSE(staleness_of(job, std::nullopt, now).stale);
    job.stale_after = 26h;
    CHECK(staleness_of(job, std::nullopt, now).stale);
    CHECK_FALSE(staleness_of(job, std::nullopt, now, 0, {}, now).stale);  // a daemon has just come upon it
    CHECK(staleness_of(job, std::nullopt, now, 0, {}, now - 3min).text == "no good run yet, first seen 3 min ago");
    CHECK_FALSE(staleness_of(job, std::nullopt, now, 0, {}, now - 26h).stale);
    CHECK(staleness_of(job, std::nullopt, now, 0, {}, now - 26h - 1s).stale);
    CHECK(staleness_of(job, std::nullopt, now, 0, {}, now + 1h).stale);
    CHECK_FALSE(staleness_of(job, "2026-01-14T11:00:00.000Z", now).stale);
    CHECK(staleness_of(job, "2026-01-14T10:59:59.000Z", now).stale);
    CHECK_FALSE(staleness_of(job, "2026-01-15T12:00:00.000Z", now, 3, "2026-01-14T11:00:00.000Z").stale);
    CHECK(staleness_of(job, "2026-01-15T12:00:00.000Z", now, 3, "2026-01-14T10:59:59.000Z").stale);  // refused, and nobody looked after it
    CHECK(staleness_of(job, "2026-01-16T13:00:00.000Z", now).stale);  // the clock was set back
    CHECK_FALSE(staleness_of(job, "2026-01-15T13:01:00.000Z", now).stale);
}

TEST_CASE("Documents are held against a mapping, and what isn't mapped is suggested") {
    World world;
    const Mapping& mapping = world.config().resource("bindpilot.carriers").mapping;
    const FieldCheck check = hold_against_mapping(
        mapping, {R"({"id":"1","name":"Ann","isActive":true,"ownerEmail":"a@b.example","foundedOn":"2020-01-31","totalPremium":"12.50","count":3,"nested":{"a":1}})",
                  R"({"id":"2","name":"Bo","status":"Active","late":null})", "{broken"});
    CHECK(check.records == 3);
    CHECK(check.found == std::vector<std::string>{"name", "status"});
    CHECK(check.missing == std::vector<std::string>{"appetite"});
    CHECK(check.unreadable.empty());
    std::map<std::string, std::string> extra;
    for (const auto& e : check.extra) extra[e.member] = e.suggestion;
    CHECK(extra.size() == 7);
    CHECK(extra["isActive"] == "is_active: {type: bool, from: isActive}");
    CHECK(extra["ownerEmail"] == "owner_email: {type: email, from: ownerEmail}");
    CHECK(extra["foundedOn"] == "founded_on: {type: date, from: foundedOn}");
    CHECK(extra["count"] == "count: {type: integer}");
    CHECK(extra["nested"] == "nested: {type: json}");
    const Mapping& policies = world.config().resource("bindpilot.policies").mapping;
    const FieldCheck bad = hold_against_mapping(policies, {R"({"id":"1","premium":"a lot","effective_date":"soon"})"});
    CHECK(bad.unreadable == std::vector<std::string>{"premium as money (1 records)", "effective_date as date (1 records)"});
}

TEST_CASE("A job whose SQL or placeholders don't fit is refused with the place and the nearest name") {
    struct Case {
        std::string from, to;
        std::vector<std::string> says;
    };
    for (const auto& c : std::vector<Case>{{"{client_name} {note}", "{client_nam} {note}", {"client_nam", "client_name", "tasks.yaml:"}},
                                           {"{policy: policy_number,", "{polisy: policy_number,", {"once_per", "polisy", "policy"}},
                                           {"when_in_doubt: hold", "in_order_by: [dayy]", {"in_order_by", "dayy", "'day'"}},
                                           {"when_in_doubt: hold", "count_by: [statuss]", {"count_by", "statuss", "'status'"}},
                                           {"\"{project}\"", "\"{projct}\"", {"path", "projct", "project"}},
                                           {"FROM bindpilot_renewals", "FROM bindpilot_renewal", {"bindpilot_renewal", "bindpilot_renewals"}},
                                           {"client_name, status", "client_nme, status", {"client_nme", "client_name"}},
                                           {"ORDER BY day", "WHERE state = :territry ORDER BY day", {":territry"}},
                                           {"client_name, status", "client_name, status, state AS status", {"status", "twice"}}}) {
        World world;
        std::string text = tasks_job();
        REQUIRE(text.find(c.from) != std::string::npos);
        text.replace(text.find(c.from), c.from.size(), c.to);
        world.job("tasks", text);
        INFO(c.to);
        world.with_engine([&](const Engine& engine) {
            try {
                check_job_sql(engine.config.job("tasks"), engine.store.file());
                FAIL("it passed");
            } catch (const Error& error) {
                CHECK(error.code() == ErrorCode::config);
                for (const auto& word : c.says) CHECK_THAT(error.what(), Contains(word));
            }
        });
    }
    World world;
    world.job("tasks", tasks_job());
    world.shipped_renewals();
    world.with_engine([&](const Engine& engine) {
        for (const char* name : {"tasks", "renewals"}) CHECK_NOTHROW(check_job_sql(engine.config.job(name), engine.store.file()));
    });
}

TEST_CASE("What a job promises of lost replies, and names that vanished from the jobs") {
    World world;
    world.job("tasks", tasks_job());
    world.shipped_renewals();
    const auto hold = delivery_promises(world.config(), world.config().job("tasks"));
    REQUIRE(hold.size() == 1);
    CHECK_THAT(hold[0], Contains("a person decides"));
    const auto retry = delivery_promises(world.config(), world.config().job("renewals"));
    REQUIRE(retry.size() == 2);
    CHECK_THAT(retry[0], Contains("never silently missing"));
    world.services.lists["/renewals"] = {renewal(1, 20)};
    world.run("tasks");
    std::string text = tasks_job();
    text.replace(text.find("effect: call"), 12, "effect: ring");
    world.job("tasks", text);
    world.with_engine([&](const Engine& engine) {
        const auto lines = vanished_effects(engine.config, engine.store);
        REQUIRE(lines.size() == 1);
        CHECK_THAT(lines[0], Contains("effect call"));
    });
}

TEST_CASE("Online, one page of each list is held against its mapping") {
    World world;
    world.job("tasks", tasks_job());
    world.services.lists["/renewals"] = {renewal(1, 20)};
    world.services.on_read = [](const HttpRequest& request, std::size_t) {
        return request.url.find("bi369") != std::string::npos ? std::optional(says(401)) : std::nullopt;
    };
    world.with_engine([&](const Engine& engine) {
        std::map<std::string, FieldCheck> checks;
        for (const auto& check : check_online(engine)) checks[check.dataset] = check;
        REQUIRE(checks.count("bindpilot.renewals") == 1);
        CHECK(checks["bindpilot.renewals"].problem.empty());
        CHECK(checks["bindpilot.renewals"].missing.empty());
        bool barred = false;
        for (const auto& [name, check] : checks) barred = barred || (name.rfind("bi369.", 0) == 0 && !check.problem.empty());
        CHECK(barred);
    });
    CHECK(world.services.writes == 0);
}

TEST_CASE("Online, an id that a job's addresses are made of is looked up, and a wrong one is told with what it may have meant") {
    struct Case {
        const char* given;
        const char* problem;  // empty: it is there
        const char* hint;
    };
    const Case cases[] = {
        {"prj_renewals", "", ""},
        {"'12345678901234567890'", "", ""},
        {"prj_renewal", "there is no such record", "did you mean `prj_renewals`?"},
        {"Renewals of the agency", "there is no such record", "what stands there is a name, its id is `prj_renewals`"},
        {"nothing_like_it", "there is no such record", "there are `prj_renewals`, `p_0`"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.given);
        World world;
        std::string text = tasks_job();
        text.replace(text.find("prj_1"), 5, c.given);
        world.job("tasks", text);
        world.services.lists["/renewals"] = {renewal(1, 20)};
        world.services.lists["/projects"] = {{{"id", "prj_renewals"}, {"name", "Renewals of the Agency"}}};
        for (int i = 0; i < 150; ++i) world.services.lists["/projects"].push_back({{"id", "p_" + std::to_string(i)}, {"name", "Other"}});
        world.services.lists["/projects"].push_back({{"id", json::parse("12345678901234567890")}, {"name", "Numbered"}});
        world.with_engine([&](const Engine& engine) {
            const auto checks = check_ids_online(engine);
            REQUIRE(checks.size() == 1);
            CHECK(checks[0].dataset == "bi369.projects");
            CHECK(checks[0].jobs == std::vector<std::string>{"tasks"});
            CHECK_THAT(checks[0].problem, Catch::StartsWith(c.problem));
            CHECK(checks[0].problem.empty() == std::string(c.problem).empty());
            CHECK_THAT(checks[0].hint, Contains(c.hint));
            if (!checks[0].problem.empty()) CHECK_THAT(checks[0].hint, Contains("tasks.yaml:"));
        });
        CHECK(world.services.writes == 0);
    }
}

TEST_CASE("Online, an id is not called wrong when the list can't be read, and one that a row gives isn't looked up") {
    World world;
    std::string text = tasks_job();
    world.job("tasks", text);
    world.services.lists["/renewals"] = {renewal(1, 20)};
    world.services.on_read = [](const HttpRequest& request, std::size_t) { return request.url.find("/projects") != std::string::npos ? std::optional(says(403)) : std::nullopt; };
    world.with_engine([&](const Engine& engine) {
        const auto checks = check_ids_online(engine);
        REQUIRE(checks.size() == 1);
        CHECK_THAT(checks[0].problem, Contains("can't be looked up"));
        CHECK_THAT(checks[0].hint, Contains("check the key of bi369"));
    });
    const auto path = text.find("path: {project_id: ");
    text.replace(path, text.find('\n', path) - path, "path: {project_id: \"{policy}\"}");
    world.job("tasks", text);
    world.with_engine([&](const Engine& engine) { CHECK(check_ids_online(engine).empty()); });
}
