#pragma once
// Which store pushes an effect. A store that was restored from a backup, or a new one, has forgotten what was sent; the budget
// file, which stands apart, remembers who pushed last (docs/effects.md).
#include "engine/decide.h"

namespace bindery {

// Throws Error(guard) when another store, or a later state of this one, pushed last what can't be looked up; with `accept` this
// store becomes the one, and the audit trail says so.
void check_ledger_owner(const Engine& engine, const Account& account, const PushPlan& plan, const std::string& job, std::int64_t run, bool accept);

// Before the first send of a run: from now on this store is the one.
void become_ledger_owner(const Engine& engine, const Account& account, const std::string& effect, std::int64_t run);

}  // namespace bindery
