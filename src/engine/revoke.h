#pragma once
// Who took back their consent: nobody offers them to a buyer any more. Each of these is one transaction, and may be done while jobs run:
// the last look before a post sees it. Error(not_found) when no e-mail and no phone is known of the person; Error(usage) for what has an @ and is
// no whole e-mail address, or several.
#include "engine/forget.h"
#include "store/forgotten.h"
#include "store/sales.h"

namespace bindery {

struct EarlierSale {
    std::string ref, buyer, day;  // buyer: the service
};

struct Revoked {
    std::int64_t barred = 0;           // e-mails and phones that weren't barred yet
    std::vector<FoundRecord> records;  // that hold one of them, or the id that was given; none: perhaps a slip of the pen
    std::int64_t withdrawn = 0;        // what was planned of their sales and not sent
    std::vector<std::string> unclear;  // references of posts that may have arrived
    std::vector<EarlierSale> sold;     // nothing takes those back
    Marked marked = Marked::not_told;
};
// By the e-mails and phones that the store knows of them and the one given; where it knows none, by those of the sales that `person` names
// (a reference, a lead's id, a bid's id), which it keeps as keyed hashes.
Revoked revoke(const Config& config, Store& store, const std::string& person, BudgetFile* budget = nullptr);

struct Unbarred {
    std::int64_t freed = 0;
    std::int64_t forgotten = 0;               // stay barred, since `forget` did that
    std::int64_t asked_by_others = 0;         // stay barred, since it was asked for otherwise too: by somebody who shares the phone, or
    std::vector<std::string> also_asked_by;   // by these of the person's own e-mails, phones and ids
};
// What was asked for by this very e-mail, phone or id; of what is from before it was kept who asked, all that is known of the person, less what
// somebody of another name has too.
Unbarred undo_revoke(const Config& config, Store& store, const std::string& person);

// What bars the person; of all when `person` is empty.
std::vector<BarRow> bars_of(const Config& config, Store& store, const std::string& person);
// The same by the e-mails and phones of one record.
std::vector<BarRow> bars_of(Store& store, const Mapping& mapping, const RecordView& record);

}  // namespace bindery
