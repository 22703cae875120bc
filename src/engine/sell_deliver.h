#pragma once
// Sells what a plan offers: a ping for each lead, a post where the bid is good and can be finished in time. In parallel within
// `in_flight`, oldest consent first. A post's intent (with the bid, its price and the proof of consent) is durable before its first
// byte; its outcome before anything reads it. What a post's lost reply left open is asked for, and never offered to another bid.
#include "engine/deliver.h"
#include "engine/sell_decide.h"

namespace bindery {

// Fills the report of the step and what a person should look at. `Delivery`: as for pushes.
void sell_offers(const Engine& engine, Caller& caller, SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery);

}  // namespace bindery
