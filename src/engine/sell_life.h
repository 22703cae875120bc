#pragma once
// One lead on its way through a sell step, and the calls that it makes. What is done next is decided in sync/sale_life.h.
#include <set>

#include "engine/deliver.h"
#include "engine/sell_decide.h"
#include "services/bid_replies.h"

namespace bindery {

struct LiveSale {
    enum class At { ping, post, status } at = At::ping;
    const Offer* offer = nullptr;      // none for a doubt of an earlier run
    EffectRow effect;
    std::vector<std::string> persons;
    std::string us_state;
    BidReply bid;
    BootTime asked{0};                 // before the first byte of the ping that brought the bid
    int tries = 0;                     // attempts of the call under way
    int pings = 0;                     // bids and answers so far
    int unnoted_pings = 0;
    bool began = false;                // the post's intent is durable, and nothing has taken it back
    bool intended = false;             // and of an attempt that hasn't left yet
    bool lost = false;                 // an attempt of the post may have arrived
    bool late = false;                 // its post could not be finished in time
    bool taken = false;                // it may not be posted any more: barred, settled, the same person is being sold, a foreign bid
    bool foreign_bid = false;          // another lead was posted to its bid
    Bar shut = Bar::none;              // why it may not be posted now: the hour, or the age of its consent
    bool earlier_run = false;
    bool counted = false;              // its price counts for the day
    std::uint64_t on_disk = 0;         // of its intent: CommitsBeside's number
};

// Persons who are being offered: one lead of each at a time.
class BusyPersons {
  public:
    bool any_of(const std::vector<std::string>& persons) const;
    void add(const std::vector<std::string>& persons) { busy_.insert(persons.begin(), persons.end()); }
    void free(const std::vector<std::string>& persons);

  private:
    std::set<std::string> busy_;
};

std::unique_ptr<Disk> disk_for(const Engine& engine, const SalePlan& plan);  // none where nothing is asked or sold

// A post whose outcome isn't known, as it is taken up again: its persons are those whom its body names and those whom its lead names now.
LiveSale doubt_of(const SalePlan& plan, const SaleContext& context, const EffectRow& row, Sales& sales);
// Whether the hour and the consent still allow it; for the moments before a ping and before a post.
Bar still_barred(const SalePlan& plan, const LiveSale& live, WallTime now);
// A post may begin: it ends within its bid's life (one that was lost is repeated to find out, whatever its age), in the hours and the
// consent's life. Says in `late` and `shut` why not.
bool may_begin(const SalePlan& plan, LiveSale& live, const Account& account, const Clock& clock);
SaleState state_while(Bar bar);  // of a lead that a bar keeps from being asked
std::string why_left(const LiveSale& live, const CallResult& result);

// Calls of a sale. `test`: to the service's test environment.
inline const char* const kTestQuery = "environment=test";
CallSpec ping_call(const SalePlan& plan, std::uint64_t id, const std::string& body);
CallSpec post_call(const SalePlan& plan, std::uint64_t id, const EffectRow& effect);
CallSpec status_call(const SalePlan& plan, std::uint64_t id, const std::string& bid_id);
PostAnswer post_answer(const SalePlan& plan, const CallResult& result, const std::string& bid_id, PostReply& reply);
// Reads a ping's answer into `live.bid`; says what is wrong with one that is neither a bid for this lead nor a decline. `bids`: whose each
// bid is, by its id, in mode live: it was made for one lead, so one that another has is no offer.
std::string read_answer(const SellStep& step, LiveSale& live, const std::string& body, std::map<std::string, std::string>& bids);
// How a post's end is written down; one transaction of its own. False, and nothing is changed, when a person settled meanwhile what was
// asked about; only a sale stands over their word.
inline constexpr std::size_t kExcerptOfReply = 2000;
bool set_down(Ledger& ledger, const LiveSale& live, const std::string& state, const CallResult& result, std::int64_t run, const std::string& reason);
std::string why_not_asked(const Delivery& delivery, Bar cap);  // a lead that stopping left over
inline const std::string kPingRefused = "the ping breaks a rule of the service; mend the lead or the job's `lead:` map, it isn't asked again as it is: ";
inline const std::string kPingNotTaken = "the service doesn't take the ping; look at base_url and `operations` of the service file: ";
bool fault_is_in_body(const CallResult& result);  // of a refused call; else its address or method is wrong
inline const std::string kPostRefused = "the post breaks a rule of the service: ";
inline const char* const kBidUnknown = "the service doesn't know the bid that it made (invalid_bid): check that one key is used throughout, and ask Autobind if it stays so";
inline const char* const kAnsweredPingWith = "the service answered the ping with ";
inline const char* const kBidOfAnother = "a bid that is another lead's";
std::string why_unclear(const CallResult& result);
// What a call's end means for all that would follow it: a key that is refused, a service that is away, no time left.
void note_stop(const SellStep& step, const CallResult& result, Delivery& delivery);
// A post that begins now ends within its bid's life.
bool in_time(const SalePlan& plan, const LiveSale& live, const Account& account, BootTime now);
StatusAnswer status_answer(const CallResult& result, const std::string& bid_id, StatusReply& reply);

}  // namespace bindery
