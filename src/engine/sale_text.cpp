#include "engine/sale_text.h"

#include "core/sale_words.h"
#include "core/text.h"

namespace bindery {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kReasonsShown = 10;

std::int64_t count_of(const Json& sale, const char* name) {
    const auto found = sale.find(name);
    return found != sale.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::string word_of(const Json& sale, const char* name) {
    const auto found = sale.find(name);
    return found != sale.end() && found->is_string() ? found->get<std::string>() : "";
}

// "    passed over: 5 offered lately (tried_lately), 1 a client"
std::string reasons_line(const Json& sale, const char* member, const char* words) {
    const auto found = sale.find(member);
    if (found == sale.end() || !found->is_object() || found->empty()) return {};
    std::string text;
    std::size_t shown = 0;
    for (const auto& [reason, leads] : found->items()) {
        if (!leads.is_number_integer() || ++shown > kReasonsShown) continue;
        text += (text.empty() ? "" : ", ") + std::to_string(leads.get<std::int64_t>()) + " " + one_line(sale_reason_words(reason));
    }
    if (shown > kReasonsShown) text += " and " + std::to_string(shown - kReasonsShown) + " more reasons";
    return std::string("    ") + words + ": " + text + "\n";
}

}  // namespace

std::string sale_text(const Json& sale) {
    const std::int64_t selected = count_of(sale, "selected");
    std::string out = "  " + word_of(sale, "effect") + (word_of(sale, "mode") == "test" ? " (mode test: nothing is sold)" : "") + ": " + std::to_string(selected) + " " +
                      word_of(sale, "kind") + (selected == 1 ? "" : "s") + ", " + std::to_string(count_of(sale, "offered")) + " for sale";
    const auto part = [&](const char* name, const char* one, const char* many) {
        const std::int64_t n = count_of(sale, name);
        if (n > 0) out += ", " + std::to_string(n) + " " + (n == 1 ? one : many);
    };
    part("asked", "asked", "asked");
    part("bids", "bid", "bids");
    part("declined", "declined", "declined");
    part("too_low", "below the floor", "below the floor");
    part("lapsed", "ran out of time", "ran out of time");
    part("refused", "refused", "refused");
    part("unfit", "unfit", "unfit");
    part("waiting", "waits", "wait");
    part("tested", "tested", "tested");
    part("sold", "sold", "sold");
    if (count_of(sale, "sold") > 0) out += " for $" + word_of(sale, "money");
    part("unclear", "unclear", "unclear");
    part("billable", "found billable", "found billable");
    out += "\n" + reasons_line(sale, "passed_over", "passed over") + reasons_line(sale, "waits", "waiting") + reasons_line(sale, "rejected", "rejected");
    if (const std::string cost = word_of(sale, "cost"); !cost.empty()) out += "    " + cost + "\n";
    return out;
}

}  // namespace bindery
