// A store that was restored from a backup, or came in another one's place, has forgotten who was sold and who took back their consent: it
// sells to nobody until a person has said that it knows all of it again.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "engine/buyer.h"
#include "engine/revoke.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

namespace {

// Two jobs that sell the same leads; the store as it was, to be put back.
struct Restored {
    World world;
    Buyer buyer;
    Restored() {
        sell_live(world, buyer);
        std::ifstream in(std::string(BINDERY_SOURCE_DIR) + "/jobs/lead-sales.yaml");
        std::string other{std::istreambuf_iterator<char>(in), {}};
        for (const auto& [was, is] : {std::pair<std::string, std::string>{"job: lead-sales", "job: other-sales"}, {"effect: lead_sale", "effect: other_sale"}, {"mode: test ", "mode: live "}}) other.replace(other.find(was), was.size(), is);
        world.job("other-sales", other);
        world.services.lists["/crm/leads"] = {sale_lead(1)};
        CHECK(world.run("lead-sales").sales.front().sold == 1);
        CHECK(world.run("other-sales").exit == ExitCode::done);
        world.rows("PRAGMA wal_checkpoint(TRUNCATE)");
        std::filesystem::copy_file(world.store_file(), world.folder() / "copy.db");
        world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    }
    void restore() {
        world.remove_store();
        std::filesystem::copy_file(world.folder() / "copy.db", world.store_file());
    }
    Marked revoke_lead(const std::string& person) {
        Marked marked = Marked::not_told;
        world.with_engine([&](const Engine& engine) { marked = revoke(engine.config, engine.store, person, &engine.budget).marked; });
        return marked;
    }
    void refuses(const std::string& job, const std::string& why) {
        for (int i = 0; i < 2; ++i) {
            const RunReport refused = world.run(job);
            INFO(to_text(refused));
            CHECK(refused.exit == ExitCode::guard);
            REQUIRE(refused.error);
            CHECK_THAT(refused.error->message, Contains(why));
            CHECK_THAT(refused.error->hint, Contains("bindery revoke PERSON") && Contains("--accept-ledger"));
        }
        CHECK(buyer.sold.size() == sold);
    }
    RunReport accept(const std::string& job) {
        RunOptions options;
        options.accept_ledger = true;
        return world.run(job, options);
    }
    std::size_t sold = 1;
};

const std::string kSecond = "(512) 655-1002";

}  // namespace

TEST_CASE("A store that has forgotten a revocation sells to nobody until it was made again and a person says so") {
    Restored store;
    CHECK(store.revoke_lead(kSecond) == Marked::told);
    CHECK(store.revoke_lead("(512) 655-1009") == Marked::told);
    SECTION("the store that knows it goes on") {
        CHECK(store.world.run("lead-sales").exit == ExitCode::done);
        CHECK(sale_states(store.world, true).at("lead_1002") == "passed_over do_not_contact");
    }
    SECTION("restored from a backup") {
        store.restore();
        store.refuses("lead-sales", "people were revoked or forgotten that this store doesn't know of");
        CHECK(store.revoke_lead("(512) 655-1009") == Marked::behind);  // one of two: not all of it yet
        store.refuses("lead-sales", "people were revoked or forgotten");
        CHECK(store.revoke_lead(kSecond) == Marked::behind);
        store.world.services.lists["/crm/leads"].push_back(sale_lead(3));
        CHECK(store.accept("lead-sales").exit == ExitCode::done);
        CHECK(store.buyer.sold.size() == 2);  // the third
        CHECK(sale_states(store.world, true).at("lead_1002") == "passed_over do_not_contact");
        CHECK(store.world.rows("SELECT count(*) FROM audit WHERE kind = 'accept_ledger' AND subject = 'revocations'") == std::vector<std::string>{"1"});
        CHECK(store.revoke_lead("(512) 655-1010") == Marked::told);
        store.world.services.lists["/crm/leads"].push_back(sale_lead(4));
        CHECK(store.world.run("lead-sales").sales.front().sold == 1);
    }
    SECTION("a new store in its place, whose first run is a baseline") {
        store.world.remove_store();
        store.world.services.lists["/crm/leads"] = {sale_lead(1)};
        RunOptions baseline;
        baseline.kind = "baseline";
        CHECK(store.world.run("lead-sales", baseline).exit == ExitCode::done);
        CHECK(store.world.run("other-sales", baseline).exit == ExitCode::done);
        store.world.services.lists["/crm/leads"].push_back(sale_lead(2));
        store.refuses("lead-sales", "people were revoked or forgotten");
        store.revoke_lead(kSecond);
        CHECK(store.accept("lead-sales").exit == ExitCode::done);
        CHECK(sale_states(store.world, true).at("lead_1002") == "passed_over do_not_contact");
        CHECK(store.world.run("lead-sales").exit == ExitCode::done);
    }
    SECTION("a new store that is accepted at once is told what to do first") {
        store.world.remove_store();
        store.refuses("lead-sales", "another store");
    }
}

TEST_CASE("A revocation that was cut off after its mark stops sales, and one whose budget file can't be told bars all the same") {
    Restored store;
    store.world.with_engine([](const Engine& engine) {
        CHECK_THROWS(engine.store.transaction([&] {
            CHECK(mark_revocation(engine.store, &engine.budget) == Marked::told);
            throw std::runtime_error("killed");
        }));
        CHECK(Forgotten(engine.store, engine.budget).revocations());
        const Revoked revoked = revoke(engine.config, engine.store, kSecond, nullptr);
        CHECK(revoked.marked == Marked::not_told);
        CHECK(revoked.barred > 0);
    });
}

TEST_CASE("A restored store doesn't sell a person whom another job's effect has sold since") {
    Restored store;
    CHECK(store.world.run("other-sales").sales.front().sold == 1);
    store.sold = 2;
    SECTION("the store that knows it goes on") {
        CHECK(store.world.run("lead-sales").exit == ExitCode::done);
        CHECK(sale_states(store.world, true).at("lead_1002").find("sold") != std::string::npos);
        CHECK(store.buyer.sold.size() == 2);
    }
    SECTION("restored") {
        store.restore();
        store.refuses("lead-sales", "whom effect other_sale sold last, a later state of this store");
        store.refuses("other-sales", "effect other_sale was last pushed by a later state of this store");
        RunOptions baseline;
        baseline.kind = "baseline";
        SECTION("what the other job sold is recorded as dealt with") {
            CHECK(store.world.run("other-sales", baseline).exit == ExitCode::done);
            CHECK(store.world.run("lead-sales", baseline).exit == ExitCode::done);
            store.world.services.lists["/crm/leads"].push_back(sale_lead(3));
            CHECK(store.world.run("lead-sales").sales.front().sold == 1);
        }
        SECTION("a person says that it's all right, once, and not for the other job") {
            CHECK(store.accept("lead-sales").sales.front().sold == 1);
            store.sold = 3;
            store.world.services.lists["/crm/leads"].push_back(sale_lead(3));
            store.refuses("other-sales", "effect other_sale was last pushed");
            CHECK(store.world.run("lead-sales").sales.front().sold == 1);
        }
    }
}
