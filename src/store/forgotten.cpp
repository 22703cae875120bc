#include "store/forgotten.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/error.h"

namespace bindery {
namespace {

constexpr const char* kMark = "revocation";  // in the store's meta, and as the effect of its mark in the budget file

std::string marks_of(const std::string& store_id) { return "store " + store_id; }

std::optional<std::string> meta_text(Store& store, const std::string& name) {
    SQLite::Statement s(store.db(), "SELECT CAST(value AS TEXT) FROM meta WHERE name = ?");
    s.bind(1, name);
    if (!s.executeStep()) return std::nullopt;
    return s.getColumn(0).getString();
}

void set_meta_text(Store& store, const std::string& name, const std::string& value) {
    SQLite::Statement s(store.db(), "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    s.bind(1, name);
    s.bind(2, value);
    s.exec();
}

std::int64_t own_mark(Store& store) {
    const std::string text = meta_text(store, kMark).value_or("");
    std::int64_t mark = 0;
    std::from_chars(text.data(), text.data() + text.size(), mark);
    return mark;
}

std::string seller_name(const std::string& account, const std::string& effect) { return "accepted seller\n" + account + "\n" + effect; }

// Of another store once for all; of this one, up to that run.
std::string seller_text(Store& store, const BudgetFile::Pusher& seller) { return seller.store_id + (seller.store_id == store.id() ? " " + std::to_string(seller.run) : ""); }

}  // namespace

Marked mark_revocation(Store& store, BudgetFile* budget) {
    if (budget == nullptr) return Marked::not_told;
    try {
        const auto before = budget->last_pusher(marks_of(store.id()), kMark);
        if (before && before->run != own_mark(store)) return Marked::behind;
        const std::int64_t mark = std::max<std::int64_t>(store.clock().wall().time_since_epoch().count(), before ? before->run + 1 : 1);
        budget->set_pusher(marks_of(store.id()), kMark, {store.id(), mark});
        set_meta_text(store, kMark, std::to_string(mark));
        return Marked::told;
    } catch (const Error&) {
        return Marked::not_told;  // that a person is barred doesn't depend on it
    }
}

bool Forgotten::revocations() {
    bool lacking = false;
    store_.transaction([&] {
        const auto mark = budget_.last_pusher(marks_of(store_.id()), kMark);
        lacking = mark && mark->run != own_mark(store_);
    });
    return lacking;
}

void Forgotten::accept_revocations() {
    store_.transaction([&] {
        if (const auto mark = budget_.last_pusher(marks_of(store_.id()), kMark)) set_meta_text(store_, kMark, std::to_string(mark->run));
    });
}

void Forgotten::inherit(const std::string& from_store) {
    if (from_store == store_.id()) return;
    const auto theirs = budget_.last_pusher(marks_of(from_store), kMark);
    if (!theirs || meta_text(store_, "inherited\n" + from_store) == std::to_string(theirs->run)) return;
    store_.transaction([&] {
        const auto ours = budget_.last_pusher(marks_of(store_.id()), kMark);
        budget_.set_pusher(marks_of(store_.id()), kMark, {store_.id(), std::max(theirs->run, ours ? ours->run : 0) + 1});
        set_meta_text(store_, "inherited\n" + from_store, std::to_string(theirs->run));
    });
}

bool Forgotten::accepted(const std::string& account, const std::string& effect, const BudgetFile::Pusher& seller) {
    return meta_text(store_, seller_name(account, effect)) == seller_text(store_, seller);
}

void Forgotten::accept(const std::string& account, const std::string& effect, const BudgetFile::Pusher& seller) {
    store_.transaction([&] { set_meta_text(store_, seller_name(account, effect), seller_text(store_, seller)); });
}

}  // namespace bindery
