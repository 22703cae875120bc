#include "store/refused.h"

#include <SQLiteCpp/SQLiteCpp.h>

namespace bindery {

bool turned_down(Store& store, const EffectRow& effect) {
    SQLite::Statement s(store.db(), std::string("SELECT 1 FROM effect WHERE identity = ? AND ") + kTurnedDown);
    s.bind(1, effect.identity);
    return s.executeStep();
}

}  // namespace bindery
