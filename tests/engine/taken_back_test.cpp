// Consent that is taken back, and persons who are forgotten: whom it holds for, and who is left alone.
#include <catch2/catch.hpp>
#include <fstream>

#include "engine/buyer.h"
#include "engine/import_run.h"
#include "engine/revoke.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Contains;

namespace {

struct Sellers {
    World world;
    Buyer buyer;
    Sellers() { sell_live(world, buyer); }
    std::vector<json>& leads() { return world.services.lists["/crm/leads"]; }

    void list(const std::string& rows) {
        const auto file = world.folder() / "asked.csv";
        std::ofstream(file) << "Email,Phone,Note\n" << rows;
        world.with_engine([&](const Engine& engine) {
            ImportRequest request;
            request.file = file;
            request.book = "book.do_not_contact";
            run_import(engine.config, engine.store, engine.log, request);
        });
    }
    std::vector<std::string> listed() { return world.rows("SELECT coalesce(email, '') || ' ' || coalesce(phone, '') FROM book_do_not_contact ORDER BY 1"); }
    Held forgotten(const std::string& person, bool others_too = false) {
        Held held;
        world.with_engine([&](const Engine& engine) { held = forget(engine.config, engine.store, person, others_too, -1); });
        return held;
    }
    Revoked revoked(const std::string& person) {
        Revoked done;
        world.with_engine([&](const Engine& engine) { done = revoke(engine.config, engine.store, person); });
        return done;
    }
    Unbarred undone(const std::string& person) {
        Unbarred done;
        world.with_engine([&](const Engine& engine) { done = undo_revoke(engine.config, engine.store, person); });
        return done;
    }
    std::string refused(const std::string& person) {
        try {
            revoked(person);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::usage);
            CHECK_THAT(error.hint(), Contains("give one e-mail"));
            return error.what();
        }
        return "barred";
    }
    std::string sold(const std::string& lead) {
        world.run("lead-sales");
        return sale_states(world, true)[lead];
    }
    std::size_t bars() { return static_cast<std::size_t>(std::stoi(world.rows("SELECT count(*) FROM do_not_contact").at(0))); }
};

// "Carl Poe" and the like, unlike the leads' Ann Roe….
json named(int number, const std::string& first, const std::string& last, json changed = json::object()) {
    changed["firstName"] = first;
    changed["lastName"] = last;
    return sale_lead(number, changed);
}

std::string keys_of(const std::vector<FoundRecord>& records) {
    std::set<std::string> keys;
    for (const auto& record : records) keys.insert(record.key);
    std::string text;
    for (const auto& key : keys) text += (text.empty() ? "" : " ") + key;
    return text;
}

}  // namespace

TEST_CASE("Who has another's e-mail within their own isn't forgotten with them, and stays on the do-not-contact list") {
    Sellers here;
    here.leads() = {named(1, "Ann", "Roe", {{"email", "ann@mail.example"}}), named(2, "Joann", "Poe", {{"email", "joann@mail.example"}}),
                    named(3, "Carl", "Doe", {{"notes", "friend of joann@mail.example"}}), named(4, "Dora", "Moe", {{"email", "ann@mail.example.org"}})};
    here.list("joann@mail.example,,asked\nann@mail.example.org,,asked\nann@mail.example,,asked\n");
    here.world.run("lead-sales");
    const Held held = here.forgotten("ann@mail.example");
    CHECK(keys_of(held.records) == "lead_1001 |email|ann@mail.example");
    CHECK(keys_of(held.others) == "");
    CHECK(here.world.rows("SELECT key FROM bi369_leads ORDER BY 1") == std::vector<std::string>{"lead_1002", "lead_1003", "lead_1004"});
    CHECK(here.listed() == std::vector<std::string>{"ann@mail.example.org ", "joann@mail.example "});
    CHECK(here.sold("lead_1002") == "passed_over do_not_contact");
}

TEST_CASE("A record of somebody else that mentions the person stays, and so does a row of the do-not-contact list that bars somebody else") {
    Sellers here;
    const json carl = named(3, "Carl", "Doe", {{"notes", "husband of ann@mail.example"}}), nobody = named(4, "Ann", "Roe", {{"email", nullptr}, {"phone", nullptr}, {"notes", "write to\nann@mail.example"}});
    here.leads() = {named(1, "Ann", "Roe", {{"email", "ann@mail.example"}}), carl, nobody, named(5, "Ann", "Roe", {{"email", "ann.roe@work.example"}, {"notes", "or ann@mail.example"}})};
    here.list("joann@mail.example,,sister of ann@mail.example\n,2146557777,house of ann@mail.example\nann@mail.example,,asked\n");
    here.world.run("lead-sales");
    const bool others_too = GENERATE(false, true);
    const Held held = here.forgotten("ann@mail.example", others_too);
    const std::string taken = "lead_1001 " + std::string(others_too ? "lead_1003 " : "") + "lead_1004 lead_1005 |email|ann@mail.example";
    CHECK(keys_of(held.records) == taken);
    CHECK(keys_of(held.others).find("joann@mail.example") != std::string::npos);
    CHECK((keys_of(held.others).find("lead_1003") == std::string::npos) == others_too);
    CHECK(here.listed() == std::vector<std::string>{" 2146557777", "joann@mail.example "});
}

TEST_CASE("A mention alone, of whom no record is, takes nobody's record") {
    Sellers here;
    here.leads() = {named(3, "Carl", "Doe", {{"notes", "husband of ann@mail.example"}})};
    here.world.run("lead-sales");
    const Held held = here.forgotten("ann@mail.example");
    CHECK(held.records.empty());
    CHECK(keys_of(held.others) == "lead_1003");
    CHECK(keys_of(here.forgotten("ann@mail.example", true).records) == "lead_1003");
}

