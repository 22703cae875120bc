#include "store/sales.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "store/prepared.h"
#include "store/record_table.h"

namespace bindery {
namespace {

constexpr const char* kSaleColumns =
    "s.identity, s.effect, s.ref, s.job, s.kind, s.mode, s.once_per, s.state, s.reason, s.us_state, s.phone_key, s.email_key, s.pings, s.run, "
    "s.asked_at, s.bid_id, s.price, s.posted_day, s.transfer_phone, s.handed_at, s.hand_trouble, s.follow_until, s.followed_at, s.least_seconds, s.call_seconds, s.billable, s.refused_ping";

// A post of these may have sold the person.
constexpr const char* kMayBeSold = "e.state IN ('sending', 'in_doubt', 'held', 'done')";

SaleRow read_sale(SQLite::Statement& s) {
    SaleRow row;
    int i = 0;
    for (std::string* text : {&row.identity, &row.effect, &row.ref, &row.job, &row.kind, &row.mode, &row.once_per, &row.state, &row.reason, &row.us_state,
                              &row.phone_key, &row.email_key}) {
        *text = s.getColumn(i++).getString();
    }
    row.pings = s.getColumn(i++).getInt();
    row.run = s.getColumn(i++).getInt64();
    for (auto* text : {&row.asked_at, &row.bid_id, &row.price, &row.posted_day, &row.transfer_phone, &row.handed_at, &row.hand_trouble, &row.follow_until, &row.followed_at}) {
        *text = optional_text(s, i++);
    }
    for (auto* number : {&row.least_seconds, &row.call_seconds}) {
        if (!s.isColumnNull(i)) *number = s.getColumn(i).getInt64();
        ++i;
    }
    if (!s.isColumnNull(i)) row.billable = s.getColumn(i).getInt() != 0;
    row.refused_ping = optional_text(s, i + 1);
    return row;
}

void bind_number(SQLite::Statement& s, int at, const std::optional<std::int64_t>& number) {
    if (number) s.bind(at, *number);
    else s.bind(at);
}

// Of one of the indexes of what is waited for, whose condition this is.
std::vector<SaleRow> open_sales(Store& store, const char* index, const char* condition, const std::string& effect) {
    SQLite::Statement s(store.db(), std::string("SELECT ") + kSaleColumns + " FROM sale AS s INDEXED BY " + index + " CROSS JOIN effect AS e ON e.identity = s.identity WHERE s.effect = ?1 AND s.came_to = 'sold' AND " +
                                        condition + " AND e.name = ?1 AND e.state = 'done' AND s.mode = 'live' ORDER BY e.sent_at, s.identity");
    s.bind(1, effect);
    std::vector<SaleRow> rows;
    while (s.executeStep()) rows.push_back(read_sale(s));
    return rows;
}

// The intent of one attempt, inside the caller's transaction.
void open_attempt(Store& store, const std::string& identity, std::int64_t run, const std::string& about) {
    const std::string now = store.now();
    Prepared mark(store, "UPDATE effect SET state = 'sending', frozen = 1, attempts = attempts + 1, run = ?1, sent_at = ?2, updated_at = ?2 WHERE identity = ?3");
    (*mark).bind(1, run);
    (*mark).bind(2, now);
    (*mark).bind(3, identity);
    (*mark).exec();
    Prepared attempt(store, "INSERT INTO attempt (identity, run, started_at) VALUES (?, ?, ?)");
    (*attempt).bind(1, identity);
    (*attempt).bind(2, run);
    (*attempt).bind(3, now);
    (*attempt).exec();
    Ledger(store).audit(run, "send", identity, about);
}

// Another lead of the same person, by any phone or e-mail, whose post isn't settled; one that sold long ago is the rules' business.
bool person_being_sold(Store& store, const SaleRow& sale, const std::vector<std::string>& persons) {
    Prepared kept(store, "SELECT 1 FROM sale_person AS p CROSS JOIN effect AS e ON e.identity = p.identity WHERE p.person = ?1 AND p.identity <> ?2 "
                         "AND (e.state IN ('sending', 'in_doubt', 'held') OR (e.state = 'done' AND e.sent_at >= ?3))");
    SQLite::Statement& s = *kept;
    return std::any_of(persons.begin(), persons.end(), [&](const std::string& person) {
        s.reset();
        s.bind(1, person);
        s.bind(2, sale.identity);
        s.bind(3, sale.sold_since);
        return s.executeStep();
    });
}

// In place of those that it had before.
void keep_other_phones(Store& store, const SaleRow& sale) {
    Prepared clear(store, "DELETE FROM sale_other_phone WHERE identity = ?");
    (*clear).bind(1, sale.identity);
    (*clear).exec();
    if (sale.other_phones.empty()) return;
    Prepared kept(store, "INSERT OR IGNORE INTO sale_other_phone (identity, phone_key) VALUES (?, ?)");
    SQLite::Statement& s = *kept;
    for (const auto& phone : sale.other_phones) {
        s.reset();
        s.bind(1, sale.identity);
        s.bind(2, phone);
        s.exec();
    }
}

// A bid is made for one lead, so that another one's post to it would be answered, and booked, as the first one's.
bool is_bid_of_another(Store& store, const EffectRow& effect, const SaleRow& sale) {
    if (!sale.bid_id) return false;
    Prepared kept(store, "SELECT 1 FROM sale AS s INDEXED BY sale_posted_bid CROSS JOIN effect AS e ON e.identity = s.identity WHERE lower(s.bid_id) = ?1 AND s.bid_id IS NOT NULL AND s.posted_day IS NOT NULL "
                                    "AND s.identity <> ?2 AND s.mode = 'live' AND e.service = ?3 AND e.sent_at IS NOT NULL");
    SQLite::Statement& s = *kept;
    s.bind(1, lower(*sale.bid_id));
    s.bind(2, sale.identity);
    s.bind(3, effect.service);
    return s.executeStep();
}

void keep_proof(Store& store, const std::string& identity, const Consent& consent) {
    Prepared kept(store, "INSERT OR REPLACE INTO sale_consent (identity, certificate, words, address, agent, page, given_at, posted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    SQLite::Statement& s = *kept;
    int i = 1;
    s.bind(i++, identity);
    for (const std::string* text : {&consent.certificate, &consent.words, &consent.address, &consent.agent, &consent.page, &consent.given_at}) s.bind(i++, *text);
    s.bind(i, store.now());
    s.exec();
}

void note_followed(Store& store, const std::string& identity, std::optional<bool> billable, std::optional<std::int64_t> seconds, bool over) {
    SQLite::Statement s(store.db(), "UPDATE sale SET followed_at = ?1, billable = coalesce(?2, billable), call_seconds = coalesce(?3, call_seconds), "
                                    "follow_until = CASE WHEN ?4 THEN NULL ELSE follow_until END, updated_at = ?1 WHERE identity = ?5");
    s.bind(1, store.now());
    if (billable) s.bind(2, *billable ? 1 : 0);
    bind_number(s, 3, seconds);
    s.bind(4, over ? 1 : 0);
    s.bind(5, identity);
    s.exec();
}

}  // namespace

std::optional<SaleRow> Sales::find(const std::string& identity) {
    Prepared kept(store_, std::string("SELECT ") + kSaleColumns + " FROM sale AS s WHERE s.identity = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, identity);
    if (!s.executeStep()) return std::nullopt;
    return read_sale(s);
}

std::optional<Consent> Sales::consent(const std::string& identity) {
    SQLite::Statement s(store_.db(), "SELECT certificate, words, address, agent, page, given_at, posted_at FROM sale_consent WHERE identity = ?");
    s.bind(1, identity);
    if (!s.executeStep()) return std::nullopt;
    Consent consent;
    int i = 0;
    for (std::string* text : {&consent.certificate, &consent.words, &consent.address, &consent.agent, &consent.page, &consent.given_at, &consent.posted_at}) *text = s.getColumn(i++).getString();
    return consent;
}

std::vector<SaleRow> Sales::about(const std::vector<std::string>& values) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kSaleColumns + " FROM sale AS s WHERE NOT EXISTS (SELECT 1 FROM effect AS e WHERE e.identity = s.identity) "
                                     "AND EXISTS (SELECT 1 FROM json_each(s.once_per) AS o WHERE CAST(o.value AS TEXT) IN (SELECT value FROM json_each(?))) ORDER BY s.first_at, s.identity");
    s.bind(1, nlohmann::json(values).dump());
    std::vector<SaleRow> rows;
    while (s.executeStep()) rows.push_back(read_sale(s));
    return rows;
}

std::vector<AskRow> Sales::asked(const std::string& identity) {
    SQLite::Statement s(store_.db(), "SELECT identity, mode, at, day, answer, effect, run, bid_id, price, reason FROM sale_ask WHERE identity = ? ORDER BY id");
    s.bind(1, identity);
    std::vector<AskRow> rows;
    while (s.executeStep()) {
        AskRow row;
        int i = 0;
        for (std::string* text : {&row.identity, &row.mode, &row.at, &row.day, &row.answer, &row.effect}) *text = s.getColumn(i++).getString();
        row.run = s.getColumn(i++).getInt64();
        for (auto* text : {&row.bid_id, &row.price, &row.reason}) *text = optional_text(s, i++);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::map<std::string, std::string> Sales::bids_since(const std::string& service, const std::string& since) {
    SQLite::Statement s(store_.db(), "SELECT s.bid_id, s.identity FROM effect AS e JOIN sale AS s ON s.identity = e.identity WHERE e.service = ? AND e.sent_at >= ? AND s.mode = 'live' AND s.bid_id IS NOT NULL");
    s.bind(1, service);
    s.bind(2, since);
    std::map<std::string, std::string> bids;
    while (s.executeStep()) bids.emplace(lower(s.getColumn(0).getString()), s.getColumn(1).getString());
    return bids;
}

bool Sales::unanswered(const std::string& identity) {
    Prepared kept(store_, "SELECT count(*) FROM (SELECT answer FROM sale_ask WHERE identity = ? ORDER BY id DESC LIMIT 2) WHERE answer = 'failed'");
    SQLite::Statement& s = *kept;
    s.bind(1, identity);
    return s.executeStep() && s.getColumn(0).getInt() == 2;
}

std::optional<std::string> Sales::person_sold_at(const std::vector<std::string>& persons, const std::string& but) {
    Prepared kept(store_, std::string("SELECT max(e.sent_at) FROM sale_person AS p CROSS JOIN effect AS e ON e.identity = p.identity WHERE p.person = ?1 AND p.identity <> ?2 AND ") + kMayBeSold);
    SQLite::Statement& s = *kept;
    std::optional<std::string> latest;
    for (const auto& person : persons) {
        s.reset();
        s.bind(1, person);
        s.bind(2, but);
        if (s.executeStep()) latest = std::max(latest, optional_text(s, 0));
    }
    return latest;
}

bool Sales::consent_of_another(const std::string& certificate, const std::string& but, const std::vector<std::string>& persons) {
    if (certificate.empty()) return false;
    Prepared kept(store_, "SELECT c.identity FROM sale_consent AS c INDEXED BY sale_consent_certificate CROSS JOIN effect AS e ON e.identity = c.identity "
                          "WHERE c.certificate = ?1 AND c.identity <> ?2 AND e.state IN ('sending', 'in_doubt', 'held', 'done', 'rejected')");
    SQLite::Statement& s = *kept;
    s.bind(1, certificate);
    s.bind(2, but);
    while (s.executeStep()) {
        const auto theirs = persons_of(s.getColumn(0).getString());
        if (std::find_first_of(theirs.begin(), theirs.end(), persons.begin(), persons.end()) == theirs.end()) return true;
    }
    return false;
}

std::vector<std::string> Sales::prices_of_day(const std::string& effect, const std::string& day) {
    SQLite::Statement s(store_.db(), std::string("SELECT s.price FROM sale AS s JOIN effect AS e ON e.identity = s.identity WHERE s.effect = ? AND s.posted_day = ? AND s.mode = 'live' AND ") + kMayBeSold);
    s.bind(1, effect);
    s.bind(2, day);
    std::vector<std::string> prices;
    while (s.executeStep()) prices.push_back(s.isColumnNull(0) ? "0" : s.getColumn(0).getString());
    return prices;
}

void Sales::note(const SaleRow& row) {
    Prepared kept(store_,
                  "INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, reason, us_state, phone_key, email_key, pings, asked_at, bid_id, price, "
                  "posted_day, transfer_phone, least_seconds, follow_until, first_run, run, first_at, updated_at, refused_ping) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?21, ?22, ?22, ?23) "
                  "ON CONFLICT (identity) DO UPDATE SET job = excluded.job, mode = excluded.mode, state = excluded.state, reason = excluded.reason, us_state = excluded.us_state, "
                  "phone_key = excluded.phone_key, email_key = excluded.email_key, pings = pings + excluded.pings, asked_at = coalesce(excluded.asked_at, asked_at), "
                  "bid_id = coalesce(excluded.bid_id, bid_id), price = coalesce(excluded.price, price), posted_day = coalesce(excluded.posted_day, posted_day), "
                  "transfer_phone = coalesce(excluded.transfer_phone, transfer_phone), least_seconds = CASE WHEN excluded.posted_day IS NULL THEN least_seconds ELSE excluded.least_seconds END, "
                  "follow_until = coalesce(excluded.follow_until, follow_until), run = excluded.run, updated_at = excluded.updated_at, refused_ping = coalesce(excluded.refused_ping, refused_ping) "
                  "WHERE (mode = 'test' OR excluded.mode = 'live' OR (asked_at IS NULL AND posted_day IS NULL)) "
                  "AND (state <> excluded.state OR reason <> excluded.reason OR mode <> excluded.mode OR excluded.asked_at IS NOT NULL OR excluded.posted_day IS NOT NULL)");
    SQLite::Statement& s = *kept;
    int i = 1;
    for (const std::string* text : {&row.identity, &row.effect, &row.ref, &row.job, &row.kind, &row.mode, &row.once_per, &row.state, &row.reason, &row.us_state, &row.phone_key, &row.email_key}) {
        s.bind(i++, *text);
    }
    s.bind(i++, row.pings);
    for (const auto* text : {&row.asked_at, &row.bid_id, &row.price, &row.posted_day, &row.transfer_phone}) bind_optional(s, i++, *text);
    bind_number(s, i++, row.least_seconds);
    bind_optional(s, i++, row.follow_until);
    s.bind(i++, row.run);
    s.bind(i++, store_.now());
    bind_optional(s, i, row.refused_ping);
    if (s.exec() > 0) keep_other_phones(store_, row);
}

void Sales::note_ask(const AskRow& ask) {
    Prepared kept(store_, "INSERT INTO sale_ask (identity, run, mode, at, day, answer, bid_id, price, reason, effect) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    SQLite::Statement& s = *kept;
    s.bind(1, ask.identity);
    s.bind(2, ask.run);
    s.bind(3, ask.mode);
    s.bind(4, ask.at);
    s.bind(5, ask.day);
    s.bind(6, ask.answer);
    bind_optional(s, 7, ask.bid_id);
    bind_optional(s, 8, ask.price);
    bind_optional(s, 9, ask.reason);
    s.bind(10, ask.effect);
    s.exec();
}

PostBegin Sales::begin_post(const EffectRow& effect, const SaleRow& sale, const Consent& consent, const std::vector<std::string>& persons) {
    Ledger ledger(store_);
    const auto known = ledger.find(effect.identity);
    if (known && known->state != "pending" && known->state != "withdrawn") return PostBegin::not_free;
    if (barred(persons)) return PostBegin::not_free;
    if (person_being_sold(store_, sale, persons)) return PostBegin::not_free;
    if (sale.own_certificate && consent_of_another(consent.certificate, effect.identity, persons)) return PostBegin::not_free;
    if (is_bid_of_another(store_, effect, sale)) return PostBegin::bid_of_another;
    // A person said that it wasn't sold, or a version before this one left what it had let go of.
    if (known && known->state == "pending") {
        SQLite::Statement thaw(store_.db(), "UPDATE effect SET frozen = 0, status = NULL WHERE identity = ? AND state = 'pending'");
        thaw.bind(1, effect.identity);
        thaw.exec();
    }
    ledger.put(effect);
    note(sale);
    keep_proof(store_, effect.identity, consent);
    open_attempt(store_, effect.identity, effect.run, "");
    return PostBegin::begun;
}

bool Sales::begin_repeat(const std::string& identity, std::int64_t run, const std::vector<std::string>& persons) {
    bool begun = false;
    store_.transaction([&] {
        const auto known = Ledger(store_).find(identity);
        if (!known || (known->state != "sending" && known->state != "in_doubt")) return;
        if (barred(persons)) return;
        open_attempt(store_, identity, run, "again, to the same bid");
        begun = true;
    });
    return begun;
}

void Sales::release(const std::string& identity, std::int64_t run, const std::string& ending, int status, const std::string& why) {
    Outcome outcome;
    outcome.state = "withdrawn";
    outcome.ending = ending;
    outcome.status = status;
    outcome.reason = why;
    outcome.nothing_left = true;
    Ledger(store_).finish(identity, run, outcome);
}

void Sales::let_go(const std::string& effect) {
    SQLite::Statement s(store_.db(), "UPDATE effect SET state = 'withdrawn', updated_at = ? WHERE name = ? AND state = 'pending'");
    s.bind(1, store_.now());
    s.bind(2, effect);
    s.exec();
}

void Sales::followed(const std::string& identity, std::optional<bool> billable, std::optional<std::int64_t> seconds, bool over) {
    store_.transaction([&] { note_followed(store_, identity, billable, seconds, over); });
}

void Sales::taken_back(const std::string& identity, std::int64_t run, int status, std::optional<std::int64_t> seconds) {
    store_.transaction([&] {
        SQLite::Statement s(store_.db(), "UPDATE effect SET state = 'rejected', status = ?1, reason = ?2, run = ?3, updated_at = ?4 WHERE identity = ?5 AND state = 'done'");
        s.bind(1, status);
        s.bind(2, kTakenBack);
        s.bind(3, run);
        s.bind(4, store_.now());
        s.bind(5, identity);
        if (s.exec() > 0) Ledger(store_).audit(run, kTakenBack, identity, "its status calls it rejected");
        note_followed(store_, identity, false, seconds, true);
    });
}

void Sales::handed(const std::string& identity, const std::string& trouble) {
    store_.transaction([&] {
        SQLite::Statement s(store_.db(), "UPDATE sale SET handed_at = ?1, hand_trouble = ?2, updated_at = ?1 WHERE identity = ?3");
        s.bind(1, store_.now());
        if (!trouble.empty()) s.bind(2, trouble);
        s.bind(3, identity);
        s.exec();
    }, Store::Wait::forever);
}

std::vector<SaleRow> Sales::to_follow(const std::string& effect) { return open_sales(store_, "sale_to_follow", "s.follow_until IS NOT NULL", effect); }

std::vector<SaleRow> Sales::to_hand(const std::string& effect) { return open_sales(store_, "sale_to_hand", "s.transfer_phone IS NOT NULL AND s.handed_at IS NULL", effect); }

std::vector<std::string> Sales::persons_of(const std::string& identity) {
    Prepared kept(store_, "SELECT person FROM sale_person WHERE identity = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, identity);
    std::vector<std::string> persons;
    while (s.executeStep()) persons.push_back(s.getColumn(0).getString());
    return persons;
}

std::vector<SaleRow> Sales::of_person(const std::vector<std::string>& persons) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kSaleColumns + " FROM sale AS s WHERE s.identity IN (SELECT identity FROM sale_person WHERE person IN (SELECT value FROM json_each(?1))) ORDER BY s.first_at, s.identity");
    s.bind(1, nlohmann::json(persons).dump());
    std::vector<SaleRow> rows;
    while (s.executeStep()) rows.push_back(read_sale(s));
    return rows;
}

}  // namespace bindery
