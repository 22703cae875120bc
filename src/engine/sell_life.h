#pragma once
// One lead on its way through a sell step, and the calls that it makes. What is done next is decided in sync/sale_life.h.
#include "engine/deliver.h"
#include "engine/sell_decide.h"
#include "services/bid_replies.h"

namespace bindery {

struct LiveSale {
    enum class At { ping, post, status } at = At::ping;
    const Offer* offer = nullptr;      // none for a doubt of an earlier run
    EffectRow effect;
    std::vector<std::string> persons;
    BidReply bid;
    BootTime asked{0};                 // before the first byte of the ping that brought the bid
    int tries = 0;                     // attempts of the call under way
    int pings = 0;                     // bids and answers so far
    int unnoted_pings = 0;
    bool began = false;                // the post's intent is durable, and nothing has taken it back
    bool lost = false;                 // an attempt of the post may have arrived
    bool late = false;                 // its post could not be finished in time
    bool taken = false;                // it may not be posted any more: barred, settled, or the same person is being sold
    bool earlier_run = false;
    bool counted = false;              // its price counts for the day
};

// Calls of a sale. `test`: to the service's test environment.
inline const char* const kTestQuery = "environment=test";
CallSpec ping_call(const SalePlan& plan, std::uint64_t id, const std::string& body);
CallSpec post_call(const SalePlan& plan, std::uint64_t id, const EffectRow& effect);
CallSpec status_call(const SalePlan& plan, std::uint64_t id, const std::string& bid_id);
PostAnswer post_answer(const SalePlan& plan, const CallResult& result, PostReply& reply);
// How a post's end is written down; one transaction of its own.
inline constexpr std::size_t kExcerptOfReply = 2000;
void set_down(Ledger& ledger, const LiveSale& live, const std::string& state, const CallResult& result, std::int64_t run, const std::string& reason);
std::string why_not_asked(const Delivery& delivery, Bar cap);  // a lead that stopping left over
std::string why_unclear(const CallResult& result);
Error bad_key(const std::string& service, const CallResult& result);
Error buyer_unreachable(const std::string& service, const CallResult& result);
StatusAnswer status_answer(const CallResult& result, const std::string& bid_id, StatusReply& reply);

}  // namespace bindery
