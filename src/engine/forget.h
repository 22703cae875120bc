#pragma once
// What is held about one person, and taking it out of the store. Effects keep identity and state, so that nothing is ever sent twice;
// a service that still has the person brings the record back with its next pull, which is told then.
#include "config/load.h"
#include "store/forgotten.h"
#include "store/ledger.h"
#include "store/person_rows.h"

namespace bindery {

struct FoundRecord {
    std::string dataset, key;
    std::string why;       // the value itself, a shared e-mail, an id, a mention
    bool removed = false;  // marked removed already
    bool at_service = false;
};

struct Held {
    Person person;
    std::vector<FoundRecord> records;
    std::vector<FoundRecord> others;       // somebody else's that share an e-mail or phone, or mention it: they stay unless asked for
    Traces others_known_by;                // the e-mails and phones of those that share one
    std::vector<EffectRow> effects;
    std::vector<std::string> under_way;    // references of effects that may have arrived, or whose content is still needed
    HeldCounts counts;
    std::int64_t inbox = 0;
    std::vector<std::string> staged;       // files of pulls under way or stopped
    Marked marked = Marked::not_told;      // of a forget, which bars the person
    std::vector<std::string> copies;       // files that a forget doesn't touch: backups, copies before upgrades
    bool empty() const;
};

// `person`: an e-mail, a phone number, or a record's key or other matched id, as in core/given_person.h. The search ends when it has found `most`
// records. Error(usage) for what has an @ and is neither one whole e-mail nor a record's key.
inline constexpr std::int64_t kMostSearched = 5000;
Held held_about(const Config& config, Store& store, const std::string& person, bool others_too, std::int64_t most = kMostSearched);

// Only the records that hold the e-mail, phone or id itself, or are named with one that does; their effects; and what the person is recognized by.
Held records_about(const Config& config, Store& store, const std::string& person);

// Looks and removes while no job runs, and returns what it removed. Error(running_elsewhere) when one does; Error(guard) while an effect is
// under way, or when more than kMostRecords (or `allow`) records would go. One transaction, then the file is written anew, so that nothing
// can be read from it any more.
inline constexpr std::int64_t kMostRecords = 100;
Held forget(const Config& config, Store& store, const std::string& person, bool others_too, std::int64_t allow, BudgetFile* budget = nullptr);

// A forget that was stopped or shot, or couldn't, before the file was written anew: its rows are gone, and nothing finds the person any
// more. `finish_forgetting` writes the file, while no job runs; false: there was none. Error(running_elsewhere).
bool forget_was_cut(const std::filesystem::path& store);
bool finish_forgetting(const Config& config, Store& store);

// The warning of a run that brought some back.
std::string came_back(const std::string& dataset, std::int64_t records);

}  // namespace bindery
