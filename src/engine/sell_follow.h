#pragma once
// After a sale: its status is asked for, no more often than the step says, until it's final or, heard or not, a week after its window.
#include "engine/deliver.h"
#include "engine/sell_life.h"

namespace bindery {

void follow_sales(const Engine& engine, Caller& caller, const SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery);

}  // namespace bindery
