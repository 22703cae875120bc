#pragma once
// What an offer came to, set down: a post's end in the ledger, the lead's state in the notes, the counts of report and delivery; its
// person is free to be offered again. What is done next is sell_deliver's business.
#include "engine/sell_notes.h"

namespace bindery {

class SaleOutcomes {
  public:
    // `busy` and `notes` are shared with who begins the offers.
    SaleOutcomes(const Engine& engine, SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery, BusyPersons& busy, SaleNotes& notes)
        : plan_(plan), context_(context), report_(report), delivery_(delivery), busy_(busy), notes_(notes), ledger_(engine.store), sales_(engine.store) {}

    // In a state that is no post's in mode live. `not_begun`: it wasn't asked for by this run, or not any more; `pings`: not noted yet.
    void not_begun(const Offer& offer, SaleState state, const std::string& reason, int pings);
    void over(const LiveSale& live, SaleState state, const std::string& reason);
    void not_now(const LiveSale& live, const CallResult& result);  // it may be offered another time
    void asked(LiveSale& live, const std::string& answer, const std::string& reason);  // bid | decline | refused | failed
    // Its ping broke a rule; or the service takes no ping like it from anybody, and the lead waits.
    void ping_refused(LiveSale& live, const CallResult& result);

    // One that the plan had passed over: what becomes of it is counted instead.
    void looked_at_after_all(const std::string& reason);

    // Of a post in mode live. `sold`: gives what is kept of a call, which is to be handed on.
    std::optional<SaleRow> sold(const LiveSale& live, const CallResult& result, const std::string& how);
    void rejected(LiveSale& live, const CallResult& result, const std::string& reason);
    void refused(LiveSale& live, const CallResult& result);
    void in_doubt(const LiveSale& live, const CallResult& result, const std::string& why);   // the service is to be asked
    void unclear(LiveSale& live, const CallResult& result, const std::string& state);  // it was asked: in_doubt | held
    void undone(LiveSale& live, const CallResult& result, bool replied, const std::string& why);  // nobody was looked at; `replied`: in so many words

    // A price counts for the day from the moment that its post may begin.
    void count(LiveSale& live, bool in);

  private:
    void add(SaleState state);
    bool turned_down(LiveSale& live, const CallResult& result, const std::string& reason);
    void settled_meanwhile(LiveSale& live);

    SalePlan& plan_;
    const SaleContext& context_;
    SaleReport& report_;
    Delivery& delivery_;
    BusyPersons& busy_;
    SaleNotes& notes_;
    Ledger ledger_;
    Sales sales_;
};

}  // namespace bindery
