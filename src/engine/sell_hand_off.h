#pragma once
// A call that was sold must be transferred: the agency's phone system is told where to, how long the call must last, and until when,
// by a program or an address of the job's choice. Each sale is told of once; what can't be told is named to a person.
#include "engine/deliver.h"
#include "engine/sell_decide.h"

namespace bindery {

// Right after the post was taken. Never throws for what the phone system does.
void hand_off_now(const Engine& engine, const SellStep& step, const SaleRow& sale, Delivery& delivery);

// Calls that an earlier run sold and died over: told of if there's still time, else named.
void hand_off_left(const Engine& engine, const SalePlan& plan, Delivery& delivery);

}  // namespace bindery
