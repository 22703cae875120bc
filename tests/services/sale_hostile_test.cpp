// Whatever a lead holds, it is faults and not a crash.
#include <catch2/catch.hpp>

#include "core/exact_json.h"
#include "core/random.h"
#include "services/sale_bodies.h"
#include "services/sale_rules.h"
#include "services/sale_samples.h"
#include "services/sale_tidy.h"

using namespace bindery;

namespace {

// Everything that is done with a lead; what can be sent must be text that can be written.
std::size_t go_through(SaleMedia media, const json& raw) {
    const auto tidy = tidy_lead(media, raw);
    std::size_t faults = tidy.faults.size();
    for (const json* lead : {&raw, &tidy.lead}) {
        const auto found = sale_faults(media, *lead, sale_day());
        const PingParts parts = ping_parts(media, *lead, sale_day());
        const json &ping = parts.body, post = post_body(media, *lead, "b");
        if (found.empty()) {
            INFO("ping: " << sale_faults_text(sale_body_faults(media, SaleStep::ping, ping, sale_day())) << ", kept out: " << json(parts.kept_out.paths).dump());
            if (parts.kept_out.faults.empty()) CHECK(sale_body_faults(media, SaleStep::ping, ping, sale_day()).empty());
            CHECK(sale_body_faults(media, SaleStep::post, post, sale_day()).empty());
            CHECK_NOTHROW(dump_exact(ping).size() + dump_exact(post).size());
        }
        sale_body_faults(media, SaleStep::ping, *lead, sale_day());
        sale_body_faults(media, SaleStep::post, *lead, sale_day());
        CHECK_NOTHROW(json(sale_faults_text(found)).dump());
        CHECK_NOTHROW(json(parts.kept_out.paths).dump() + sale_faults_text(parts.kept_out.faults));
        faults += found.size();
    }
    return faults;
}

json deep(int levels, bool objects) {
    json value = 1;
    for (int i = 0; i < levels; ++i) {
        json outer = objects ? json::object() : json::array();
        if (objects) outer["x"] = std::move(value);
        else outer.push_back(std::move(value));
        value = std::move(outer);
    }
    return value;
}

}  // namespace

TEST_CASE("long texts, deep nesting and large lists are faults", "[sale]") {
    const json whole = full_sale(SaleMedia::lead);
    const std::string huge(std::size_t{20} << 20, 'x');
    std::vector<std::pair<const char*, json>> cases;  // never copied: a copy of deep JSON is what overflows
    for (const char* place : {"/tcpa_language", "/drivers", "/drivers/0/gender", "/drivers/0/incidents", "/vehicles/1/year", "/currently_insured"}) {
        cases.emplace_back(place, deep(50000, true));
        cases.emplace_back(place, deep(50000, false));
        cases.emplace_back(place, json::array_t(20000));
        cases.emplace_back(place, json::array_t(1000, json::object()));
        cases.emplace_back(place, exact_number("1e400"));
        cases.emplace_back(place, exact_number(std::string(100000, '9')));
        cases.emplace_back(place, json::binary({0, 255}));
        cases.emplace_back(place, std::string("\0\0", 2));
        cases.emplace_back(place, "\xff\xfe\xf8\x80\x80\x80\x80\x80\x80\x80");
    }
    cases.emplace_back("/email", huge);
    cases.emplace_back("/drivers", huge);
    cases.emplace_back("/drivers", "[" + std::string(std::size_t{1} << 20, '['));
    for (auto& [place, value] : cases) {
        json lead = whole;
        INFO(place << " " << value.type_name());
        lead[json::json_pointer(place)] = std::move(value);
        CHECK(go_through(SaleMedia::lead, lead) > 0);
    }
}

TEST_CASE("members with hostile names are only named", "[sale]") {
    json lead = full_sale(SaleMedia::call);
    lead[std::string(std::size_t{1} << 20, 'n')] = 1;
    lead[""] = deep(100000, true);
    lead[std::string("a\0b\xff", 4)] = 1;
    lead["driver99999999999999999999_gender"] = "male";
    lead["driver-1_gender"] = "male";
    lead["driver1_"] = "male";
    lead["drivers"][0]["incident1_type"] = deep(1000, false);
    for (int i = 0; i < 5000; ++i) lead["vehicle" + std::to_string(i) + "_make"] = i;
    go_through(SaleMedia::call, lead);
    lead.erase("vehicles");
    lead.erase("drivers");
    CHECK(go_through(SaleMedia::call, lead) > 0);
}

TEST_CASE("leads with values swapped for any others never crash, and what passes can be written", "[sale]") {
    Random random(20261123);
    const json odd[] = {nullptr, true, -1, 7, 2.5, exact_number("1.50"), "", " ", "x", "female", "2026-11-23", "self", "\xc3\x28", json::array(), json::object(),
                        json::array({1}), json::array({json::object()}), std::string("a\0", 2), "[]", "[{}]", "other", "2145550142"};
    const json wholes[] = {full_sale(SaleMedia::lead), full_sale(SaleMedia::call)};
    const json flats[] = {wholes[0].flatten(), wholes[1].flatten()};
    for (int i = 0; i < 300; ++i) {
        const auto which = static_cast<std::size_t>(random.below(2));
        const auto media = which == 0 ? SaleMedia::lead : SaleMedia::call;
        const json& flat = flats[which];
        json lead = wholes[which];
        for (std::size_t n = random.below(4) + 1; n > 0; --n) {
            auto place = flat.begin();
            std::advance(place, static_cast<std::ptrdiff_t>(random.below(flat.size())));
            json::json_pointer pointer(place.key());
            if (random.below(3) == 0) pointer = pointer.parent_pointer();
            if (!lead.contains(pointer)) continue;
            lead[pointer] = odd[random.below(std::size(odd))];
        }
        go_through(media, lead);
    }
}
