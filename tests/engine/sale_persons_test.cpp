// One person in several leads is known by each phone and e-mail, whichever of a lead's it is.
#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "engine/call_job.h"
#include "engine/revoke.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const char* const kMobile = "2146551002";

// The shipped job with a second phone.
void sell_with_mobiles(World& world, Buyer& buyer) {
    sell_live(world, buyer, {{"contact_phone: \"{phone}\"", "contact_phone: \"{phone}\"\n      mobile_phone: \"{mobile}\""},
                             {"l.custom ->> 'city' AS city,", "l.custom ->> 'city' AS city, phone10(l.custom ->> 'mobile') AS mobile,"}});
}

json with_mobile(int number, const std::string& mobile) { return sale_lead(number, {{"customFields", {{"mobile", mobile}}}}); }

}  // namespace

TEST_CASE("A person is sold once, whichever of two leads' phones is the shared one") {
    World world;
    Buyer buyer;
    sell_with_mobiles(world, buyer);
    world.services.lists["/crm/leads"] = {with_mobile(1, kMobile)};
    world.run("lead-sales");
    REQUIRE(buyer.sold.size() == 1);
    CHECK(buyer.sold.begin()->second.at("mobile_phone") == kMobile);
    // The second has the first's mobile as its phone, the third the first's phone as its mobile, the fourth both as its own mobiles would be.
    world.services.lists["/crm/leads"] = {with_mobile(1, kMobile), sale_lead(2, {{"phone", kMobile}}), with_mobile(3, "(512) 655-1001"), with_mobile(4, "+1 214 655 1002")};
    world.run("lead-sales");
    CHECK(buyer.sold.size() == 1);
    CHECK(buyer.pings == 1);
    for (const char* lead : {"lead_1002", "lead_1003", "lead_1004"}) CHECK(sale_states(world, true).at(lead) == "passed_over sold_lately");
    SECTION("until the window is over") {
        world.clock.advance(std::chrono::hours(24 * 31));
        auto late = with_mobile(3, "(512) 655-1001");
        late["createdAt"] = late["customFields"]["consentAt"] = rfc3339(world.clock.wall() - std::chrono::hours(1));
        world.services.lists["/crm/leads"] = {late};
        world.run("lead-sales");
        CHECK(buyer.sold.size() == 2);
    }
    SECTION("a phone that the lead lost is nobody's") {
        auto other = with_mobile(5, "2146551777");
        world.services.lists["/crm/leads"] = {other};
        buyer.price = [](const json&) { return "0.10"; };
        world.run("lead-sales");
        CHECK(sale_states(world).at("lead_1005") == "too_low");
        other["customFields"]["mobile"] = "2146551778";
        buyer.price = [](const json&) { return "4.20"; };
        world.clock.advance(std::chrono::hours(25));
        world.services.lists["/crm/leads"] = {other, sale_lead(6, {{"phone", "2146551777"}, {"createdAt", "2026-01-14T19:00:00Z"}}), sale_lead(7, {{"phone", "2146551778"}, {"createdAt", "2026-01-14T19:00:00Z"}})};
        world.run("lead-sales");
        CHECK(sale_states(world).at("lead_1005") == "sold");
        CHECK(sale_states(world).at("lead_1006") == "sold");
        CHECK(sale_states(world).at("lead_1007") != "sold");
    }
}

TEST_CASE("A post that is begun elsewhere meanwhile bars every phone of its lead") {
    World world;
    Buyer buyer;
    sell_with_mobiles(world, buyer);
    world.services.lists["/crm/leads"] = {with_mobile(1, kMobile)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "ping" ? std::nullopt : std::optional(lost_before()); };
    world.run("lead-sales");
    REQUIRE(sale_states(world).at("lead_1001") == "unclear");
    world.with_engine([&](const Engine& engine) {
        Sales sales(engine.store);
        // As another job does it, that decided before the post above began.
        SaleRow sale;
        sale.identity = "another";
        sale.effect = "other_sale";
        sale.ref = "BN-OTHER";
        sale.job = "other";
        sale.mode = "live";
        sale.once_per = "{}";
        sale.state = "posting";
        sale.posted_day = "2026-01-15";
        EffectRow effect;
        effect.identity = sale.identity;
        effect.name = sale.effect;
        effect.ref = sale.ref;
        effect.job = sale.job;
        effect.service = "autobind";
        effect.state = "pending";
        effect.operation = "post";
        effect.once_per = "{}";
        effect.body = "{}";
        const auto begins = [&](const std::vector<std::string>& persons) {
            bool begun = false;
            sale.phone_key = persons.front();
            engine.store.transaction([&] {
                begun = sales.begin_post(effect, sale, {}, persons) == PostBegin::begun;
            });
            return begun;
        };
        CHECK_FALSE(begins({sales.phone_key("2146551999"), sales.phone_key("5126551001")}));
        CHECK_FALSE(begins({sales.phone_key(kMobile)}));
        CHECK(begins({sales.phone_key("2146551999")}));
    });
}

