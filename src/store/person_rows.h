#pragma once
// All that the store holds beside a person's records: history, effects, corrections, conflicts, pairs, quarantine, reports. To count and
// to remove. Which records are the person's is decided in engine/forget.h.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping.h"
#include "core/traces.h"
#include "store/purge.h"
#include "store/records.h"

namespace bindery {

// Records of a dataset, removed ones too, in which one of the columns has the value. All of them.
struct ColumnValue {
    std::string column, value;
};
std::vector<RecordView> records_where(Store& store, const Mapping& mapping, const std::vector<ColumnValue>& any_of);
// Keys of the records whose document mentions the person.
std::vector<std::string> records_that_mention(Store& store, const std::string& dataset, const Traces& traces);
std::vector<std::string> datasets_with_tables(Store& store);

struct Person {
    std::set<std::pair<std::string, std::string>> records;  // dataset, key
    std::set<std::string> effects;                           // identities
    Traces traces;
};

// Identities of effects whose path, body, reply, once_per or reason mentions the person.
std::vector<std::string> effects_that_mention(Store& store, const Traces& traces);

using HeldCounts = std::map<std::string, std::int64_t>;  // history, quarantine, corrections, conflicts, pairs, reports

class PersonRows {
  public:
    PersonRows(Store& store, const Person& person, const std::vector<ComparedBooks>& compared);

    HeldCounts count();
    // The e-mails and phones in the rows that go of a book by which people are barred, taken in or in quarantine: somebody else's may be among them.
    std::vector<std::string> contacts_of_rows(const std::string& book);
    // Inside the caller's transaction. Effects keep identity, name, state and the ids in them; one that was never sent is withdrawn.
    void remove();

  private:
    std::vector<std::int64_t> ids(const std::string& table, const std::string& about, const std::string& texts);
    std::vector<std::int64_t> history();
    std::vector<std::int64_t> quarantine();
    std::vector<std::int64_t> corrections();
    std::vector<std::int64_t> conflicts();
    std::vector<std::int64_t> reports();
    std::int64_t pairs(bool remove);
    void remove_records();
    void remove_ids(const std::string& table, const std::vector<std::int64_t>& ids);
    void blank_corrections();
    void blank_effects();
    void blank_reports();
    std::string about_sql(const std::string& dataset, const std::string& key) const;

    Store& store_;
    const Person& person_;
    const std::vector<ComparedBooks> compared_;
};

// Records that were forgotten and came back with this run; each is told once. Joins no transaction: it's one of its own.
std::int64_t forgotten_that_came_back(Store& store, const std::string& dataset, std::int64_t run);

// Rows of another SQLite file of ours (inbox.db) that mention the person; `remove` takes them out for good.
std::int64_t rows_that_mention(const std::filesystem::path& file, const Traces& traces, bool remove);

}  // namespace bindery
