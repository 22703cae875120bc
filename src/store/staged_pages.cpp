#include "store/staged_pages.h"

#include <algorithm>

namespace bindery {
namespace {

std::string present_text(const PresentCounts& present, std::size_t fields) {
    std::string text;
    for (std::size_t i = 0; i < fields; ++i) {
        if (i > 0) text += ' ';
        text += std::to_string(present[i]);
    }
    return text;
}

void add_present(PresentCounts& sum, const std::string& text) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < kMaxMappedFields && at < text.size(); ++i) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        sum[i] += std::stoll(text.substr(at, end - at));
        at = end + 1;
    }
}

}  // namespace

StagedPages::StagedPages(SQLite::Database& db, std::size_t fields)
    : db_(db),
      fields_(std::min(fields, kMaxMappedFields)),
      documents_(db.execAndGet("SELECT coalesce(max(id), 0) FROM document").getInt64()),
      document_(db, "INSERT INTO document (id, body) VALUES (?, ?)"),
      item_(db, "INSERT OR IGNORE INTO item (key, doc_hash, page, document) VALUES (?, ?, ?, ?)"),
      requested_(db, "SELECT p.requested FROM item i JOIN page p ON p.number = i.page WHERE i.key = ?"),
      add_older_(db, "INSERT INTO older (key, doc_hash, page, document) VALUES (?, ?, ?, ?)"),
      keep_older_(db,
                  "INSERT INTO older (key, doc_hash, page, document) "
                  "SELECT key, doc_hash, page, document FROM item WHERE key = ?"),
      replace_(db, "UPDATE item SET doc_hash = ?2, page = ?3, document = ?4 WHERE key = ?1"),
      keyless_(db, "INSERT INTO keyless (document, page, reason) VALUES (?, ?, ?)"),
      page_(db,
            "INSERT INTO page (number, requested, total, rows, repeated, keyless, present) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)") {}

PageFacts StagedPages::insert(int page, const std::string& requested, const std::vector<StagedRow>& rows,
                              std::optional<std::int64_t> total) {
    PageFacts facts;
    PresentCounts present{};
    for (const StagedRow& row : rows) {
        ++facts.rows;
        document_.bind(1, ++documents_);
        document_.bindNoCopy(2, static_cast<const void*>(row.body.data()), static_cast<int>(row.body.size()));
        document_.exec();
        document_.reset();
        for (std::size_t f = 0; f < fields_; ++f) present[f] += static_cast<std::int64_t>(row.glance.present >> f & 1);
        if (row.glance.key.empty()) {
            ++facts.keyless;
            keyless_.bind(1, documents_);
            keyless_.bind(2, page);
            keyless_.bind(3, !row.glance.is_json ? "the record isn't valid JSON" : row.glance.is_object ? "the record has no key" : "the row isn't a record");
            keyless_.exec();
            keyless_.reset();
        } else {
            ++(place(page, requested, row) ? facts.new_keys : facts.repeated);
        }
    }
    page_.bind(1, page);
    page_.bindNoCopy(2, requested);
    if (total)
        page_.bind(3, *total);
    else
        page_.bind(3);
    page_.bind(4, facts.rows);
    page_.bind(5, facts.repeated);
    page_.bind(6, facts.keyless);
    page_.bind(7, present_text(present, fields_));
    page_.exec();
    page_.reset();
    return facts;
}

// True when the key is new to this pull. Of two readings of a key the later one counts, whatever order they arrive in.
bool StagedPages::place(int page, const std::string& requested, const StagedRow& row) {
    const auto run_with_row = [&](SQLite::Statement& statement) {
        statement.bindNoCopy(1, row.glance.key);
        statement.bind(2, row.doc_hash);
        statement.bind(3, page);
        statement.bind(4, documents_);
        const int changed = statement.exec();
        statement.reset();
        return changed;
    };
    if (run_with_row(item_) > 0) return true;
    requested_.bindNoCopy(1, row.glance.key);
    const bool other_is_later = requested_.executeStep() && requested_.getColumn(0).getString() > requested;
    requested_.reset();
    if (other_is_later) {
        run_with_row(add_older_);
        return false;
    }
    keep_older_.bindNoCopy(1, row.glance.key);
    keep_older_.exec();
    keep_older_.reset();
    run_with_row(replace_);
    return false;
}

void StagedPages::run(const char* sql, int from, int to) {
    SQLite::Statement statement(db_, sql);
    statement.bind(1, from);
    statement.bind(2, to);
    statement.exec();
}

void StagedPages::drop(int from, int to) {
    run("DELETE FROM document WHERE id IN (SELECT document FROM older WHERE page BETWEEN ?1 AND ?2 UNION ALL "
        "SELECT document FROM item WHERE page BETWEEN ?1 AND ?2 UNION ALL "
        "SELECT document FROM keyless WHERE page BETWEEN ?1 AND ?2)",
        from, to);
    run("DELETE FROM older WHERE page BETWEEN ?1 AND ?2", from, to);
    run("DELETE FROM keyless WHERE page BETWEEN ?1 AND ?2", from, to);
    run("UPDATE item SET (doc_hash, page, document) = (SELECT o.doc_hash, o.page, o.document FROM older o "
        "JOIN page p ON p.number = o.page WHERE o.key = item.key ORDER BY p.requested DESC, o.id DESC LIMIT 1) "
        "WHERE page BETWEEN ?1 AND ?2 AND key IN (SELECT key FROM older)",
        from, to);
    db_.exec("DELETE FROM older WHERE document IN (SELECT i.document FROM item i WHERE i.key = older.key)");
    run("DELETE FROM item WHERE page BETWEEN ?1 AND ?2", from, to);
    run("DELETE FROM page WHERE number BETWEEN ?1 AND ?2", from, to);
}

void StagedPages::count(StagedPull& pull, PresentCounts& present) {
    present = PresentCounts{};
    pull.pages.clear();
    pull.total.reset();
    pull.total_moved = false;
    pull.rows = pull.repeated = pull.keyless = 0;
    SQLite::Statement pages(
        db_, "SELECT number, total, rows, repeated, keyless, present FROM page ORDER BY requested, number");
    while (pages.executeStep()) {
        pull.pages.push_back(pages.getColumn(0).getInt());
        if (!pages.isColumnNull(1)) {
            const std::int64_t total = pages.getColumn(1).getInt64();
            if (pull.total && *pull.total != total) pull.total_moved = true;
            if (!pull.total) pull.total = total;
        }
        pull.rows += pages.getColumn(2).getInt64();
        pull.repeated += pages.getColumn(3).getInt64();
        pull.keyless += pages.getColumn(4).getInt64();
        add_present(present, pages.getColumn(5).getString());
    }
    std::sort(pull.pages.begin(), pull.pages.end());
    pull.keys = db_.execAndGet("SELECT count(*) FROM item").getInt64();
}

}  // namespace bindery
