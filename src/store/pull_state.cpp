#include "store/pull_state.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <nlohmann/json.hpp>

#include "store/datasets.h"
#include "store/record_table.h"

namespace bindery {
namespace {

std::string presence_text(const PullNote& note) {
    nlohmann::json presence = nlohmann::json::object();
    for (const auto& [field, rows] : note.present)
        presence[field] = static_cast<double>(rows) / static_cast<double>(note.rows);
    return presence.dump();
}

}  // namespace

std::optional<PullState> pull_state(Store& store, const std::string& dataset) {
    try {
        SQLite::Statement select(
            store.db(),
            "SELECT complete_read_at, last_read_at, coalesce(last_verdict, ''), coalesce(seen, 0), "
            "presence FROM pull_state WHERE dataset = ?");
        select.bind(1, dataset);
        if (!select.executeStep()) return std::nullopt;
        PullState state;
        state.complete_read_at = optional_text(select, 0);
        state.last_read_at = optional_text(select, 1);
        state.last_verdict = select.getColumn(2).getString();
        state.seen = select.getColumn(3).getInt64();
        if (select.isColumnNull(4)) return state;
        const auto presence = nlohmann::json::parse(select.getColumn(4).getString(), nullptr, false);
        if (!presence.is_object()) return state;
        for (const auto& [field, share] : presence.items())
            if (share.is_number()) state.presence.emplace_back(field, share.get<double>());
        return state;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

void write_pull_state(Store& store, const std::string& dataset, const PullNote& note, bool proven) {
    SQLite::Statement last(
        store.db(),
        "INSERT INTO pull_state (dataset, last_read_at, last_run, last_verdict) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (dataset) DO UPDATE SET last_read_at = ?2, last_run = ?3, last_verdict = ?4");
    last.bind(1, dataset);
    last.bind(2, note.began);
    last.bind(3, note.run);
    last.bind(4, note.verdict);
    last.exec();
    if (!proven) return;
    SQLite::Statement complete(store.db(),
                               "UPDATE pull_state SET complete_read_at = ?2, complete_run = ?3, seen = ?4, "
                               "presence = coalesce(?5, presence) WHERE dataset = ?1");
    complete.bind(1, dataset);
    complete.bind(2, note.began);
    complete.bind(3, note.run);
    complete.bind(4, note.rows);
    if (note.rows > 0) complete.bind(5, presence_text(note));
    complete.exec();
}

}  // namespace bindery
