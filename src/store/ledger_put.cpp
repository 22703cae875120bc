// What a step decided goes into the ledger.
#include <SQLiteCpp/SQLiteCpp.h>

#include "store/ledger.h"
#include "store/prepared.h"

namespace bindery {
namespace {

// A statement that may be undone in part (the table has a trigger) copies each page it changes: a row at a time that is most of the cost.
constexpr std::size_t kRowsAStatement = 100;
constexpr std::size_t kColumns = 16;

std::string insert_rows_sql(std::size_t rows) {
    std::string sql = "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, order_key, "
                      "when_in_doubt, first_run, run, created_at, updated_at) VALUES ";
    for (std::size_t row = 0; row < rows; ++row) {
        sql += row == 0 ? "(" : ", (";
        for (std::size_t i = 1; i <= kColumns; ++i) {
            const std::string place = "?" + std::to_string(row * kColumns + i);
            sql += (i == 1 ? "" : ", ") + place + (i > 14 ? ", " + place : "");  // the first run is the run, and so with the times
        }
        sql += ")";
    }
    return sql + " ON CONFLICT (identity) DO UPDATE SET job = excluded.job, service = excluded.service, "
                 "operation = excluded.operation, state = excluded.state, method = excluded.method, path = excluded.path, "
                 "body = excluded.body, content_hash = excluded.content_hash, order_key = excluded.order_key, "
                 "when_in_doubt = excluded.when_in_doubt, run = excluded.run, updated_at = excluded.updated_at, "
                 "frozen = 0, attempts = 0, retries = 0, reason = NULL, blanked_at = NULL WHERE state IN ('rejected', 'withdrawn') "
                 "OR (state = 'pending' AND (frozen = 0 OR (status BETWEEN 400 AND 499 AND status <> 408)))";
}

}  // namespace

// A pending row that is selected again as it was, only moves to this run.
bool Ledger::stays(const EffectRow& e) {
    Prepared kept(store_, "UPDATE effect SET run = ?1 WHERE identity = ?2 AND state = 'pending' AND frozen = 0 AND attempts = 0 AND content_hash = ?3 AND body = ?4 AND path = ?11 AND job = ?5 AND service = ?6 "
                          "AND operation = ?7 AND order_key = ?8 AND when_in_doubt = ?9 AND method = ?10 AND reason IS NULL");
    SQLite::Statement& s = *kept;
    s.bind(1, e.run);
    int i = 2;
    for (const std::string* text : {&e.identity, &e.content_hash, &e.body, &e.job, &e.service, &e.operation, &e.order_key, &e.when_in_doubt, &e.method, &e.path}) s.bindNoCopy(i++, *text);
    return s.exec() == 1;
}

void Ledger::insert(const EffectRow* const* effects, std::size_t count) {
    const std::string now = store_.now();
    static const std::string one = insert_rows_sql(1), many = insert_rows_sql(kRowsAStatement);
    Prepared kept(store_, count == 1 ? one : count == kRowsAStatement ? many : insert_rows_sql(count));
    SQLite::Statement& s = *kept;
    int i = 1;
    for (std::size_t row = 0; row < count; ++row) {
        const EffectRow& e = *effects[row];
        for (const std::string* text : {&e.identity, &e.name, &e.ref, &e.job, &e.service, &e.operation, &e.once_per, &e.state, &e.method,
                                        &e.path, &e.body, &e.content_hash, &e.order_key, &e.when_in_doubt}) {
            s.bindNoCopy(i++, *text);
        }
        s.bind(i++, e.run);
        s.bindNoCopy(i++, now);
    }
    s.exec();
}

void Ledger::put(const EffectRow& e) {
    if (e.state == "pending" && stays(e)) return;
    const EffectRow* one = &e;
    insert(&one, 1);
}

void Ledger::put_new(const std::vector<const EffectRow*>& effects) {
    std::size_t done = 0;
    for (; effects.size() - done >= kRowsAStatement; done += kRowsAStatement) insert(&effects[done], kRowsAStatement);
    for (; done < effects.size(); ++done) insert(&effects[done], 1);
}

}  // namespace bindery
