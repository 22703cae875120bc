// What follows from webhook events: tables of the decisions, and runs that read only what was named.
#include <SQLiteCpp/Database.h>
#include <catch2/catch.hpp>

#include "engine/echo.h"
#include "engine/hints.h"
#include "engine/sort_events.h"
#include "engine/tell_people.h"
#include "engine/turn_watch.h"
#include "store/job_turns.h"
#include "store/runs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const WallTime kHintNow = parse_rfc3339("2026-01-15T13:00:00Z");

// Reads leads and makes a task for each that is qualified.
const char* const kCalls = R"(
job: calls
on: [bi369.lead.updated, bi369.lead.created, bi369.task.completed]
schedule: {every: 1h}
steps:
  - pull: bi369.leads
  - pull: bindpilot.clients
  - push: bi369.create_task
    effect: call_task
    select: SELECT key AS lead_id, first_name FROM bi369_leads WHERE status = 'qualified'
    once_per: {lead_id: text}
    path: {project_id: prj_1}
    body: {title: "Call {first_name}"}
)";

json lead(int number, const std::string& status = "new") {
    const std::string n = std::to_string(number);
    return {{"id", "lead_" + n}, {"firstName", "Ann" + n}, {"lastName", "Poe"}, {"email", "ann" + n + "@client.example"}, {"status", status}, {"phone", "(512) 555-010" + n}};
}

RunOptions hinted(HintedReads reads) {
    RunOptions options;
    options.kind = "webhook";
    options.hints = std::move(reads);
    return options;
}

std::map<std::string, Job> jobs_that(const std::vector<std::pair<std::string, std::vector<std::string>>>& listeners) {
    std::map<std::string, Job> jobs;
    for (const auto& [name, words] : listeners) {
        Job& job = jobs[name];
        job.name = name;
        for (const auto& word : words) job.on.push_back({{}, word.substr(0, word.find('.')), word.substr(word.find('.') + 1)});
        PullStep pull;
        pull.service = "bi369";
        pull.resource = "leads";
        job.steps.emplace_back(pull);
    }
    return jobs;
}

InboxEvent event_about(const std::string& id, const std::string& name, const json& record, WallTime at) {
    return {0, "bi369", id, name, json{{"id", id}, {"event", name}, {"data", record}}.dump(), at};
}

}  // namespace

TEST_CASE("Which jobs an event hints at, and what they read again") {
    const auto jobs = jobs_that({{"a", {"bi369.lead.updated"}}, {"b", {"bi369.lead.updated", "bi369.lead.created"}}, {"c", {"bi369.task.completed"}}, {"d", {}}});
    const auto words = [&](const std::string& word, const std::string& dataset, const std::string& key) {
        std::string text;
        for (const Hint& hint : hints_of(jobs, word, dataset, key)) text += hint.job + ":" + hint.dataset + "/" + hint.key + " ";
        return text;
    };
    CHECK(words("bi369.lead.updated", "bi369.leads", "lead_1") == "a:bi369.leads/lead_1 b:bi369.leads/lead_1 ");
    CHECK(words("bi369.lead.created", "bi369.leads", "") == "b:bi369.leads/ ");
    CHECK(words("bi369.task.completed", "", "") == "c:/ ");
    CHECK(words("bi369.task.completed", "bi369.invoices", "inv_1") == "c:/ ");  // it pulls no invoices
    CHECK(words("bi369.invoice.paid", "bi369.invoices", "inv_1").empty());
    CHECK(words("bindpilot.lead.updated", "bi369.leads", "lead_1").empty());

    const std::vector<Hint> hints{{"a", "x.y", "1", 1, {}}, {"a", "x.y", "2", 2, {}}, {"a", "x.z", "", 3, {}}, {"b", "x.y", "1", 4, {}}, {"b", "", "", 5, {}}};
    CHECK(reads_of(hints, "a") == HintedReads{{"x.y", {"1", "2"}}, {"x.z", {""}}});
    CHECK(reads_of(hints, "b") == std::nullopt);  // all of it
}

