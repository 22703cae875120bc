#include "engine/revoke.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/given_person.h"
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

Somebody held_of(const Config& config, Store& store, const std::string& person) {
    Somebody known{records_about(config, store, person), {}, {}};
    known.keys = keys_of(store, known.held.person.traces);
    return known;
}

Somebody somebody(const Config& config, Store& store, const std::string& person) {
    Somebody known = held_of(config, store, person);
    if (!known.keys.empty()) return known;
    known.sales = sales_named(store, person);
    Sales sales(store);
    for (const auto& identity : known.sales) {
        for (auto& key : sales.persons_of(identity)) known.keys.push_back(std::move(key));
    }
    if (!known.keys.empty()) return known;
    const auto unread = config.records_left_out();
    const std::string give = "give one e-mail or one phone number, or what names a sale: its reference (BN-…), its lead's id or the id of its bid";
    throw Error(ErrorCode::not_found, "no e-mail and no phone is known of that person, so nobody can be barred",
                unread.empty() ? give : give + "; " + unread.front() + " wasn't looked into, since its file is at fault (bindery check)");
}

// The type `email` takes ann@mail, and a network of one's own may have such; mostly its end was left out.
void refuse_a_cut_email(const GivenPerson& given, const Held& held) {
    const auto at = given.email.find('@');
    if (at != std::string::npos && held.records.empty() && given.email.find('.', at) == std::string::npos) throw Error(ErrorCode::usage, "that isn't a whole e-mail address", kGiveOne);
}

// What of the person's own was given when it was asked for.
std::vector<std::string> known_askers(Store& store, const Held& held, const std::vector<std::string>& asked) {
    Sales sales(store);
    std::vector<std::string> known;
    const auto look = [&](const std::string& kind, const std::string& value) {
        if (std::find(asked.begin(), asked.end(), sales.asked_key(kind, value)) != asked.end() && std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
    };
    for (const auto& email : held.person.traces.emails()) look("email", email);
    for (const auto& phone : held.person.traces.phones()) look("phone", phone);
    for (const auto& record : held.records) look("id", record.key);
    return known;
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
    const GivenPerson given = given_person(person);
    const Somebody known = somebody(config, store, person);
    const Held& held = known.held;
    refuse_a_cut_email(given, held);
    const Traces& traces = held.person.traces;
    Revoked revoked;
    revoked.records = held.records;
    store.transaction([&] {
        Sales sales(store);
        Ledger ledger(store);
        const std::string asked = sales.asked_key(given.kind(), given.value());
        revoked.barred = sales.bar({traces.phones().begin(), traces.phones().end()}, {traces.emails().begin(), traces.emails().end()}, "revoked", asked);
        for (const auto& identity : known.sales) revoked.barred += sales.bar_of(identity, "revoked", asked);
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
    Sales sales(store);
    const GivenPerson given = given_person(person);
    const std::string asked = sales.asked_key(given.kind(), given.value());
    // What was barred by a version that took any text for an e-mail can be taken back as it was given.
    const std::string as_given = sales.email_key(person);
    const bool known = !sales.barred_for(asked).empty() || sales.barred({as_given});
    const Somebody who = known && !given.fault.empty() ? Somebody{} : known ? held_of(config, store, person) : somebody(config, store, person);
    const Held& held = who.held;
    Unbarred undone;
    store.transaction([&] {
        std::vector<std::string> keys = who.keys, of_nobody_else = keys;
        const auto of_others = keys_of(store, held.others_known_by);
        std::erase_if(of_nobody_else, [&](const std::string& key) { return std::find(of_others.begin(), of_others.end(), key) != of_others.end(); });
        of_nobody_else.push_back(as_given);
        for (auto& key : sales.barred_for(asked)) keys.push_back(std::move(key));
        undone.freed = sales.unbar(asked, of_nobody_else);
        for (const BarRow& bar : sales.bars(keys)) ++(bar.why == "forgotten" ? undone.forgotten : undone.asked_by_others);
        undone.also_asked_by = known_askers(store, held, sales.asked_by(keys));
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
