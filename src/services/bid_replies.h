#pragma once
// What Autobind answers to a ping, a post and a question for a status, read without trust: what isn't as its page says is
// `nonsense`, never a sale. Unknown members are ignored. Pure; throws nothing but bad_alloc.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bindery {

struct BidReply {
    enum class Kind { bid, decline, nonsense } kind = Kind::nonsense;
    std::string bid_id;
    std::string price;           // decimal text, never negative
    std::string reason;          // of a decline
    std::string transfer_phone;  // calls: ten digits
    std::optional<std::int64_t> least_seconds;  // calls: how long one must last to be paid; nullopt: the bid doesn't say, or not readably
    std::vector<std::string> warnings;  // fields of ours that the service doesn't know
};
// `external_id`: what the ping called the lead, or empty. An answer that names another lead is nonsense; one that names none is not.
BidReply read_bid(bool call, const std::string& body, const std::string& external_id = {});

struct PostReply {
    enum class Kind { accepted, rejected, nonsense } kind = Kind::nonsense;
    std::string reason;
    std::vector<std::string> warnings;
};
// One that names another bid is nonsense.
PostReply read_post(bool call, const std::string& body, const std::string& bid_id = {});

// `none`: an answer that names no sale of this bid.
struct StatusReply {
    enum class Kind { accepted, rejected, none, nonsense } kind = Kind::nonsense;
    std::optional<bool> billable;
    std::optional<std::int64_t> call_seconds;
};
StatusReply read_status(const std::string& body, const std::string& bid_id);

}  // namespace bindery
