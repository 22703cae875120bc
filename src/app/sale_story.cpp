#include "app/sale_story.h"

#include "app/commands.h"
#include "core/exact_json.h"
#include "core/sale_words.h"
#include "core/text.h"
#include "store/ledger.h"
#include "store/sales.h"

namespace bindery {
namespace {

json optional_json(const std::optional<std::string>& text) { return text ? json(*text) : json(); }

json asks_json(const std::vector<AskRow>& asks) {
    json list = json::array();
    for (const auto& ask : asks) list.push_back({{"run", ask.run}, {"mode", ask.mode}, {"at", ask.at}, {"answer", ask.answer}, {"bid_id", optional_json(ask.bid_id)}, {"price", optional_json(ask.price)}, {"reason", optional_json(ask.reason)}});
    return list;
}

std::string asks_text(const std::vector<AskRow>& asks) {
    std::string text;
    for (const auto& ask : asks) {
        text += "  asked in run " + std::to_string(ask.run) + " at " + ask.at + (ask.mode == "test" ? " (test)" : "") + ": " + ask.answer + (ask.bid_id ? " " + *ask.bid_id : "") + (ask.price ? " at $" + *ask.price : "") +
                (ask.reason ? ", " + one_line(*ask.reason) : "") + "\n";
    }
    return text;
}

std::string consent_text(const Consent& consent) {
    return "  consent given at " + consent.given_at + ", certificate " + one_line(consent.certificate) + "\n    to: " + one_line(consent.words) + "\n    from " + one_line(consent.address) + " with " +
           one_line(consent.agent) + (consent.page.empty() ? "" : " on " + one_line(consent.page)) + "; posted at " + consent.posted_at + "\n";
}

std::string hand_off_text(const SaleRow& sale, bool sold) {
    if (!sale.handed_at && sold) return "whether the phone system was told isn't known: the run that sold it goes on, or was cut off before it knew";
    if (!sale.handed_at) return "the phone system wasn't told";
    return sale.hand_trouble ? "the phone system could not be told: " + one_line(*sale.hand_trouble) : "the phone system was told at " + *sale.handed_at;
}

std::string follow_text(const SaleRow& sale, bool sold) {
    std::string text;
    if (sale.transfer_phone) text += "  transfer to " + *sale.transfer_phone + (sale.least_seconds ? ", at least " + std::to_string(*sale.least_seconds) + " s; " : ", for how long at least its bid didn't say; ") + hand_off_text(sale, sold) + "\n";
    if (sale.followed_at) text += "  its status at " + *sale.followed_at + ": " + (sale.billable ? *sale.billable ? "billable" : "not billable" : "not known") + (sale.call_seconds ? ", " + std::to_string(*sale.call_seconds) + " s" : "") + "\n";
    return text;
}

Story offer_story(Sales& sales, const SaleRow& sale) {
    const auto asks = sales.asked(sale.identity);
    return {{{"effect", sale.effect}, {"ref", sale.ref}, {"mode", sale.mode}, {"state", sale.state}, {"reason", sale.reason}, {"asked", asks_json(asks)}},
            "sale " + sale.effect + " " + sale.ref + (sale.mode == "test" ? " (mode test)" : "") + ": " + sale.state + (sale.reason.empty() ? "" : ", " + one_line(sale_reason_words(sale.reason))) + "\n" + asks_text(asks)};
}

}  // namespace

Story sale_story(Session& session, const std::string& identity) {
    Sales sales(session.store_to_read());
    const auto sale = sales.find(identity);
    if (!sale) return {json(), ""};
    const auto asks = sales.asked(identity);
    const auto consent = sales.consent(identity);
    const auto effect = Ledger(session.store_to_read()).find(identity);
    json object{{"kind", sale->kind}, {"mode", sale->mode}, {"state", sale->state}, {"reason", sale->reason}, {"price", optional_json(sale->price)}, {"bid_id", optional_json(sale->bid_id)},
                {"asked", asks_json(asks)}, {"billable", sale->billable ? json(*sale->billable) : json()}, {"transfer_phone", optional_json(sale->transfer_phone)},
                {"handed_at", optional_json(sale->handed_at)}, {"hand_trouble", optional_json(sale->hand_trouble)}};
    std::string text = "  bid " + sale->bid_id.value_or("-") + (sale->price ? " at $" + *sale->price : "") + "\n" + asks_text(asks) + follow_text(*sale, effect && effect->state == "done");
    if (consent) {
        object["consent"] = {{"certificate", consent->certificate}, {"words", consent->words}, {"address", consent->address}, {"agent", consent->agent}, {"page", consent->page}, {"given_at", consent->given_at}, {"posted_at", consent->posted_at}};
        text += consent_text(*consent);
    }
    return {object, text};
}

Story sale_without_post(Session& session, const std::string& identity) {
    Sales sales(session.store_to_read());
    const auto sale = sales.find(identity);
    return sale ? offer_story(sales, *sale) : Story{};
}

Story sales_without_posts(Session& session, const std::vector<std::string>& values) {
    Sales sales(session.store_to_read());
    Story story{json::array(), ""};
    for (const SaleRow& sale : sales.about(values)) {
        const Story told = offer_story(sales, sale);
        story.object.push_back(told.object);
        story.text += told.text;
    }
    return story;
}

}  // namespace bindery
