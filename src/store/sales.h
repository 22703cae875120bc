#pragma once
// Leads that are offered for sale: state, questions asked, proof of consent, and who may not be contacted. A post's own life is
// the ledger's (store/ledger.h); begin_post() writes both at once. Which change is right is decided in sync/sale_life.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/ledger.h"

namespace bindery {

struct SaleRow {
    std::string identity, effect, ref, job, kind = "lead", mode = "test", once_per, state = "waiting", reason, us_state, phone_key, email_key;
    std::vector<std::string> other_phones;  // keys of the lead's phones besides phone_key; written only
    int pings = 0;  // of the present run, when written; of all, when read
    std::optional<std::string> refused_ping;  // keyed hash of the latest ping that the service found fault with
    std::optional<std::string> asked_at, bid_id, price, posted_day, transfer_phone, handed_at, hand_trouble, follow_until, followed_at;
    std::optional<std::int64_t> least_seconds, call_seconds;
    std::optional<bool> billable;
    std::int64_t run = 0;
    bool own_certificate = false;  // begin_post: its certificate must be nobody else's; not stored
    std::string sold_since;  // begin_post: a sale of the same person since then stands against it; not stored
};

struct Consent {
    std::string certificate, words, address, agent, page, given_at;
    std::string posted_at;  // read only
};

struct AskRow {
    std::string identity, mode, at, day, answer;  // bid | decline | refused | failed
    std::optional<std::string> bid_id, price, reason;
    std::int64_t run = 0;
    std::string effect;
};

// Why one e-mail or phone is barred. Whose it is the store knows by a keyed hash alone.
struct BarRow {
    std::string kind, why, at;      // email | phone; revoked | forgotten; RFC 3339
    std::vector<std::string> refs;  // of leads with it that were offered or looked at
};

enum class PostBegin { begun, not_free, bid_of_another };

inline constexpr const char* kTakenBack = "taken_back";  // the reason of a sale that its buyer took, and turned down later

class Sales {
  public:
    explicit Sales(Store& store) : store_(store) {}

    std::optional<SaleRow> find(const std::string& identity);
    std::optional<Consent> consent(const std::string& identity);
    // Offered, or passed over, and never posted: whose once_per holds one of the values.
    std::vector<SaleRow> about(const std::vector<std::string>& values);
    // Bid, in small letters → the identity that it was posted for, of what was sent to a service since a time.
    std::map<std::string, std::string> bids_since(const std::string& service, const std::string& since);
    std::vector<AskRow> asked(const std::string& identity);  // oldest first
    bool unanswered(const std::string& identity);  // its last two questions; a decline and a refusal are answers
    // The latest post by another lead that sold, or may have, of who has one of these phones and e-mails (their keys); RFC 3339.
    std::optional<std::string> person_sold_at(const std::vector<std::string>& persons, const std::string& but);
    // Whether a post of somebody else went out with this certificate: of another lead that shares no phone and no e-mail (their keys).
    bool consent_of_another(const std::string& certificate, const std::string& but, const std::vector<std::string>& persons);
    // Prices of a day's posts that sold, or may have.
    std::vector<std::string> prices_of_day(const std::string& effect, const std::string& day);

    // These three, down to begin_post(), join the caller's transaction. A row in mode test never replaces one in mode live that was asked.
    void note(const SaleRow& row);  // state, reason and what else is set; counts pings up
    void note_ask(const AskRow& ask);

    // Durable before the first byte of a post leaves: the effect as `sending` with its body, the attempt, the sale and the proof. Nothing is
    // done by it when the effect isn't free for it (sent, in doubt, settled), the person was barred meanwhile, another lead with one of
    // the persons' keys is being sold, the proof is somebody else's, or another lead was posted to this very bid, by whichever job and however long ago.
    PostBegin begin_post(const EffectRow& effect, const SaleRow& sale, const Consent& consent, const std::vector<std::string>& persons);
    // What waits by a person's word (settled as `retry`): it's offered anew when the rules allow, and to another bid, so that what was to be
    // sent is no plan any more. Joins the caller's transaction.
    void let_go(const std::string& effect);
    // Once more to the same bid, byte for byte, after a lost reply. False when it was settled meanwhile or the person was barred.
    bool begin_repeat(const std::string& identity, std::int64_t run, const std::vector<std::string>& persons);
    // Nothing of the post was looked at: free to be asked for anew, to another bid; what was to be sent is withdrawn. Its own transaction.
    void release(const std::string& identity, std::int64_t run, const std::string& ending, int status, const std::string& why);

    // What a status says, and what a hand-off came to. Their own transactions.
    void followed(const std::string& identity, std::optional<bool> billable, std::optional<std::int64_t> seconds, bool over);
    // Sold, and its status calls it rejected now: the ledger says so too (`rejected`, kTakenBack), and all that counts sales follows.
    void taken_back(const std::string& identity, std::int64_t run, int status, std::optional<std::int64_t> seconds);
    void handed(const std::string& identity, const std::string& trouble);
    // Sold, and its status or hand-off isn't over.
    std::vector<SaleRow> to_follow(const std::string& effect);
    std::vector<SaleRow> to_hand(const std::string& effect);

    // ---- who may not be contacted
    std::string phone_key(const std::string& phone10);
    std::string email_key(const std::string& email);
    bool barred(const std::vector<std::string>& persons);
    std::vector<BarRow> bars(const std::vector<std::string>& persons);  // of these that are barred
    std::vector<BarRow> all_bars();                                     // the oldest first
    std::vector<std::string> persons_of(const std::string& identity);   // whom it was offered, or posted, as: keys
    std::vector<SaleRow> of_person(const std::vector<std::string>& persons);
    // These three join the caller's transaction. How many are new: `forgotten` replaces `revoked`, and is never replaced. `asked`: by whom, a key of
    // asked_key(); empty: nobody knows. One that takes back what they asked for, and what nobody knows who asked for of `also`, frees what no other
    // asked for: how many.
    std::int64_t bar(const std::vector<std::string>& phones, const std::vector<std::string>& emails, const std::string& why, const std::string& asked = {});
    std::int64_t bar_of(const std::string& identity, const std::string& why, const std::string& asked = {});  // whom a sale was offered, or posted, as
    std::int64_t unbar(const std::string& asked, const std::vector<std::string>& also);
    std::string asked_key(const std::string& kind, const std::string& value);           // email | phone | id, and what was given
    std::vector<std::string> barred_for(const std::string& asked);                      // persons' keys
    std::vector<std::string> asked_by(const std::vector<std::string>& persons);         // who asked that these are barred, as long as `revoked`

  private:
    Store& store_;
};

}  // namespace bindery
