// The quotes job and the leads job die at every commit, every request and every reply; the next runs come to the same end.
#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "engine/people.h"

using namespace bindery;
using namespace bindery::test;

namespace {

std::vector<std::string> without_ids(std::vector<json> records, std::initializer_list<const char*> members) {
    std::vector<std::string> texts;
    for (auto& record : records) {
        for (const char* member : members) record.erase(member);
        texts.push_back(record.dump());
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

// Each task under the words that tell which one it is; a task can't be looked up, so a doubt may leave it twice.
std::set<std::string> tasks_of(const World& world) {
    std::set<std::string> found;
    for (const auto& task : world.services.tasks) found.insert(task.body.at("title").get<std::string>());
    return found;
}

int most_often(const World& world) {
    int most = 0;
    for (const auto& [title, count] : world.services.titles()) most = std::max(most, count);
    return most;
}

// ---- quotes

// Two to make, one that comes twice, one that is known, two to ask about, and one whose quotes are there.
void prepare_quotes(World& world) {
    world.shipped("quotes");
    no_lists(world.services);
    auto& leads = world.services.lists["/crm/leads"];
    leads = {lead(9)};
    REQUIRE(world.run("quotes").effects.done == 2);
    world.services.lists["/quotes"][0].update({{"quote_id", "q_first"}, {"status", "completed"}, {"quotes", json::parse(R"([{"carrier":"A","premium":900}])")}});
    for (const auto& effect : world.effects("new_quote")) {
        world.with_engine([&](const Engine& engine) { engine.store.db().exec("UPDATE effect SET reply_id = 'q_first' WHERE identity = '" + effect.identity + "'"); });
    }
    for (int i = 0; i < 5; ++i) leads.push_back(lead(i));
    leads.push_back(lead(5, {{"lastName", "Roea"}, {"email", "ann1000@lead.example"}, {"createdAt", "2026-01-12T00:00:00Z"}, {"customFields", {{"lineOfBusiness", "Home"}}}}));
    auto& clients = world.services.lists["/clients"];
    clients.push_back(client(2));
    clients.push_back(client(3, {{"name", "Bob Roed"}}));
    clients.push_back(client(4));
    world.services.lists["/policies"] = {bound(4)};
}

struct QuotesEnd {
    std::vector<std::string> clients, effects;
    std::set<std::string> tasks;
    bool operator==(const QuotesEnd&) const = default;
};

QuotesEnd quotes_end(World& world) {
    return {without_ids(world.services.lists["/clients"], {"id"}), {}, tasks_of(world)};
}

// What was asked for, by the client's name: its id depends on the order.
std::multiset<std::string> asked(World& world) {
    std::map<std::string, std::string> names;
    for (const auto& one : world.services.lists["/clients"]) names[one["id"]] = one["name"];
    std::multiset<std::string> found;
    for (const auto& quote : world.services.lists["/quotes"]) found.insert(names.at(quote["client_id"]) + " " + quote["line_of_business"].get<std::string>());
    return found;
}

struct Whole {
    std::size_t commits = 0, starts = 0, replies = 0;
};

struct WholeQuotes : Whole {
    QuotesEnd end;
    std::multiset<std::string> asked;
};

WholeQuotes whole_quotes() {
    World world;
    prepare_quotes(world);
    const RunReport report = world.run("quotes");
    INFO(to_text(report));
    REQUIRE(report.exit == ExitCode::done);
    REQUIRE(report.effects.done == 8);  // two clients, three requests, two questions, one task
    WholeQuotes whole;
    whole.commits = world.commits;
    whole.starts = world.starts;
    whole.replies = world.replies;
    REQUIRE(world.run("quotes").effects.done == 1);  // the lead that comes twice
    REQUIRE(world.run("quotes").effects.planned == 0);
    whole.end = quotes_end(world);
    whole.asked = asked(world);
    REQUIRE(whole.asked.size() == 5);
    REQUIRE(whole.end.tasks.size() == 3);
    return whole;
}

void quotes_die(const Death& death, const WholeQuotes& whole) {
    INFO("dies at commit " << death.at_commit << ", request " << death.at_start << ", reply " << death.at_reply);
    World world;
    prepare_quotes(world);
    REQUIRE_FALSE(world.run_or_die("quotes", death));
    world.clock.advance(std::chrono::minutes(2));
    RunReport last;
    for (int i = 0; i < 3; ++i) last = world.run("quotes");
    INFO(to_text(last));
    const QuotesEnd end = quotes_end(world);
    CHECK(end.clients == whole.end.clients);  // looked up: each once, whatever was lost
    CHECK(end.tasks == whole.end.tasks);
    CHECK(most_often(world) <= 2);
    // A request can't be looked up: at most once, and one that may be missing is named to a person.
    const auto requests = asked(world);
    std::size_t doubts = 0;
    for (const auto& row : world.effects("new_quote")) {
        CHECK((row.state == "done" || row.state == "in_doubt"));
        doubts += row.state == "in_doubt" ? 1 : 0;
    }
    for (const auto& request : whole.asked) {
        INFO(request);
        CHECK(requests.count(request) <= 1);
    }
    CHECK(requests.size() + doubts >= whole.asked.size());
    CHECK(requests.size() <= whole.asked.size());
    CHECK(last.effects.in_doubt == static_cast<std::int64_t>(doubts));
    const std::size_t writes = world.services.writes;
    world.run("quotes");
    CHECK(world.services.writes == writes);
    // The person looks, and what isn't there is asked for.
    for (const auto& row : world.effects("new_quote")) {
        if (row.state == "in_doubt") world.settle(row, requests.size() < whole.asked.size() ? "retry" : "done");
    }
    world.run("quotes");
    if (doubts <= 1) CHECK(asked(world) == whole.asked);
}

// ---- leads

json crm(int number, const json& changed = json::object()) {
    json document = lead(number, {{"status", "new"}, {"customFields", json::object()}});
    document.update(changed);
    return document;
}

json book_row(int number, const json& changed = json::object()) {
    const json person = crm(number);
    json document{{"first_name", person["firstName"]}, {"last_name", person["lastName"]}, {"email", person["email"]},
                  {"phone", person["phone"]}, {"state", "TX"}, {"zip", "75001"}};
    document.update(changed);
    return document;
}

// Corrections, a conflict, an adopted value, two new ones, spellings, an owner, a conversion, a double to look at, one to delete.
void prepare_leads(World& world) {
    world.shipped("leads", {{"delete_duplicates: false", "delete_duplicates: true"}});
    no_lists(world.services);
    auto& leads = world.services.lists["/crm/leads"];
    for (int i = 0; i < 8; ++i) leads.push_back(crm(i));
    world.import_leads({book_row(0), book_row(1), book_row(2)});
    REQUIRE(world.run("leads").exit == ExitCode::done);
    leads[1]["phone"] = "(512) 555-7001";
    leads[2]["phone"] = "(512) 555-7002";
    leads[3].update({{"firstName", "ANN"}, {"phone", "5125551003"}});
    leads[4]["ownerEmail"] = nullptr;
    leads[6]["email"] = leads[5]["email"];
    leads[7]["customFields"] = {{"duplicateOf", "lead_1000"}};
    world.services.lists["/policies"] = {bound(5)};
    world.import_leads({book_row(0, {{"zip", "75009"}}), book_row(2, {{"phone", "512-555-8002"}}), book_row(10), book_row(11)});
}

struct LeadsEnd {
    std::vector<std::string> crm, book, conflicts, agreed, effects;
    std::set<std::string> tasks;
};

LeadsEnd leads_end(World& world) {
    std::vector<std::string> states;
    for (const auto& [effect, state] : world.states()) states.push_back(effect + " " + state);
    return {without_ids(world.services.lists["/crm/leads"], {"id"}), world.rows("SELECT key, phone, email, zip FROM record_book_leads ORDER BY key"),
            world.rows("SELECT kind, theirs_key, ours_key, field, state FROM conflict ORDER BY id"), world.rows("SELECT ours_key, base FROM agreed ORDER BY ours_key"), states,
            tasks_of(world)};
}

struct WholeLeads : Whole {
    LeadsEnd end;
};

WholeLeads whole_leads() {
    World world;
    prepare_leads(world);
    const RunReport report = world.run("leads");
    INFO(to_text(report));
    REQUIRE(report.exit == ExitCode::doubt);  // the conflict
    REQUIRE(report.effects.done == 8);
    WholeLeads whole;
    whole.commits = world.commits;
    whole.starts = world.starts;
    whole.replies = world.replies;
    for (int i = 0; i < 3; ++i) world.run("leads");
    REQUIRE(world.run("leads").effects.planned == 0);
    whole.end = leads_end(world);
    REQUIRE(whole.end.crm.size() == 9);
    return whole;
}

void leads_die(const Death& death, const WholeLeads& whole) {
    INFO("dies at commit " << death.at_commit << ", request " << death.at_start << ", reply " << death.at_reply);
    World world;
    prepare_leads(world);
    REQUIRE_FALSE(world.run_or_die("leads", death));
    world.clock.advance(std::chrono::minutes(2));
    RunReport last;
    for (int i = 0; i < 4; ++i) last = world.run("leads");
    INFO(to_text(last));
    const LeadsEnd end = leads_end(world);
    CHECK(end.crm == whole.end.crm);
    CHECK(end.book == whole.end.book);
    CHECK(end.conflicts == whole.end.conflicts);
    CHECK(end.agreed == whole.end.agreed);
    CHECK(end.tasks == whole.end.tasks);
    CHECK(end.effects.size() == whole.end.effects.size());
    for (const auto& [effect, state] : world.states()) {
        INFO(effect);
        // What arrived, unheard of, and isn't asked for any more.
        CHECK((state == "done" || state == "withdrawn"));
    }
    CHECK(most_often(world) <= 2);
    const std::size_t writes = world.services.writes;
    world.run("leads");
    CHECK(world.services.writes == writes);
}

template <typename Dies, typename W>
void everywhere(const W& whole, Dies dies) {
    for (std::size_t n = 1; n <= whole.commits; ++n) dies({.at_commit = n}, whole);
    for (std::size_t n = 1; n <= whole.starts; ++n) dies({.at_start = n}, whole);
    for (std::size_t n = 1; n <= whole.replies; ++n) dies({.at_reply = n}, whole);
}

}  // namespace

TEST_CASE("A quotes job that dies anywhere makes no client and no request twice, and names the requests that may be missing", "[crash]") {
    everywhere(whole_quotes(), [](const Death& death, const WholeQuotes& whole) { quotes_die(death, whole); });
}

TEST_CASE("A leads job that dies anywhere is made good by the next runs, with the same end", "[crash]") {
    everywhere(whole_leads(), [](const Death& death, const WholeLeads& whole) { leads_die(death, whole); });
}