TEST_CASE("Few records are read one by one, many by their list when that is cheaper") {
    CHECK(read_one_by_one(1, 0, 100));
    CHECK(read_one_by_one(25, 100, 100));
    CHECK_FALSE(read_one_by_one(26, 2500, 100));
    CHECK(read_one_by_one(26, 2501, 100));
    CHECK_FALSE(read_one_by_one(1000, 100'000 - 100, 100));
}

TEST_CASE("When events are sorted, and when their runs start") {
    CHECK(sort_at(kHintNow, kHintNow, kHintNow) == kHintNow + kGather);
    CHECK(sort_at(kHintNow, kHintNow + milliseconds(100), kHintNow + milliseconds(100)) == kHintNow + milliseconds(160));
    CHECK(sort_at(kHintNow, kHintNow + milliseconds(480), kHintNow + milliseconds(480)) == kHintNow + kGatherMost);  // a burst that doesn't end
    CHECK(sort_at(kHintNow, kHintNow + seconds(9), kHintNow) == kHintNow);                                          // the clock went back

    CHECK(hints_start_at({}, std::nullopt, kHintNow) == kHintNow);
    CHECK(hints_start_at({}, kHintNow - milliseconds(500), kHintNow) == kHintNow + milliseconds(1500));
    CHECK(hints_start_at({}, kHintNow - seconds(3), kHintNow) == kHintNow);
    CHECK(hints_start_at({}, kHintNow + seconds(3), kHintNow) == kHintNow);
    CHECK(hints_start_at({1, kHintNow + seconds(5)}, kHintNow, kHintNow) == kHintNow + seconds(5));
    CHECK(hints_start_at({1, kHintNow + std::chrono::hours(9)}, std::nullopt, kHintNow) == kHintNow);

    HintTries tries;
    std::vector<std::int64_t> waits;
    for (auto next = after_failure(tries, kHintNow); next; next = after_failure(*next, kHintNow)) waits.push_back((*next->not_before - kHintNow).count() / 1000);
    CHECK(waits == std::vector<std::int64_t>{5, 30, 120, 600, 1800, 3600});
}

TEST_CASE("An event that shows a record as our write left it is an echo, a person's change is none") {
    World world;
    const Mapping& mapping = world.config().mapping("bi369.leads");
    const json before = lead(1);
    json after = before;
    after["ownerEmail"] = "tx@agency.example";
    json later = after;
    later["status"] = "contacted";
    const OwnWrite owner{false, "/crm/leads/lead_1", R"({"ownerEmail":"tx@agency.example"})", "lead_1", R"({"data":{"id":"lead_1"}})"};
    const OwnWrite status{false, "/crm/leads/lead_1", R"({"status":"contacted"})", "lead_1", ""};
    const OwnWrite elsewhere{false, "/crm/leads/lead_11", R"({"ownerEmail":"tx@agency.example"})", "lead_11", ""};
    OwnWrite on_its_way = owner;
    on_its_way.under_way = true;
    const OwnWrite made{false, "/crm/leads", R"({"firstName":"Ann1"})", "lead_1", json{{"success", true}, {"data", before}}.dump()};
    OwnWrite being_made = made;
    being_made.under_way = true;
    being_made.reply_id = being_made.reply = "";
    json stamped = after;
    stamped["updatedAt"] = "2026-01-15T13:00:00Z";
    json spelled = after;
    spelled["phone"] = "+15125550101";
    json person = after;
    person["status"] = "lost";
    struct Row {
        std::string about;
        json record;
        std::optional<json> stored;
        std::vector<OwnWrite> writes;
        Echo echo;
    };
    const std::vector<Row> rows{
        {"our write", after, before, {owner}, Echo::yes},
        {"its time doesn't count", stamped, before, {owner}, Echo::yes},
        {"nor does another spelling", spelled, before, {owner}, Echo::yes},
        {"the first of two writes", after, before, {owner, status}, Echo::yes},
        {"the second", later, before, {owner, status}, Echo::yes},
        {"the store has read it since", after, after, {owner}, Echo::yes},
        {"nobody wrote", after, before, {}, Echo::no},
        {"nobody wrote, and nothing is new", before, before, {}, Echo::no},
        {"we wrote to another", after, before, {elsewhere}, Echo::no},
        {"a person changed more", person, before, {owner}, Echo::no},
        {"a person changed it back", before, before, {owner}, Echo::no},
        {"before our write", person, before, {}, Echo::no},
        {"ours is on its way", after, before, {on_its_way}, Echo::perhaps},
        {"we made it", before, std::nullopt, {made}, Echo::yes},
        {"we made it, a person changed it", person, std::nullopt, {made}, Echo::no},
        {"we are making it", before, std::nullopt, {being_made}, Echo::perhaps},
        {"another is being made", lead(2), std::nullopt, {being_made}, Echo::no},
    };
    for (const Row& row : rows) {
        INFO(row.about);
        CHECK(echo_of(mapping, row.record.at("id"), row.record, row.stored, row.writes, "/data") == row.echo);
    }
    CHECK(echo_of(mapping, "lead_1", json("text"), std::nullopt, {owner}, "/data") == Echo::no);
    CHECK(echo_of(mapping, "", after, before, {owner}, "/data") == Echo::no);
    // A person changed it after our write, the store has read that, and the person changes it back: no older write makes an echo of it.
    OwnWrite dated = owner;
    dated.sent_at = "2026-01-15T10:00:00.000Z";
    json others = after;
    others["ownerEmail"] = "ann@agency.example";
    CHECK(echo_of(mapping, "lead_1", after, others, {dated}, "/data", "2026-01-15T10:05:00.000Z") == Echo::no);
    CHECK(echo_of(mapping, "lead_1", after, others, {dated}, "/data", "2026-01-15T09:55:00.000Z") == Echo::yes);
    CHECK(echo_of(mapping, "lead_1", after, after, {dated}, "/data", "2026-01-15T10:05:00.000Z") == Echo::yes);
}

TEST_CASE("A run by webhook reads only the records that were named, and does what follows for them") {
    World world;
    fill(world.services);
    world.job("calls", kCalls);
    for (int i = 1; i <= 3; ++i) world.services.lists["/crm/leads"].push_back(lead(i));
    REQUIRE(world.run("calls").outcome == "done");
    for (auto& record : world.services.lists["/crm/leads"]) record["status"] = "qualified";
    std::vector<std::string> asked;
    world.services.on_read = [&](const HttpRequest& request, std::size_t) {
        asked.push_back(request.url.substr(request.url.find("/v1") + 3));
        return std::optional<Fault>();
    };
    const RunReport report = world.run("calls", hinted({{"bi369.leads", {"lead_2"}}}));
    CHECK(report.outcome == "done");
    CHECK(asked == std::vector<std::string>{"/crm/leads/lead_2"});
    REQUIRE(world.services.tasks.size() == 1);
    CHECK(world.services.tasks.front().body.at("title") == "Call Ann2");
    CHECK(report.datasets.size() == 1);
    CHECK(report.datasets.at("bi369.leads").counts.changed == 1);
    // Neither a poll's turn nor its freshness hangs on it, and the next poll finds the rest.
    world.with_engine([&](const Engine& engine) {
        CHECK(JobTurns(engine.store).read("calls").last_outcome == "done");
        CHECK(Runs(engine.store).last_real("calls", true)->kind == "sync");
        CHECK(Runs(engine.store).last_real("calls", false)->kind == "webhook");
    });
    world.services.on_read = {};
    world.run("calls");
    CHECK(world.services.tasks.size() == 3);
}

TEST_CASE("A poll that died or failed isn't made good by a run for webhooks: it's repeated when it would have been, and stays told") {
    World world;
    fill(world.services);
    world.job("calls", kCalls);
    world.services.lists["/crm/leads"].push_back(lead(1));
    REQUIRE(world.run("calls").outcome == "done");
    std::vector<std::string> heard;
    const auto tell = [&] { world.with_engine([&](const Engine& engine) { tell_people(engine, {{"test", [&](const Message& message, const News&) {
                                                                                                    heard.push_back(message.subject);
                                                                                                    return std::string();
                                                                                                }}}); }); };
    const auto again = [&] {
        std::string text;
        world.with_engine([&](const Engine& engine) {
            const auto turn = next_turn(engine.config.job("calls"), {{"calls", past_from(JobTurns(engine.store).read("calls"), false, false)}}, world.clock.wall());
            text = rfc3339(turn->start) + " " + turn_word(turn->why);
        });
        return text;
    };
    world.clock.advance(minutes(60));
    const WallTime began = world.clock.wall();
    Death death;
    death.at_start = 1;
    REQUIRE_FALSE(world.run_or_die("calls", death));
    const std::string expected = rfc3339(began + minutes(30)) + " again";
    CHECK(again() == expected);
    tell();
    CHECK(heard.size() == 1);
    world.clock.advance(minutes(20));
    REQUIRE(world.run("calls", hinted({{"bi369.leads", {"lead_1"}}})).outcome == "done");
    CHECK(again() == expected);
    tell();
    CHECK(heard.size() == 1);

    // One that fails, with webhooks that go well between its repeats, is one trouble.
    world.services.on_read = [](const HttpRequest& request, std::size_t) { return request.url.find("lead_1") == std::string::npos ? std::optional(says(404)) : std::nullopt; };
    for (int i = 0; i < 2; ++i) {
        CHECK(world.run("calls").outcome == "failed");
        tell();
        CHECK(world.run("calls", hinted({{"bi369.leads", {"lead_1"}}})).outcome == "done");
        tell();
    }
    CHECK(heard.size() == 2);
    world.services.on_read = {};
    CHECK(world.run("calls").outcome == "done");
    tell();
    REQUIRE(heard.size() == 3);
    CHECK_THAT(heard.back(), Catch::Contains("all is well again"));
}

TEST_CASE("By webhook a record that is gone is removed, a list without a get is read, and steps that need whole lists wait") {
    World world;
    fill(world.services);
    std::string careful = kCalls;
    careful.replace(careful.find("    select:"), 0, "    needs: complete\n");
    world.job("calls", careful);
    world.job("seen", "job: seen\non: [bindpilot.renewal.due]\nschedule: {every: 1h}\nsteps:\n  - pull: bindpilot.renewals\n");
    world.services.lists["/crm/leads"] = {lead(1), lead(2)};
    world.run("calls");
    world.services.lists["/crm/leads"].pop_back();
    world.services.lists["/crm/leads"].front()["status"] = "qualified";
    const RunReport report = world.run("calls", hinted({{"bi369.leads", {"lead_1", "lead_2"}}}));
    CHECK(report.outcome == "done");
    CHECK(report.datasets.at("bi369.leads").counts.removed == 1);
    CHECK(world.services.tasks.empty());
    world.run("calls");
    CHECK(world.services.tasks.size() == 1);
    const RunReport list = world.run("seen", hinted({{"bindpilot.renewals", {"r_1001"}}}));
    CHECK(list.datasets.at("bindpilot.renewals").counts.added == 8);
    CHECK(list.datasets.at("bindpilot.renewals").complete);
}

TEST_CASE("Events become hints once, echoes and what nobody hears don't, and a death between loses none") {
    World world;
    fill(world.services);
    world.job("calls", kCalls);
    world.services.lists["/crm/leads"] = {lead(1, "qualified"), lead(2)};
    world.run("calls");
    REQUIRE(world.services.tasks.size() == 1);
    const auto sorted = [&](WallTime now) {
        Sorting sorting;
        world.with_engine([&](const Engine& engine) {
            Inbox inbox(engine.store.file(), engine.clock);  // each time a new process
            sorting = sort_events(inbox, engine.store, engine.config, now);
        });
        return sorting;
    };
    const auto keep = [&](const std::vector<InboxEvent>& events) {
        world.with_engine([&](const Engine& engine) { Inbox(engine.store.file(), engine.clock).keep(events, {}); });
    };
    const WallTime now = world.clock.wall();
    keep({event_about("e1", "lead.updated", lead(2, "qualified"), now), event_about("e2", "lead.updated", lead(2, "lost"), now), event_about("e3", "project.created", {{"id", "prj_9"}}, now),
          event_about("e4", "new.word", {{"id", "x"}}, now), event_about("e5", "lead.created", json("no record"), now), event_about("e6", "task.completed", {{"id", "t"}}, now)});
    CHECK(sorted(now).again == now + kGather);
    const Sorting done = sorted(now + kGather);
    CHECK(done.hinted == 4);
    CHECK(done.unheard == 2);
    CHECK(sorted(now + seconds(1)).hinted == 0);
    world.with_engine([&](const Engine& engine) {
        const auto hints = Inbox(engine.store.file(), engine.clock).hints();
        REQUIRE(hints.size() == 3);
        CHECK(hints[0].dataset.empty());  // a completed task is nothing that it reads: all of it runs
        CHECK(hints[1].key.empty());      // a lead without an id: the list
        CHECK(hints[2].key == "lead_2");  // two events, one hint
        CHECK_FALSE(reads_of(hints, "calls"));
    });
}

TEST_CASE("An id that can't stand in a path is none: the list is read, and no other event waits for it") {
    World world;
    world.job("calls", kCalls);
    for (const char* id : {".", "..", " ", ""}) {
        world.with_engine([&](const Engine& engine) {
            Inbox inbox(engine.store.file(), engine.clock);
            const WallTime now = engine.clock.wall();
            inbox.keep({event_about("odd " + std::string(id), "lead.updated", {{"id", id}}, now)}, {});
            CHECK(sort_events(inbox, engine.store, engine.config, now + kGather).hinted == 1);
            const auto hints = inbox.hints();
            REQUIRE(hints.size() == 1);
            CHECK(hints[0].dataset == "bi369.leads");
            CHECK(hints[0].key.empty());
        });
    }
}

TEST_CASE("An event that came while the clock was being read isn't from the future: it waits for the reply of the write that it may echo") {
    World world;
    fill(world.services);
    world.job("calls", kCalls);
    world.services.lists["/crm/leads"] = {lead(1, "qualified"), lead(2)};
    world.run("calls");
    const WallTime now = world.clock.wall();
    const auto sorted = [&](WallTime at) {
        Sorting sorting;
        world.with_engine([&](const Engine& engine) {
            Inbox inbox(engine.store.file(), engine.clock);
            sorting = sort_events(inbox, engine.store, engine.config, at);
        });
        return sorting;
    };
    const auto keep = [&](const std::string& id, WallTime received) {
        world.with_engine([&](const Engine& engine) {
            engine.store.db().exec("UPDATE effect SET state = 'sending', path = '/crm/leads/lead_2', sent_at = '" + rfc3339(now) + "'");
            Inbox(engine.store.file(), engine.clock).keep({event_about(id, "lead.updated", lead(2, "lost"), received)}, {});
        });
    };
    keep("e1", now + milliseconds(5));
    CHECK(sorted(now).hinted == 0);
    const Sorting waits = sorted(now + kGather + milliseconds(5));
    CHECK(waits.hinted == 0);
    CHECK(waits.again);
    CHECK(sorted(now + kEchoMost + seconds(1)).hinted == 1);
    // One that is an hour ahead came before the clock was set back: nobody waits for that.
    keep("e2", now + std::chrono::hours(1));
    CHECK(sorted(now).hinted == 1);
}
