// max_corrected: a wrong column in a file may not rewrite a book. And values that a service doesn't take.
#include "people.h"
#include "policies_books.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("an export with a wrong column stops before the first correction, and passes once by a person's word") {
    Books books(60);
    books.settle();
    for (int i = 0; i < 30; ++i) books.ours(i)["premium"] = 77.0 + i;
    books.world.import_book(books.rows);
    RunOptions plan;
    plan.kind = "plan";
    CHECK(says(books.world.run("policies", plan), "a run would stop here: 30 of 60 pairs"));
    const RunReport report = books.world.run("policies");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::guard);
    CHECK(books.world.services.writes == 0);
    REQUIRE(report.error);
    CHECK_THAT(report.error->message, Catch::Contains("30 of 60 pairs would be corrected in bindpilot.policies") && Catch::Contains("lets 20 pass"));
    CHECK_THAT(report.error->hint, Catch::Contains("--allow-effects 30"));
    CHECK(books.world.count_by_state()["pending"] == 30);
    CHECK(books.world.run("policies").exit == ExitCode::guard);  // still
    RunOptions allowed;
    allowed.allow_effects = 30;
    CHECK(books.world.run("policies", allowed).exit == ExitCode::done);
    CHECK(books.world.services.writes == 30);
    quiet(books);
}

TEST_CASE("a right export after a wrong one withdraws what was stopped") {
    Books books(60);
    books.settle();
    for (int i = 0; i < 30; ++i) books.ours(i)["premium"] = 77.0 + i;
    CHECK(books.both().exit == ExitCode::guard);
    for (int i = 0; i < 30; ++i) books.ours(i)["premium"] = ams(i, 30 + i)["premium"];
    quiet(books);
    CHECK(books.world.count_by_state()["withdrawn"] == 30);
}

TEST_CASE("a few corrections pass in any book, a share in a large one, a number where the job says so, and a first meeting counts too") {
    struct Case {
        int pairs, changed;
        const char* guard;
        bool stops;
    };
    for (const Case& c : {Case{24, 20, "10%", false}, Case{24, 21, "10%", true}, Case{230, 23, "10%", false}, Case{230, 24, "10%", true}, Case{24, 21, "100%", false}, Case{24, 6, "5", true}, Case{24, 5, "5", false}}) {
        INFO(c.pairs << " pairs, " << c.changed << " changed, " << c.guard);
        Books books(c.pairs, {{"max_corrected: 10%", std::string("max_corrected: ") + c.guard}});
        for (int i = 0; i < c.changed; ++i) books.ours(i)["premium"] = 77.0 + i;
        CHECK((books.both().exit == ExitCode::guard) == c.stops);
        CHECK((books.world.services.writes == 0) == c.stops);
    }
}

TEST_CASE("a wrong column of the service's list doesn't rewrite a book of our own") {
    World world;
    world.shipped("leads");
    no_lists(world.services);
    std::vector<json> rows;
    for (int i = 0; i < 26; ++i) {
        const json person = lead(i, {{"status", "new"}, {"customFields", json::object()}});
        json row{{"first_name", person["firstName"]}, {"last_name", person["lastName"]}, {"email", person["email"]}, {"phone", person["phone"]}, {"state", "TX"}, {"zip", "75001"}};
        world.services.lists["/crm/leads"].push_back(person);
        rows.push_back(row);
    }
    world.import_leads(rows);
    CHECK(world.run("leads").reconciled.at(0).pairs == 26);
    const std::size_t writes = world.services.writes;
    for (auto& document : world.services.lists["/crm/leads"]) document["zip"] = "10001";
    const RunReport report = world.run("leads");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::guard);
    REQUIRE(report.error);
    CHECK_THAT(report.error->message, Catch::Contains("26 of 26 pairs would be corrected in book.leads"));
    CHECK(world.services.writes == writes);
    CHECK(world.rows("SELECT DISTINCT zip FROM book_leads") == std::vector<std::string>{"75001"});
    CHECK(world.rows("SELECT count(*) FROM correction") == std::vector<std::string>{"0"});
    RunOptions allowed;
    allowed.allow_effects = 26;
    CHECK(world.run("leads", allowed).exit == ExitCode::done);
    CHECK(world.rows("SELECT DISTINCT zip FROM book_leads") == std::vector<std::string>{"10001"});
    CHECK(world.rows("SELECT count(*) FROM correction WHERE state = 'done'") == std::vector<std::string>{"26"});
}

TEST_CASE("a value that the service doesn't take is reported and never sent, and one that it takes is sent as it spells it") {
    Books books;
    books.settle();
    books.ours(0)["status"] = "Reinstatement Pending";
    books.ours(1)["status"] = "CANCELLED";
    books.ours(2)["status"] = "Reinstatement Pending";
    books.ours(2)["premium"] = 77.5;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.reconciled.at(0).not_taken == 2);
    REQUIRE(report.attention.size() == 1);
    CHECK_THAT(report.attention[0].reason, Catch::Contains("doesn't take `Reinstatement Pending` as status (2 records)") && Catch::Contains("words:"));
    CHECK(books.theirs(0)["status"] == "active");
    CHECK(books.theirs(1)["status"] == "cancelled");
    CHECK(books.theirs(2)["status"] == "active");
    CHECK(books.theirs(2)["premium"] == 77.5);
    CHECK(books.both().effects.planned == 0);
    books.ours(0)["status"] = "expired";
    books.ours(2)["status"] = "active";
    CHECK(books.both().exit == ExitCode::done);
    CHECK(books.theirs(0)["status"] == "expired");
    quiet(books);
}
