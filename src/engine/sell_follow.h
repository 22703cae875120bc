#pragma once
// After a sale: its status is asked for, no more often than the step says, until it's final or the window ends.
#include "engine/deliver.h"
#include "engine/sell_life.h"

namespace bindery {

void follow_sales(const Engine& engine, Caller& caller, const SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery);

}  // namespace bindery
