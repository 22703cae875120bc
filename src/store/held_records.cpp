#include "store/held_records.h"

#include "store/record_table.h"

namespace bindery {
namespace {

constexpr int kSteps = 16;  // so far it's cheaper to step than to leap

std::string select_sql(const std::string& table) {
    return "SELECT key, rowid, doc_hash, missed_at IS NULL AND removed_at IS NULL AND rejected_at IS NULL, removed_at IS NULL FROM " + quoted(table) + " INDEXED BY " +
           quoted(landing_index(table)) + " WHERE key >= ? ORDER BY key";
}

}  // namespace

HeldRecords::HeldRecords(SQLite::Database& db, const std::string& table, bool note_lacking)
    : select_(db, select_sql(table)), lacks_(db, "INSERT INTO temp.import_lacks VALUES (?)"), note_lacking_(note_lacking) {
    select_.bind(1, "");
    more_ = select_.executeStep();
}

std::string_view HeldRecords::key() {
    const SQLite::Column column = select_.getColumn(0);
    const char* text = column.getText();  // before its size, which it may change
    return {text, static_cast<std::size_t>(column.size())};
}

void HeldRecords::pass() {
    if (select_.getColumn(4).getInt() != 0) {
        ++live_;
        ++lacking_;
        if (note_lacking_) {
            lacks_.bind(1, select_.getColumn(1).getInt64());
            lacks_.exec();
            lacks_.reset();
        }
    }
    more_ = select_.executeStep();
}

std::optional<HeldRecord> HeldRecords::find(std::string_view wanted) {
    for (int steps = 0; more_; ++steps) {
        const int order = key().compare(wanted);
        if (order > 0) return std::nullopt;
        if (order == 0) {
            const HeldRecord held{select_.getColumn(1).getInt64(), select_.getColumn(2).getInt64(), select_.getColumn(3).getInt() != 0};
            live_ += select_.getColumn(4).getInt();
            more_ = select_.executeStep();
            return held;
        }
        if (note_lacking_ || steps < kSteps) {
            pass();
            continue;
        }
        select_.reset();
        select_.bind(1, std::string(wanted));
        more_ = select_.executeStep();
        steps = 0;
    }
    return std::nullopt;
}

void HeldRecords::finish() {
    while (note_lacking_ && more_) pass();
    select_.reset();
}

}  // namespace bindery
