#include "services/bid_replies.h"

#include <catch2/catch.hpp>

using namespace bindery;

TEST_CASE("how long a call must last is read from a number or its text, and what can't be read isn't known rather than nothing", "[sale]") {
    struct Case {
        const char* duration;
        std::optional<std::int64_t> seconds;
    };
    const Case cases[] = {
        {"90", 90},       {"0", 0},        {"\"90\"", 90},      {"\" 90 \"", 90},        {"90.0", 90},   {"\"90.00\"", 90},   {"9e1", 90},        {"86400", 86400},
        {"86401", {}},    {"-1", {}},      {"\"-90\"", {}},     {"90.5", {}},            {"\"90 s\"", {}}, {"\"\"", {}},       {"\"ninety\"", {}}, {"null", {}},
        {"true", {}},     {"[90]", {}},    {"{\"s\": 90}", {}}, {"99999999999999999999", {}}, {"\"0x5A\"", {}},
    };
    for (const auto& c : cases) {
        INFO(c.duration);
        const std::string rest = std::string("\"minimum_call_duration\": ") + c.duration + "}";
        const BidReply bid = read_bid(true, R"({"status": "bid", "bid_id": "b1", "price": "12.40", "transfer_phone": "8775550142", )" + rest);
        CHECK(bid.kind == BidReply::Kind::bid);
        CHECK(bid.least_seconds == c.seconds);
        const StatusReply status = read_status(std::string(R"({"status": "accepted", "bid_id": "b1", "call_duration": )") + c.duration + "}", "b1");
        CHECK(status.call_seconds == c.seconds);
    }
    CHECK(read_bid(true, R"({"status": "bid", "bid_id": "b1", "price": "12.40", "transfer_phone": "8775550142"})").least_seconds == std::nullopt);
}
