#include "store/row_cells.h"

#include <sqlite3.h>

namespace bindery {

void RowCells::clear() {
    texts_.clear();
    cells_.clear();
}

void RowCells::add(std::string_view text) {
    cells_.push_back({Cell::Kind::text, static_cast<std::int64_t>(texts_.size()), text.size()});
    texts_ += text;
}

void RowCells::add(const std::optional<std::string>& text) {
    if (text)
        add(std::string_view(*text));
    else
        add();
}

CellStatement::~CellStatement() { sqlite3_finalize(statement_); }

void CellStatement::check(int code) const {
    if (code != SQLITE_OK) throw SQLite::Exception(db_.getHandle(), code);
}

void CellStatement::run(const RowCells& rows, std::size_t row, std::optional<std::int64_t> number) {
    if (statement_ == nullptr) check(sqlite3_prepare_v2(db_.getHandle(), sql_.data(), static_cast<int>(sql_.size()), &statement_, nullptr));
    const RowCells::Cell* cell = rows.cells_.data() + row * width_;
    const int width = static_cast<int>(width_);
    for (int place = 1; place <= width; ++place, ++cell) {
        auto bound = bound_[static_cast<std::size_t>(place) - 1];
        const bool null = cell->kind == RowCells::Cell::Kind::null;
        if (null && !bound) continue;
        bound = !null;
        switch (cell->kind) {
            case RowCells::Cell::Kind::null:
                check(sqlite3_bind_null(statement_, place));
                break;
            case RowCells::Cell::Kind::number:
                check(sqlite3_bind_int64(statement_, place, cell->number));
                break;
            case RowCells::Cell::Kind::text:
                check(sqlite3_bind_text64(statement_, place, rows.texts_.data() + cell->number, cell->size, SQLITE_STATIC, SQLITE_UTF8));
                break;
        }
    }
    if (number) check(sqlite3_bind_int64(statement_, width + 1, *number));
    const int ended = sqlite3_step(statement_);
    const int code = sqlite3_reset(statement_);
    if (ended != SQLITE_DONE) check(code == SQLITE_OK ? SQLITE_MISUSE : code);
}

}  // namespace bindery
