#include "services/sale_bodies.h"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "core/exact_json.h"
#include "services/sale_rules.h"
#include "services/sale_samples.h"

using namespace bindery;

namespace {

using Paths = std::set<std::string>;

// Names of the members that a body has, lists' members as "drivers[].gender".
void collect(const json& value, const std::string& path, Paths& into) {
    for (const auto& [name, member] : value.items()) {
        into.insert(path + name);
        if (!member.is_array()) continue;
        for (const auto& item : member) collect(item, path + name + "[].", into);
    }
}

Paths members_of(const json& body) {
    Paths paths;
    collect(body, "", paths);
    return paths;
}

void expect(std::span<const SaleField> fields, SaleMedia media, SaleStep step, const std::string& path, Paths& into) {
    for (const auto& field : fields) {
        if (!field.in(media, step)) continue;
        into.insert(path + std::string(field.name));
        expect(field.members, media, step, path + std::string(field.name) + "[].", into);
    }
}

Paths table_of(SaleMedia media, SaleStep step) {
    Paths paths;
    expect(sale_fields(), media, step, "", paths);
    return paths;
}

void each_field(std::span<const SaleField> fields, const std::string& path, const std::function<void(const SaleField&, const std::string&)>& look) {
    for (const auto& field : fields) {
        look(field, path + std::string(field.name));
        each_field(field.members, path + std::string(field.name) + "[].", look);
    }
}

const SaleMedia kBothMedia[] = {SaleMedia::lead, SaleMedia::call};

json drivers_lead(const json& driver) {
    return {{"drivers", {driver}}};
}

}  // namespace

TEST_CASE("of a lead with every field, each body has exactly the fields of its step", "[sale]") {
    for (const auto media : kBothMedia) {
        const json lead = full_sale(media);
        auto ping = table_of(media, SaleStep::ping);
        ping.erase("drivers[].birth_date");
        CHECK(members_of(ping_body(media, lead, sale_day())) == ping);
        CHECK(members_of(post_body(media, lead, "bid-1")) == table_of(media, SaleStep::post));
        auto dated = table_of(media, SaleStep::ping);
        dated.erase("drivers[].age");
        CHECK(members_of(ping_body(media, lead, sale_day(), {true})) == dated);
    }
}

TEST_CASE("no field of the post alone enters a ping, no field of the ping alone a post", "[sale]") {
    for (const auto media : kBothMedia) {
        const json lead = full_sale(media);
        const std::string ping = ping_body(media, lead, sale_day()).dump(), post = post_body(media, lead, "bid-1").dump();
        int pings = 0, posts = 0;
        each_field(sale_fields(), "", [&](const SaleField& field, const std::string& path) {
            INFO(sale_media_name(media) << " " << path);
            const std::string quoted = "\"" + std::string(field.name) + "\"";
            // A name can stand at two places: the policyholder's and a driver's first name are both of the post alone.
            const bool same_everywhere = field.name != "sr_twenty_two";
            if (field.only(media, SaleStep::post) && ++posts > 0) {
                CHECK(ping.find(quoted) == std::string::npos);
                if (field.kind == SaleKind::text && field.name != "bid_id") CHECK(ping.find(std::string(field.name) + ">") == std::string::npos);
            }
            if (field.only(media, SaleStep::ping) && same_everywhere && ++pings > 0) CHECK(post.find(quoted) == std::string::npos);
        });
        CHECK(posts == (media == SaleMedia::lead ? 15 : 16));
        CHECK(pings > 60);
    }
}

TEST_CASE("personal data at a wrong place stays out of a ping", "[sale]") {
    const char* secret = "MARKER";
    json lead = full_sale(SaleMedia::lead);
    each_field(sale_fields(), "", [&](const SaleField& field, const std::string&) {
        if (field.kind == SaleKind::list) return;
        // A ping's field that holds an object or a list of texts; a post's field among the ping's objects.
        json odd = lead;
        const std::string name(field.name);
        odd[name] = {{"first_name", secret}};
        odd["drivers"][0][name] = json::array({secret});
        odd["drivers"][0]["incidents"][0][name] = {{"email", secret}};
        odd["vehicles"][0]["first_name"] = odd["vehicles"][0]["email"] = secret;
        odd["drivers"][1]["email"] = odd["drivers"][1]["contact_phone"] = secret;
        odd["drivers"][1]["incidents"][0]["last_name"] = secret;
        odd["license_number"] = secret;
        CHECK(ping_body(SaleMedia::lead, odd, sale_day()).dump().find(secret) == std::string::npos);
    });
    lead["drivers"] = {{"first_name", secret}};
    lead["vehicles"] = secret;
    CHECK(ping_body(SaleMedia::lead, lead, sale_day()).dump().find(secret) == std::string::npos);
}

