#include "store/datasets.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/imported_document.h"
#include "store/quarantine.h"
#include "store/record_table.h"

namespace bindery {
namespace {

std::optional<std::string> built_signature(Store& store, const std::string& dataset) {
    SQLite::Statement select(store.db(), "SELECT signature FROM dataset WHERE name = ?");
    select.bind(1, dataset);
    if (!select.executeStep()) return std::nullopt;
    return select.getColumn(0).getString();
}

void refuse_taken_view(Store& store, const std::string& dataset) {
    SQLite::Statement select(store.db(),
                             "SELECT name FROM dataset WHERE name <> ?1 AND "
                             "lower(view) IN (lower(?2), lower(?2 || '_all'))"
                             " UNION ALL SELECT name FROM dataset WHERE name <> ?1 AND "
                             "lower(view || '_all') = lower(?2)");
    select.bind(1, dataset);
    select.bind(2, view_name(dataset));
    if (select.executeStep())
        throw Error(
            ErrorCode::config,
            "the datasets " + dataset + " and " + select.getColumn(0).getString() + " would share a view's name",
            "rename one of the two resources");
}

void remember_signature(Store& store, const Mapping& mapping, const std::string& signature) {
    SQLite::Statement insert(store.db(),
                             "INSERT INTO dataset (name, view, signature, built_at) VALUES (?1, ?2, ?3, ?4) "
                             "ON CONFLICT (name) DO UPDATE SET signature = ?3, built_at = ?4");
    insert.bind(1, mapping.dataset);
    insert.bind(2, view_name(mapping.dataset));
    insert.bind(3, signature);
    insert.bind(4, store.now());
    insert.exec();
}

// Fills a table of the new mapping from the documents of the old one, a row at a time.
class Rebuild {
  public:
    Rebuild(Store& store, const Mapping& mapping, const std::string& from, const std::string& to,
            std::optional<std::string> complete_read_at)
        : mapping_(mapping),
          complete_read_at_(std::move(complete_read_at)),
          quarantine_(store.db(), mapping.dataset, 0, store.now()),
          rows_(store.db(),
                "SELECT key, first_seen_at, read_at, missed_at, removed_at, removed_why, rejected_at, doc_hash, doc "
                "FROM " +
                    quoted(from)),
          table_(store.db(), mapping, to),
          imported_(store, mapping.dataset) {}

    void run() {
        while (rows_.executeStep()) place(mapped(next()));
    }

  private:
    RecordRow next() {
        RecordRow row;
        row.key = rows_.getColumn(0).getString();
        row.first_seen_at = rows_.getColumn(1).getString();
        row.read_at = rows_.getColumn(2).getString();
        row.missed_at = optional_text(rows_, 3);
        row.removed_at = optional_text(rows_, 4);
        row.removed_why = optional_text(rows_, 5);
        row.rejected_at = optional_text(rows_, 6);
        row.doc_hash = rows_.getColumn(7).getInt64();
        row.doc = rows_.getColumn(8).getString();
        return row;
    }

    // A merge may have moved a record of ours away from the fields of its key: it stays the record that it is.
    bool keyed_anew(const std::string& key) { return mapping_.key_fields.empty() || !imported_.find(key); }

    // A document that the new mapping refuses keeps its row, key and place among the live or removed ones, with what
    // can be read of it; it waits in quarantine, and its next good reading fills the rest.
    RecordRow mapped(RecordRow row) {
        MappedRecord record = map_record(mapping_, parse_exact(row.doc));
        row.values = std::move(record.values);
        row.values.resize(mapping_.fields.size());
        if (record.reject.empty()) {
            if (keyed_anew(row.key)) row.key = std::move(record.key);
            row.hash = std::move(record.hash);
            // Of a record whose newest reading was rejected, this is an older one: that reading waits on.
            if (row.rejected_at) quarantine_.settle(row.key, row.doc);
            else quarantine_.settle(row.key);
            return row;
        }
        if (!record.key.empty() && keyed_anew(row.key)) row.key = std::move(record.key);
        if (row.removed_at) return row;
        quarantine_.put(row.key, record.reject, row.doc);
        if (!row.rejected_at && !row.missed_at && complete_read_at_ && *complete_read_at_ > row.read_at)
            row.read_at = *complete_read_at_;
        if (!row.rejected_at) row.rejected_at = row.read_at;
        return row;
    }

    // With other key members two rows can become one: the live and later reading stays, the other goes to quarantine.
    void place(const RecordRow& row) {
        const auto rowid = table_.find(row.key);
        if (!rowid) return table_.insert(row);
        RecordRow other = table_.read(*rowid);
        other.doc = table_.document(*rowid);
        const bool stays = row.removed_at.has_value() == other.removed_at.has_value() ? row.read_at <= other.read_at
                                                                                      : row.removed_at.has_value();
        quarantine_.put(row.key, "two records have this key under the changed mapping", stays ? row.doc : other.doc);
        if (!stays) table_.update(*rowid, row, other);
    }

    const Mapping& mapping_;
    std::optional<std::string> complete_read_at_;
    Quarantine quarantine_;
    SQLite::Statement rows_;
    RecordTable table_;
    ImportedDocuments imported_;
};

void rebuild(Store& store, const Mapping& mapping) {
    const std::string table = table_name(mapping.dataset), fresh = table + "__new";
    store.db().exec(drop_views_sql(mapping.dataset) + create_table_sql(mapping, fresh));
    // Only the new table's own look-ups need an index meanwhile; it goes with the final ones.
    store.db().exec("CREATE INDEX " + quoted(fresh + "_key") + " ON " + quoted(fresh) + " (key)");
    {
        const auto state = pull_state(store, mapping.dataset);
        Rebuild(store, mapping, table, fresh, state ? state->complete_read_at : std::nullopt).run();
    }
    store.db().exec("DROP TABLE " + quoted(table) + ";\nDROP INDEX " + quoted(fresh + "_key") + ";\nALTER TABLE " +
                    quoted(fresh) + " RENAME TO " + quoted(table) + ";\n" + create_indexes_sql(mapping, table) +
                    create_views_sql(mapping));
}

}  // namespace

void ensure_dataset(Store& store, const Mapping& mapping) {
    const std::string signature = std::string(table_format(mapping)) + mapping.signature();
    try {
        if (built_signature(store, mapping.dataset) == signature) return;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
    check_columns(mapping);
    store.transaction([&] {
        const auto built = built_signature(store, mapping.dataset);
        if (built == signature) return;
        refuse_taken_view(store, mapping.dataset);
        const std::string table = table_name(mapping.dataset);
        if (built)
            rebuild(store, mapping);
        else
            store.db().exec(create_table_sql(mapping, table) + create_indexes_sql(mapping, table) +
                            create_views_sql(mapping));
        remember_signature(store, mapping, signature);
    });
}

std::vector<ChangeRow> history(Store& store, const std::string& dataset, const std::string& key) {
    try {
        SQLite::Statement select(store.db(),
                                 "SELECT run, at, kind, coalesce(field, ''), old, new FROM change "
                                 "WHERE dataset = ? AND key = ? ORDER BY id");
        select.bind(1, dataset);
        select.bind(2, key);
        std::vector<ChangeRow> rows;
        while (select.executeStep())
            rows.push_back({select.getColumn(0).getInt64(), select.getColumn(1).getString(),
                            select.getColumn(2).getString(), select.getColumn(3).getString(), optional_text(select, 4),
                            optional_text(select, 5)});
        return rows;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

}  // namespace bindery