TEST_CASE("A call's person is known by the number that they call from and by the one that they gave") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    std::string job = call_job(world);
    job.replace(job.find("dial_in_phone: \"{phone}\""), 24, "dial_in_phone: \"{phone}\", contact_phone: \"{contact}\", first_name: Ann, last_name: Roe, email: \"{email}\", street_address: 1 Main St, city: Dallas, zip: \"75201\"");
    job.replace(job.find("phone10(phone) AS phone"), 23, "phone10(phone) AS phone, email, phone10(custom_fields ->> 'mobile') AS contact");
    world.job("calls", job);
    world.services.lists["/crm/leads"] = {with_mobile(1, kMobile)};
    world.run("calls");
    REQUIRE(buyer.sold.size() == 1);
    CHECK(buyer.sold.begin()->second.at("contact_phone") == kMobile);
    world.services.lists["/crm/leads"].push_back(sale_lead(2, {{"phone", kMobile}, {"customFields", {{"mobile", "2146551888"}}}}));
    world.run("calls");
    CHECK(buyer.sold.size() == 1);
    CHECK(sale_states(world, true).at("lead_1002") == "passed_over sold_lately");
}

TEST_CASE("Who is revoked by a second phone is told what was sold of them by it") {
    World world;
    Buyer buyer;
    sell_with_mobiles(world, buyer);
    world.services.lists["/crm/leads"] = {with_mobile(1, kMobile)};
    world.run("lead-sales");
    REQUIRE(buyer.sold.size() == 1);
    world.services.lists["/crm/leads"] = json::array();
    world.with_engine([](const Engine& engine) {
        const Revoked revoked = revoke(engine.config, engine.store, kMobile);
        REQUIRE(revoked.sold.size() == 1);
        const auto bars = bars_of(engine.config, engine.store, kMobile);
        REQUIRE_FALSE(bars.empty());
        for (const auto& bar : bars) CHECK(bar.refs == std::vector<std::string>{revoked.sold.front().ref});
    });
}


TEST_CASE("A person's sales are found without reading everybody's") {
    World world;
    world.with_engine([](const Engine& engine) {
        Sales sales(engine.store);
        SQLite::Database& db = engine.store.db();
        const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) ";
        engine.store.transaction([&] {
            db.exec(numbers + "INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, phone_key, email_key, first_run, run, first_at, updated_at) "
                              "SELECT 'id' || i, 's', 'BN', 'j', 'lead', 'live', '{}', 'posting', 'p' || i, 'm' || i, 1, 1, '', '' FROM n");
            db.exec(numbers + "INSERT INTO sale_other_phone (identity, phone_key) SELECT 'id' || i, 'o' || i FROM n");
            db.exec(numbers + "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, sent_at) "
                              "SELECT 'id' || i, 's', 'BN' || i, 'j', 'autobind', 'post', '{}', 'done', 'POST', '/x', '', '', 'hold', 1, 1, '', '', '2026-01-15T12:00:00.000Z' FROM n");
        });
        int steps = 0;
        sqlite3_progress_handler(db.getHandle(), 100, [](void* count) { return ++*static_cast<int*>(count), 0; }, &steps);
        CHECK(sales.person_sold_at({"p7", "m7", "o7"}, "another") == "2026-01-15T12:00:00.000Z");
        CHECK(sales.person_sold_at({"o9"}, "id9") == std::nullopt);
        CHECK(sales.of_person({"o12", "m14"}).size() == 2);
        sqlite3_progress_handler(db.getHandle(), 0, nullptr, nullptr);
        CHECK(steps < 20);
    });
}