TEST_CASE("the age on the day stands for a birth date in a ping", "[sale]") {
    struct Case { const char* birth; const char* today; int age; };
    const Case cases[] = {
        {"1990-06-15", "2026-11-23", 36}, {"1990-11-23", "2026-11-23", 36}, {"1990-11-24", "2026-11-23", 35},
        {"2004-02-29", "2026-02-28", 21}, {"2004-02-29", "2026-03-01", 22}, {"2004-02-29", "2028-02-29", 24},
        {"1999-12-31", "2026-01-01", 26}, {"2027-01-01", "2026-01-01", -1},
    };
    for (const auto& c : cases) {
        INFO(c.birth << " " << c.today);
        const json lead = drivers_lead({{"birth_date", c.birth}, {"age", 50}});
        const json driver = ping_body(SaleMedia::lead, lead, *parse_date(c.today))["drivers"][0];
        CHECK(driver == json{{"age", c.age}});
    }
    const json undated = drivers_lead({{"age", 50}});
    CHECK(ping_body(SaleMedia::lead, undated, sale_day())["drivers"] == undated["drivers"]);
    CHECK(ping_body(SaleMedia::lead, undated, sale_day(), {true})["drivers"] == undated["drivers"]);
    const json unread = drivers_lead({{"birth_date", "June 15"}, {"age", 50}});
    CHECK(ping_body(SaleMedia::lead, unread, sale_day())["drivers"] == undated["drivers"]);
}

TEST_CASE("a post carries the birth date and the bid, a ping neither", "[sale]") {
    json lead = full_sale(SaleMedia::lead);
    lead["bid_id"] = "old";
    lead["media_type"] = "call";
    const json post = post_body(SaleMedia::lead, lead, "bid-9");
    CHECK(post["bid_id"] == "bid-9");
    CHECK(post["media_type"] == "lead");
    CHECK(post["drivers"][0]["birth_date"] == "1988-04-09");
    const json ping = ping_body(SaleMedia::lead, lead, sale_day());
    CHECK(ping["media_type"] == "lead");
    CHECK_FALSE(ping.contains("bid_id"));
}

TEST_CASE("a call's drivers go into the bodies that they have fields of", "[sale]") {
    const json risk = {{"gender", "female"}, {"birth_date", "1988-04-09"}};
    const json person = {{"first_name", "Ana"}, {"birth_date", "1988-04-09"}};
    const json neither = {{"birth_date", "1988-04-09"}};
    json both = risk;
    both.update(person);
    struct Case { json driver; bool ping, post; };
    for (const auto& c : {Case{risk, true, false}, Case{person, false, true}, Case{neither, false, false}, Case{both, true, true}}) {
        INFO(c.driver);
        const json lead = drivers_lead(c.driver);
        CHECK(ping_body(SaleMedia::call, lead, sale_day()).contains("drivers") == c.ping);
        CHECK(post_body(SaleMedia::call, lead, "b").contains("drivers") == c.post);
        CHECK(ping_body(SaleMedia::lead, lead, sale_day()).contains("drivers"));
    }
}

TEST_CASE("empty lists stay out, and a member that is no object keeps the places", "[sale]") {
    json lead = full_sale(SaleMedia::lead);
    lead["vehicles"] = json::array();
    lead["drivers"][0]["incidents"] = json::array();
    lead["drivers"].insert(lead["drivers"].begin(), "odd");
    const json ping = ping_body(SaleMedia::lead, lead, sale_day());
    CHECK_FALSE(ping.contains("vehicles"));
    REQUIRE(ping["drivers"].size() == 3);
    CHECK(ping["drivers"][0] == json::object());
    CHECK_FALSE(ping["drivers"][1].contains("incidents"));
    CHECK(ping["drivers"][2].contains("incidents"));
}

TEST_CASE("exact numbers keep their digits on the wire", "[sale]") {
    json lead = full_sale(SaleMedia::lead);
    lead["drivers"][0]["incidents"][2]["claim_amount"] = exact_number("1250.50");
    CHECK(sale_faults(SaleMedia::lead, lead, sale_day()).empty());
    CHECK(dump_exact(ping_body(SaleMedia::lead, lead, sale_day())).find("\"claim_amount\":1250.50") != std::string::npos);
}
