#pragma once
// What a sell step writes down of leads that aren't posted: their states and the answers to their pings, many in one transaction, when
// no ping is due. A crash may lose the latest of them: then those leads are asked once more, which changes nothing at the service.
#include <set>

#include "engine/sell_life.h"

namespace bindery {

class SaleNotes {
  public:
    SaleNotes(const Engine& engine, const SalePlan& plan, const SaleContext& context, Delivery& delivery)
        : engine_(engine), plan_(plan), context_(context), delivery_(delivery), sales_(engine.store) {}

    SaleRow row_of(const Offer& offer, SaleState state, const std::string& reason) const;
    // The intent of its post, with the answers to its pings. `taken` and `foreign_bid` say why there is none.
    void begin_post(LiveSale& live);
    void state(const LiveSale& live, SaleState state, const std::string& reason);
    void state(const Offer& offer, SaleState state, const std::string& reason, int pings);
    // The service found fault with its ping, which isn't to be sent again as it was.
    void refused_ping(const LiveSale& live, const CallResult& result);
    void answer(const LiveSale& live, const std::string& answer, const std::string& reason);
    void write() { write_first(rows_.size() + asks_.size()); }
    void write_before(BootTime until);  // some, if there's time for it
    // The answers to this lead's pings, and `then` in the same transaction: nobody is posted whose bid isn't written down.
    void write_answers(const LiveSale& live, const std::function<void()>& then);
    // For a person, in the run's report: of one lead; what the service remarked on a request, each remark once.
    void attend(const LiveSale& live, const std::string& state, const std::string& reason);
    void warn(const std::vector<std::string>& remarks);

  private:
    // As it stands once its post has begun.
    SaleRow posted_row(const LiveSale& live) const;
    SaleRow row_of(const LiveSale& live, SaleState state, const std::string& reason) const;
    void keep(SaleRow row);
    void write_first(std::size_t most);  // rows, and as many answers

    const Engine& engine_;
    const SalePlan& plan_;
    const SaleContext& context_;
    Delivery& delivery_;
    Sales sales_;
    std::set<std::string> warned_;
    std::vector<SaleRow> rows_;
    std::vector<AskRow> asks_;
};

}  // namespace bindery
