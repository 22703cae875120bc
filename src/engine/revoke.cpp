#include "engine/revoke.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/text.h"
#include "store/sale_look.h"

namespace bindery {
namespace {

// Keyed hashes of what the person is known by.
std::vector<std::string> keys_of(Store& store, const Traces& traces) {
    Sales sales(store);
    std::vector<std::string> keys;
    for (const auto& phone : traces.phones()) keys.push_back(sales.phone_key(phone));
    for (const auto& email : traces.emails()) keys.push_back(sales.email_key(email));
    return keys;
}

struct Somebody {
    Held held;
    std::vector<std::string> keys;   // keyed hashes of phones and e-mails
    std::vector<std::string> sales;  // by whose name alone the person is known: no record is held any more
};

Somebody somebody(const Config& config, Store& store, const std::string& person) {
    Somebody known{records_about(config, store, person), {}, {}};
    known.keys = keys_of(store, known.held.person.traces);
    if (!known.keys.empty()) return known;
    known.sales = sales_named(store, person);
    Sales sales(store);
    for (const auto& identity : known.sales) {
        for (auto& key : sales.persons_of(identity)) known.keys.push_back(std::move(key));
    }
    if (!known.keys.empty()) return known;
    const auto unread = config.records_left_out();
    const std::string give = "give an e-mail or a phone number, or what names a sale: its reference (BN-…), its lead's id or the id of its bid";
    throw Error(ErrorCode::not_found, "no e-mail and no phone is known of that person, so nobody can be barred",
                unread.empty() ? give : give + "; " + unread.front() + " wasn't looked into, since its file is at fault (bindery check)");
}

void note(Store& store, const std::string& what, const std::string& person, const std::string& details) {
    Ledger(store).audit(std::nullopt, what, store.keyed_hash("person\n" + lower(trim(person))).substr(0, 16), details);
}

// Also of leads whose records are gone: a sale keeps whose it was.
std::set<std::string> sales_about(Store& store, const Held& held, const std::vector<std::string>& keys) {
    Sales sales(store);
    std::set<std::string> identities;
    for (const EffectRow& effect : held.effects) {
        if (sales.find(effect.identity)) identities.insert(effect.identity);
    }
    for (const SaleRow& sale : sales.of_person(keys)) identities.insert(sale.identity);
    return identities;
}

}  // namespace

Revoked revoke(const Config& config, Store& store, const std::string& person, BudgetFile* budget) {
    const Somebody known = somebody(config, store, person);
    const Held& held = known.held;
    const Traces& traces = held.person.traces;
    Revoked revoked;
    revoked.records = held.records;
    store.transaction([&] {
        Sales sales(store);
        Ledger ledger(store);
        revoked.barred = sales.bar({traces.phones().begin(), traces.phones().end()}, {traces.emails().begin(), traces.emails().end()}, "revoked");
        for (const auto& identity : known.sales) revoked.barred += sales.bar_of(identity, "revoked");
        for (const std::string& identity : sales_about(store, held, known.keys)) {
            const auto effect = ledger.find(identity);
            if (!effect) continue;
            if (effect->state == "pending") {
                ledger.withdraw(identity, effect->run);
                ++revoked.withdrawn;
            }
            if (effect->state == "sending" || effect->state == "in_doubt" || effect->state == "held") revoked.unclear.push_back(effect->ref);
            const auto sale = sales.find(identity);
            const bool had_it = effect->state == "done" || (effect->state == "rejected" && effect->reason == kTakenBack);
            if (had_it && sale->mode == "live") revoked.sold.push_back({effect->ref, effect->service, sale->posted_day.value_or(effect->sent_at.value_or("").substr(0, 10))});
        }
        note(store, "revoke", person, std::to_string(revoked.barred) + " barred, " + std::to_string(revoked.withdrawn) + " withdrawn");
        revoked.marked = mark_revocation(store, budget);
    });
    std::sort(revoked.sold.begin(), revoked.sold.end(), [](const EarlierSale& a, const EarlierSale& b) { return std::tie(a.day, a.ref) < std::tie(b.day, b.ref); });
    return revoked;
}

Unbarred undo_revoke(const Config& config, Store& store, const std::string& person) {
    const std::vector<std::string> keys = somebody(config, store, person).keys;
    Unbarred undone;
    store.transaction([&] {
        Sales sales(store);
        undone.freed = sales.unbar(keys, "revoked");
        undone.forgotten = static_cast<std::int64_t>(sales.bars(keys).size());
        note(store, "revoke undone", person, std::to_string(undone.freed) + " barred no more");
    });
    return undone;
}

std::vector<BarRow> bars_of(const Config& config, Store& store, const std::string& person) {
    if (person.empty()) return Sales(store).all_bars();
    return Sales(store).bars(somebody(config, store, person).keys);
}

std::vector<BarRow> bars_of(Store& store, const Mapping& mapping, const RecordView& record) {
    Traces traces;
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const auto& value = record.fields[i].second;
        if (value && mapping.fields[i].type == FieldType::email) traces.add_email(*value);
        if (value && mapping.fields[i].type == FieldType::phone) traces.add_phone(*value);
    }
    return Sales(store).bars(keys_of(store, traces));
}

}  // namespace bindery
