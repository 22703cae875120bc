#pragma once
// Rejected effects are of two kinds: what a service refused, which is trouble, and a buyer's plain no to a lead inside a success, which is an
// answer like another. A no inside a success of an effect that sells nobody is refused, too. For queries of this folder and for pages.
#include "store/ledger.h"

namespace bindery {

// Names of effects of which none was ever posted for sale, found by steps along an index; to begin a statement with.
inline constexpr const char* kNamesNotSold =
    "WITH RECURSIVE each_name(name) AS (SELECT min(name) FROM effect UNION ALL SELECT (SELECT min(name) FROM effect WHERE name > each_name.name) FROM each_name WHERE name IS NOT NULL), "
    "bare AS (SELECT name AS bare_name FROM each_name WHERE name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sale WHERE sale.effect = each_name.name AND posted_day IS NOT NULL)) ";

// Of the table effect. The two indexes of refused effects have the same words.
inline constexpr const char* kNotTaken = "state = 'rejected' AND (status IS NULL OR status NOT BETWEEN 200 AND 299)";
inline constexpr const char* kSaidNo = "state = 'rejected' AND status BETWEEN 200 AND 299";
inline constexpr const char* kTurnedDown = "(state = 'rejected' AND coalesce(status, 0) BETWEEN 200 AND 299 AND EXISTS (SELECT 1 FROM sale WHERE sale.effect = effect.name AND sale.posted_day IS NOT NULL))";

bool turned_down(Store& store, const EffectRow& effect);

}  // namespace bindery
