#pragma once
// Sends a push step's effects. Order for each: token, `sending` with the run's id (durable), the wire, the outcome (durable) before
// anything reads it. In parallel within `in_flight`; effects with the same order key go one after the other, and one that is
// sending or in doubt blocks those behind it.
#include "engine/decide.h"
#include "engine/pull_step.h"

namespace bindery {

struct DeliveryContext {
    const Job* job = nullptr;
    std::int64_t run = 0;
    BootTime deadline{0};
    const PullContext* pull = nullptr;  // for look-ups
};

// What became of a step's effects; how the run stands is derived from it.
struct Delivery {
    std::int64_t done = 0, rejected = 0, in_doubt = 0, held = 0, left_pending = 0;
    bool held_after_doubt = false;
    bool out_of_time = false;
    bool untold = false;               // a call was sold that the phone system wasn't told of
    bool untaken = false;              // a service takes no question like it: its address or method is wrong
    bool unheard = false;              // what came of a sale wasn't heard in time for the books
    std::optional<Error> barred;       // 401, 403: writes to this service stop for the run
    std::optional<Error> down;         // the service can't be reached
    std::string unsupported;           // said once
    std::vector<Attention> attention;
};

// `rows`: those to send; `after_doubt`: they are sends after a doubt that nothing could settle (or that two looks didn't find).
void send_effects(const Engine& engine, Caller& caller, const Operation& operation, const DeliveryContext& context,
                  const std::vector<EffectRow>& rows, bool after_doubt, Delivery& delivery);

}  // namespace bindery
