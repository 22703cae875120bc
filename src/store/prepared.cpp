#include "store/prepared.h"

namespace bindery {

Prepared::Prepared(Store& store, const std::string& sql) : cache_(store.statements()), sql_(sql) {
    auto& idle = cache_.idle[sql_];
    if (idle.empty()) {
        statement_ = std::make_unique<SQLite::Statement>(store.db(), sql_);
        return;
    }
    statement_ = std::move(idle.back());
    idle.pop_back();
}

Prepared::~Prepared() {
    statement_->tryReset();
    try {
        statement_->clearBindings();
        cache_.idle[sql_].push_back(std::move(statement_));
    } catch (const std::exception&) {
        // It is prepared anew next time.
    }
}

}  // namespace bindery
