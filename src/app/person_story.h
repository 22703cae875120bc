#pragma once
// A person's record beyond itself: where else the store knows the person, and what followed from each write about them.
#include <string>
#include <vector>

#include "app/session.h"
#include "store/ledger.h"
#include "store/records.h"

namespace bindery {

struct Elsewhere {
    std::string dataset, key, by;  // by: the field that they share
    bool person = false;           // a record of a person, not of a policy or an invoice
};

// By the e-mail or phone of a record of a person; nothing for other records. A household may share them.
std::vector<Elsewhere> same_person_elsewhere(Session& session, const Mapping& mapping, const RecordView& record);

// Effects about any of the values, and about what their replies named, in the order in which they were decided.
std::vector<EffectRow> effects_that_followed(Ledger& ledger, std::vector<std::string> values);

}  // namespace bindery
