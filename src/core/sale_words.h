#pragma once
// Why leads aren't sold, in words for people. The reasons themselves are decided in sync/sale_bars.h and counted by engine/sell_decide.h.
#include <span>
#include <string>
#include <string_view>

namespace bindery {

struct SaleReason {
    const char *name, *words;
};
std::span<const SaleReason> sale_reasons();

// "too early or too late there to call (hour)"; what isn't one of them says itself.
std::string sale_reason_words(std::string_view reason);

}  // namespace bindery
