#pragma once
// Which store pushes an effect. A store that was restored from a backup, or a new one, has forgotten what was sent; the budget
// file, which stands apart, remembers who pushed last (docs/effects.md).
#include "engine/decide.h"

namespace bindery {

// Why sending could double what another store, or a later state of this one, has sent and nobody can look up; nullopt: it can't.
std::optional<std::string> why_not_owner(const Engine& engine, const Account& account, const PushPlan& plan);

// Throws Error(guard) with that when there is a reason; with `accept` this store becomes the one, and the audit trail says so.
void check_ledger_owner(const Engine& engine, const Account& account, const PushPlan& plan, const std::string& job, std::int64_t run, bool accept);

// The same of a step that sells, with what counts for every sale: persons whom another effect of the account sold, and revocations, that this
// store doesn't know (store/forgotten.h).
void check_seller(const Engine& engine, const Account& account, const PushPlan& plan, const std::string& job, std::int64_t run, bool accept);

// Before the first send of a run: from now on this store is the one.
void become_ledger_owner(const Engine& engine, const Account& account, const std::string& effect, std::int64_t run);

}  // namespace bindery
