#pragma once
// What this store may have forgotten of sales and of who must not be offered, since it was restored from a backup or came in another one's
// place. The budget file, which stands apart, has a mark of the latest revocation; the store has the same one, or lacks it. When a mark
// is lacking, nobody may be offered until a person has said it all again (engine/ledger_owner.h, docs/store.md).
#include <cstdint>
#include <string>

#include "store/budget.h"
#include "store/store.h"

namespace bindery {

enum class Marked {
    told,
    behind,    // the store lacks an earlier mark, and goes on lacking it
    not_told,  // the budget file couldn't be told: a backup that is restored later forgets this and doesn't know it
};
// Of somebody who was barred. Within the transaction that bars them, as its last part: a mark that is there although the transaction came
// to nothing stops sales, the other way round nothing would. `budget` nullptr: not told.
Marked mark_revocation(Store& store, BudgetFile* budget);

class Forgotten {
  public:
    Forgotten(Store& store, BudgetFile& budget) : store_(store), budget_(budget) {}

    // Whether a revocation was made that the store doesn't know. Waits for one that is being made.
    bool revocations();
    void accept_revocations();  // a person said them again
    // Before this store comes in the place of the one that pushed last on an account: what that one revoked isn't known here.
    void inherit(const std::string& from_store);

    // Whether a person said that what another state of this store, or another store, sold on the account may be unknown here.
    bool accepted(const std::string& account, const std::string& effect, const BudgetFile::Pusher& seller);
    void accept(const std::string& account, const std::string& effect, const BudgetFile::Pusher& seller);

  private:
    Store& store_;
    BudgetFile& budget_;
};

}  // namespace bindery