TEST_CASE("A certificate proves one person's consent, so that two who come with the same one aren't sold, and nobody is sold with one that was used") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"    consent_life: 72h", "    consent: own_certificate\n    consent_life: 72h"}});
    const auto with = [](int number, const std::string& certificate, json changed = json::object()) {
        changed["customFields"]["trustedFormCertUrl"] = "https://cert.trustedform.com/" + certificate;
        return sale_lead(number, changed);
    };
    SECTION("of one select") {
        world.services.lists["/crm/leads"] = {with(1, "one"), with(2, "one"), with(3, "three")};
        const RunReport report = world.run("lead-sales");
        CHECK(sale_states(world, true).at("lead_1001") == "passed_over shared_consent");
        CHECK(sale_states(world, true).at("lead_1002") == "passed_over shared_consent");
        CHECK(sale_states(world).at("lead_1003") == "sold");
        CHECK(report.sales.front().passed_over.at("shared_consent") == 2);
        CHECK(buyer.pings == 1);
    }
    SECTION("of one person in two leads") {
        world.services.lists["/crm/leads"] = {with(1, "one"), with(2, "one", {{"phone", "(512) 655-1001"}})};
        world.run("lead-sales");
        CHECK(buyer.sold.size() == 1);
        world.run("lead-sales");
        CHECK(buyer.sold.size() == 1);
        CHECK(world.rows("SELECT state || ' ' || reason FROM sales ORDER BY 1") == std::vector<std::string>{"passed_over sold_lately", "sold "});
    }
    SECTION("of somebody who was sold, or turned down") {
        bool turned_down = false;
        SECTION("sold") {}
        SECTION("turned down") { turned_down = true; }
        buyer.refusal = [turned_down](const json&) { return turned_down ? "duplicate_phone" : ""; };
        world.services.lists["/crm/leads"] = {with(1, "one")};
        world.run("lead-sales");
        REQUIRE(buyer.posts == 1);
        buyer.refusal = [](const json&) { return ""; };
        world.services.lists["/crm/leads"] = {with(1, "one"), with(2, "one")};
        world.run("lead-sales");
        CHECK(buyer.posts == 1);
        CHECK(sale_states(world, true).at("lead_1002") == "passed_over shared_consent");
    }
    SECTION("two jobs at once: who posts second isn't posted") {
        world.services.lists["/crm/leads"] = {with(1, "one")};
        bool other = false;
        buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            if (what != "ping" || other) return std::nullopt;
            other = true;
            world.with_engine([&](const Engine& engine) {
                Sales sales(engine.store);
                EffectRow effect;
                effect.identity = "of another job";
                effect.name = "web_lead_sale";
                effect.service = "autobind";
                effect.state = "pending";
                effect.once_per = "{}";
                SaleRow sale;
                sale.identity = effect.identity;
                sale.once_per = effect.once_per;
                sale.effect = effect.name;
                sale.kind = "lead";
                sale.mode = "live";
                sale.state = "posting";
                sale.bid_id = "another bid";
                sale.posted_day = "2026-01-15";
                sale.phone_key = sales.phone_key("2145559999");
                sale.own_certificate = true;
                Consent consent;
                consent.certificate = "https://cert.trustedform.com/one";
                engine.store.transaction([&] { CHECK(sales.begin_post(effect, sale, consent, {sale.phone_key}) == PostBegin::begun); });
            });
            return std::nullopt;
        };
        world.run("lead-sales");
        REQUIRE(other);
        CHECK(buyer.pings == 1);
        CHECK(buyer.posts == 0);
        buyer.fault = nullptr;
        world.run("lead-sales");
        CHECK(sale_states(world, true).at("lead_1001") == "passed_over shared_consent");
    }
}

TEST_CASE("Who come with one certificate are named by each run that sells them, where the job doesn't hold them back") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    const json same = {{"customFields", {{"trustedFormCertUrl", "https://cert.trustedform.com/one"}}}};
    json first = sale_lead(1), second = sale_lead(2);
    first["customFields"].update(same.at("customFields"));
    second["customFields"].update(same.at("customFields"));
    world.services.lists["/crm/leads"] = {first, second, sale_lead(3)};
    const RunReport report = world.run("lead-sales");
    CHECK(report.sales.front().sold == 3);
    CHECK(to_text(report).find("2 leads come with a certificate of consent that another person has too") != std::string::npos);
}
