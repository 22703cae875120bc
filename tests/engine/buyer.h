#pragma once
// Autobind in memory, and leads for it: bids that live and die, posts that are decided once, statuses. A fault, asked for every request,
// may answer in its place. Written from its API page, apart from the code under test.
#include <memory>
#include <random>

#include "engine/people.h"
#include "store/sales.h"

namespace bindery::test {

// A lead of the CRM that the agency doesn't write, with all that a sale needs; consent was given 19 hours ago, when it was made.
inline json sale_lead(int number, const json& changed = json::object()) {
    const std::string n = std::to_string(1000 + number);
    json custom = json::parse(R"({"lineOfBusiness": "Auto", "city": "Dallas", "language": "en", "mediaSource": "Google", "ipAddress": "73.162.100.50",
        "userAgent": "Mozilla/5.0", "landingPage": "https://agency.example/quote", "consentText": "I agree to be called.",
        "currentlyInsured": true, "srTwentyTwo": false, "homeOwnership": true,
        "drivers": [{"gender": "male", "birth_date": "1990-06-15", "marital_status": "married", "license_status": "active", "first_name": "Ann", "last_name": "Roe",
                     "relationship_to_policyholder": "self"}],
        "vehicles": [{"year": 2021, "make": "Toyota", "model": "Camry", "commercial_use": false}]})");
    custom["trustedFormCertUrl"] = "https://cert.trustedform.com/abc" + n;
    json document = lead(number, {{"status", "lost"}, {"createdAt", "2026-01-14T18:00:00Z"}, {"zip", "75201"}, {"streetAddress", n + " Main St"}});
    document["phone"] = "(512) 655-" + n;  // a number that could be one
    document["customFields"] = custom;
    for (const auto& [name, value] : changed.items()) {
        if (name == "customFields") document[name].update(value);
        else document[name] = value;
    }
    if (!document["customFields"].contains("consentAt")) document["customFields"]["consentAt"] = document["createdAt"];
    return document;
}

class Buyer {
  public:
    struct Bid {
        std::string lead;
        BootTime asked{0};
        bool test = false, call = false;
        std::string price;
        std::optional<json> result;  // the first answer to its post
        int posts = 0;               // that were looked at
    };
    std::map<std::string, Bid> bids;
    std::map<std::string, json> sold;  // bid → the body that sold it
    std::size_t pings = 0, posts = 0, statuses = 0;
    std::vector<json> ping_bodies;
    std::function<std::string(const json& ping)> price = [](const json&) { return "4.20"; };  // "": no bid
    std::function<std::string(const json& post)> refusal = [](const json&) { return ""; };
    Duration bid_life = std::chrono::seconds(90);
    using Rule = std::function<std::optional<Fault>(const std::string& what, std::size_t nth, const HttpRequest&)>;
    Rule fault;  // what: ping, post, status; nth from 1 each
    std::function<Duration(const std::string& what)> latency;

    // For World::elsewhere.
    std::optional<Answer> handle(const HttpRequest& request, BootTime now) {
        if (request.url.rfind("https://api.autobind.ai/", 0) != 0) return std::nullopt;
        const std::string what = request.url.find("/leads/ping") != std::string::npos ? "ping" : request.url.find("/leads/post") != std::string::npos ? "post" : "status";
        const std::size_t nth = what == "ping" ? ++pings : what == "post" ? ++posts : ++statuses;
        const auto wrong = fault ? fault(what, nth, request) : std::nullopt;
        if (wrong && !wrong->acts) return wrong->answer;
        Answer answer = what == "ping" ? ping(request, now) : what == "post" ? post(request, now) : status(request);
        if (wrong) return wrong->answer;
        if (latency) answer.latency = latency(what);
        return answer;
    }

    // Bids of a lead that were posted to and looked at.
    std::size_t posted_bids(const std::string& lead) const {
        std::size_t count = 0;
        for (const auto& [id, bid] : bids) count += bid.lead == lead && !bid.test && bid.posts > 0 ? 1 : 0;
        return count;
    }
    std::size_t sold_times(const std::string& lead) const {
        std::size_t count = 0;
        for (const auto& [id, body] : sold) count += bids.at(id).lead == lead ? 1 : 0;
        return count;
    }

  private:
    static Answer reply(const json& body, int code = 200) { return {.status = code, .body = body.dump()}; }
    static bool is_test(const HttpRequest& request) { return request.url.find("?environment=test") != std::string::npos; }

    Answer ping(const HttpRequest& request, BootTime now) {
        const json body = json::parse(request.body);
        ping_bodies.push_back(body);
        const std::string offered = price(body);
        if (offered.empty()) return reply({{"status", "decline"}, {"reason", "no_bid"}, {"message", "No."}});
        const std::string id = "bid-" + std::to_string(bids.size() + 1);
        bids[id] = {body.value("external_id", ""), now, is_test(request), body.at("media_type") == "call", offered, {}, 0};
        json answer{{"status", "bid"}, {"bid_id", id}, {"price", offered}, {"unheard_of", 1}};
        if (bids[id].call) answer.update({{"transfer_phone", "8775550142"}, {"minimum_call_duration", 90}});
        return reply(answer);
    }

    Answer post(const HttpRequest& request, BootTime now) {
        const json body = json::parse(request.body);
        const std::string id = body.at("bid_id");
        const auto found = bids.find(id);
        if (found == bids.end()) return reply({{"status", "rejected"}, {"reason", "invalid_bid"}});
        Bid& bid = found->second;
        if (bid.result) return reply(*bid.result);
        std::string reason = now >= bid.asked + bid_life ? "bid_expired" : refusal(body);
        if (reason != "bid_expired") ++bid.posts;
        json answer = reason.empty() ? (bid.call ? json{{"status", "ok"}} : json{{"status", "accepted"}, {"bid_id", id}}) : json{{"status", "rejected"}, {"reason", reason}};
        if (is_test(request)) return reply(answer);
        bid.result = answer;
        if (reason.empty()) sold[id] = body;
        return reply(answer);
    }

    Answer status(const HttpRequest& request) {
        const std::string id = request.url.substr(request.url.rfind('/') + 1);
        const auto found = bids.find(id);
        if (found == bids.end() || !found->second.result) return reply({{"status", "error"}, {"errors", {"No lead or call with this id"}}}, 404);
        const bool accepted = sold.count(id) != 0;
        json answer{{"bid_id", id}, {"status", accepted ? "accepted" : "rejected"}, {"billable", accepted && !found->second.call}, {"created_at", "2026-01-15T13:00:05Z"}};
        if (found->second.call) answer.update({{"call_duration", nullptr}, {"minimum_call_duration", 90}});
        return reply(answer);
    }
};

// The shipped job, in mode live.
inline void sell_live(World& world, Buyer& buyer, std::vector<std::pair<std::string, std::string>> replaced = {}) {
    replaced.insert(replaced.begin(), {"mode: test ", "mode: live "});
    world.shipped("lead-sales", replaced);
    no_lists(world.services);
    world.elsewhere = [&buyer](const HttpRequest& request, BootTime now) { return buyer.handle(request, now); };
}

// once_per's lead → state, reason
inline std::map<std::string, std::string> sale_states(World& world, bool reasons = false) {
    std::map<std::string, std::string> states;
    for (const auto& row : world.rows(std::string("SELECT once_per ->> 'lead_id', state") + (reasons ? " || ' ' || reason" : "") + " FROM sales")) {
        const auto bar = row.find('|');
        states[row.substr(0, bar)] = row.substr(bar + 1);
    }
    return states;
}

}  // namespace bindery::test