TEST_CASE("Whom a row of the do-not-contact list bars besides the person who is forgotten stays barred") {
    Sellers here;
    here.leads() = {named(1, "Ann", "Roe", {{"email", "ann@mail.example"}}), named(2, "Bob", "Poe", {{"email", "bob@mail.example"}})};
    const std::string row = GENERATE("ann@mail.example,,and bob@mail.example", "\"ann@mail.example, bob@mail.example\",,", "ann@mail.example,512-655-1002,");
    INFO(row);
    here.list(row + "\nyes@x.example,2145550143,\n");
    here.world.run("lead-sales");
    CHECK(sale_states(here.world, true)["lead_1002"] == "passed_over do_not_contact");
    here.forgotten("ann@mail.example");
    CHECK(here.world.rows("SELECT (SELECT count(*) FROM book_do_not_contact) + (SELECT count(*) FROM quarantine)") == std::vector<std::string>{"1"});
    CHECK(here.sold("lead_1002") == "passed_over do_not_contact");
}

TEST_CASE("A revoke names the records that hold the e-mail, and no other's sale") {
    Sellers here;
    here.leads() = {named(1, "Ann", "Roe", {{"email", "ann.roe@mail.example"}}), named(2, "Carl", "Doe", {{"notes", "told us roe@mail.example"}})};
    REQUIRE(here.sold("lead_1001") == "sold ");
    for (const char* slip : {"roe@mail.example", "ann.roe@mail.exampl"}) {
        INFO(slip);
        const Revoked revoked = here.revoked(slip);
        CHECK(revoked.barred == 1);
        CHECK(revoked.records.empty());
        CHECK(revoked.sold.empty());
    }
    CHECK(here.refused("ann.roe@mail") == "that isn't a whole e-mail address");
    CHECK(here.bars() == 2);
    const Revoked right = here.revoked("Ann.Roe@mail.example");
    CHECK(keys_of(right.records) == "lead_1001");
    CHECK(right.sold.size() == 1);
}

TEST_CASE("Who is revoked by a pasted e-mail is barred, and what is none bars nobody") {
    Sellers here;
    here.leads() = {named(1, "Ann", "Roe", {{"email", "ann@mail.example"}}), sale_lead(2)};
    here.world.job("leads", "job: leads\nsteps:\n  - pull: bi369.leads\n");
    here.world.run("leads");
    SECTION("one") {
        const std::string pasted = GENERATE("ann@mail.example,", "<ann@mail.example>", "Ann Roe <ANN@mail.example>", "mailto:ann@mail.example", "\"ann@mail.example\"; ");
        INFO(pasted);
        CHECK(keys_of(here.revoked(pasted).records) == "lead_1001");
        CHECK(here.sold("lead_1001") == "passed_over do_not_contact");
        CHECK(here.sold("lead_1002") == "sold ");
        CHECK(here.undone("ann@mail.example").freed == 2);
    }
    SECTION("several, or none") {
        CHECK(here.refused("ann@mail.example, ann1002@lead.example") == "that is more than one e-mail address");
        CHECK(here.refused("ann roe@mail.example") == "that isn't a whole e-mail address");
        CHECK(here.refused("ann@") == "that isn't a whole e-mail address");
        CHECK(here.bars() == 0);
    }
    SECTION("to forget") {
        CHECK(keys_of(here.forgotten("Ann <ann@mail.example>,").records) == "lead_1001");
        CHECK_THROWS_WITH(here.forgotten("ann@mail.example, ann1002@lead.example"), "that is more than one e-mail address");
    }
}

TEST_CASE("Who was forgotten after they took back their consent stays barred, whatever is undone") {
    Sellers here;
    here.leads() = {sale_lead(1)};
    here.world.job("leads", "job: leads\nsteps:\n  - pull: bi369.leads\n");
    here.world.run("leads");
    REQUIRE(here.revoked("lead_1001").barred == 2);
    here.forgotten("lead_1001");
    CHECK(here.revoked("ann1001@lead.example").barred == 0);
    const Unbarred undone = here.undone("ann1001@lead.example");
    CHECK(undone.freed == 0);
    CHECK(undone.forgotten == 1);
    CHECK(here.world.rows("SELECT DISTINCT why FROM do_not_contact") == std::vector<std::string>{"forgotten"});
    CHECK(here.sold("lead_1001") == "passed_over do_not_contact");
}

TEST_CASE("Undoing one person's revoke leaves barred what another asked for too") {
    Sellers here;
    here.leads() = {named(1, "Ann", "Roe"), named(2, "Bob", "Poe", {{"phone", "(512) 655-1001"}})};
    here.world.job("leads", "job: leads\nsteps:\n  - pull: bi369.leads\n");
    here.world.run("leads");
    REQUIRE(here.revoked("ann1001@lead.example").barred == 2);
    REQUIRE(here.revoked("ann1002@lead.example").barred == 1);
    const Unbarred ann = here.undone("Ann1001@lead.example,");
    CHECK(ann.freed == 1);
    // Bob comes again, with the phone alone.
    here.leads() = {named(3, "Bob", "Poe", {{"phone", "512.655.1001"}})};
    CHECK(here.sold("lead_1003") == "passed_over do_not_contact");
    CHECK(here.undone("ann1001@lead.example").freed == 0);
    CHECK(here.undone("ann1002@lead.example").freed == 2);
    CHECK(here.bars() == 0);
    CHECK(here.sold("lead_1003") != "passed_over do_not_contact");
}
