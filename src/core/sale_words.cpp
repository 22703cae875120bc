#include "core/sale_words.h"

#include <algorithm>

namespace bindery {
namespace {

constexpr SaleReason kSaleReasons[] = {
    {"client", "a client, or not known not to be one"},
    {"do_not_contact", "not to be contacted, or not known"},
    {"no_consent", "without a certificate of consent"},
    {"no_consent_time", "without a time of consent that can be read"},
    {"shared_consent", "with another person's certificate of consent"},
    {"late_consent", "consent too old"},
    {"future_consent", "consent given later than now"},
    {"sold_lately", "the person was sold lately"},
    {"refused_before", "the very same ping was refused"},
    {"tried_lately", "offered lately"},
    {"no_zone", "of a state whose time isn't known"},
    {"hour", "too early or too late there to call"},
    {"cap_count", "the day's count is reached"},
    {"cap_money", "the day's money is reached"},
    {"offered_before", "offered before"},
    {"unclear", "whether it was sold isn't known yet"},
    {"unfit", "breaks a rule of the buyer"},
    {"taken_back", "taken at first, and turned down later"},
};

}  // namespace

std::span<const SaleReason> sale_reasons() { return kSaleReasons; }

std::string sale_reason_words(std::string_view reason) {
    const auto* const known = std::find_if(std::begin(kSaleReasons), std::end(kSaleReasons), [&](const SaleReason& each) { return reason == each.name; });
    if (known == std::end(kSaleReasons)) return std::string(reason);
    return std::string(known->words) + " (" + known->name + ")";
}

}  // namespace bindery
