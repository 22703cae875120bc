// Autobind's page was read twice: for the rules before the wire (src/services/sale_*) and for the sandbox (src/sandbox/autobind_fields.cpp),
// which shares nothing with them. Both judge the same bodies; where ours refuses more, the rule is one of kOwn.
#include <catch2/catch.hpp>
#include <set>

#include "core/random.h"
#include "sandbox/validator.h"
#include "services/sale_bodies.h"
#include "services/sale_rules.h"
#include "services/sale_samples.h"

using namespace bindery;

namespace {

struct Body {
    SaleMedia media;
    SaleStep step;
    json whole;
};

sandbox::Step step_of(const Body& body) {
    if (body.media == SaleMedia::lead) return body.step == SaleStep::ping ? sandbox::kLeadPing : sandbox::kLeadPost;
    return body.step == SaleStep::ping ? sandbox::kCallPing : sandbox::kCallPost;
}

std::vector<Body> all_bodies() {
    std::vector<Body> bodies;
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        const json lead = full_sale(media);
        bodies.push_back({media, SaleStep::ping, ping_body(media, lead, sale_day(), {media == SaleMedia::call})});
        bodies.push_back({media, SaleStep::post, post_body(media, lead, "bid")});
    }
    return bodies;
}

// Fields whose form we hold to be narrower than the page says, by the last name of their path: an address is one address, a state one of the
// states, a VIN one that there can be, a birth date that of a driver, a text not blank or endless, the first driver the policyholder in calls too.
bool is_own(const SaleFault& fault) {
    const auto name = fault.path.substr(fault.path.find_last_of('.') + 1);
    static const std::set<std::string> kOwn = {"ip_address", "trusted_form_cert_url", "vin", "state_abbreviation", "license_plate_state", "email",
                                               "license_state_or_country", "birth_date", "relationship_to_policyholder", "sub_id"};
    return kOwn.count(name) != 0 || fault.message.find("must be text of 1 to") == 0;
}

struct Verdicts {
    int both_took = 0, both_refused = 0, ours_alone = 0;
};

void judge(const Body& body, const json& sent, Verdicts& verdicts) {
    const auto faults = sale_body_faults(body.media, body.step, sent, sale_day());
    const auto checked = sandbox::validate_autobind(step_of(body), sent, date::sys_days(date::days(sale_day().time_since_epoch().count())));
    const bool taken = checked.errors.empty() && checked.warnings.empty();
    if (faults.empty()) {
        INFO((checked.errors.empty() ? "" : checked.errors[0]) << (checked.warnings.empty() ? "" : checked.warnings[0]));
        CHECK(taken);
        ++verdicts.both_took;
    } else if (taken) {
        for (const auto& fault : faults) {
            INFO(fault.path << " " << fault.message);
            CHECK(is_own(fault));
        }
        ++verdicts.ours_alone;
    } else {
        ++verdicts.both_refused;
    }
}

const json kOdd[] = {nullptr, true, false, -1, 0, 7, 15, 99, 100, 2.5, 1900, 1899, 501, "", " ", "x", "tx", "NM", "female", "self", "spouse", "other", "speeding",
                     "accident", "claim", "exclusive", "es", "06510", "0651", "2145550142", "214555014", "+12145550142", "2026-11-22", "2026-11-23", "2027-11-23",
                     "2027-11-24", "2026-02-30", "2026-11-23T08:15:30Z", "2026-11-23T08:15Z", "a@b.example", "a@b", "1HGCM82633A00435", "12345678901234567",
                     std::string(101, 'x'), std::string(501, 'x'), std::string(2001, 'x'), std::string(5001, 'x'), json::array(), json::object(), json::array({1}),
                     json::array({json::object()})};

}  // namespace

TEST_CASE("the rules and the sandbox agree on bodies with one odd member", "[sale]") {
    constexpr std::size_t kStride = 5;
    std::size_t turn = 0;
    Verdicts verdicts;
    for (const auto& body : all_bodies()) {
        judge(body, body.whole, verdicts);
        const json flat = body.whole.flatten();
        std::set<std::string> places;
        for (const auto& [place, value] : flat.items()) {
            if (place.find("/drivers/0") == 0 || place.find("/vehicles/1") == 0) continue;  // their twins are looked at
            for (json::json_pointer pointer(place); !pointer.empty(); pointer.pop_back()) places.insert(pointer.to_string());
        }
        for (const auto& place : places) {
            const json::json_pointer pointer(place);
            json sent = body.whole;
            json& parent = sent[pointer.parent_pointer()];
            if (parent.is_array()) parent.erase(std::stoul(pointer.back()));
            else parent.erase(pointer.back());
            judge(body, sent, verdicts);
            sent = body.whole;
            json& slot = sent[pointer];
            for (std::size_t i = turn++ % kStride; i < std::size(kOdd); i += kStride) {  // each value meets some place of each kind
                slot = kOdd[i];
                judge(body, sent, verdicts);
            }
        }
        json sent = body.whole;
        sent["of_nobody"] = 1;
        judge(body, sent, verdicts);
    }
    CHECK(verdicts.both_took > 100);
    CHECK(verdicts.both_refused > 1000);
    CHECK(verdicts.ours_alone > 10);
}

TEST_CASE("the rules and the sandbox agree on bodies with several odd members", "[sale]") {
    Random random(369);
    Verdicts verdicts;
    const auto bodies = all_bodies();
    for (int i = 0; i < 200; ++i) {
        const Body& body = bodies[random.below(bodies.size())];
        const json flat = body.whole.flatten();
        json sent = body.whole;
        for (std::size_t n = random.below(3) + 1; n > 0; --n) {
            auto place = flat.begin();
            std::advance(place, static_cast<std::ptrdiff_t>(random.below(flat.size())));
            const json::json_pointer pointer(place.key());
            if (!sent.contains(pointer)) continue;
            if (random.below(2) == 0) sent[pointer] = kOdd[random.below(std::size(kOdd))];
            else if (sent[pointer.parent_pointer()].is_object()) sent[pointer.parent_pointer()].erase(pointer.back());
        }
        judge(body, sent, verdicts);
    }
    CHECK(verdicts.both_refused > 50);
}
