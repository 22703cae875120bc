#pragma once
// One field of two books that should agree, against what they last agreed on. Pure; the table of docs/reconcile.md. A value is
// canonical text, nullopt is blank: a blank is "not stated" and never overwrites.
#include <optional>
#include <string>
#include <string_view>

#include "core/field.h"
#include "core/owner.h"

namespace bindery {

using FieldValue = std::optional<std::string>;

bool same_value(FieldType type, const FieldValue& a, const FieldValue& b);  // two blanks are the same

struct FieldSides {
    Owner owner = Owner::both;
    FieldType type = FieldType::text;
    FieldValue base;  // what both showed when they last agreed; blank: never, or on a blank
    FieldValue ours, theirs;
    bool ours_echo = false;  // what this side shows is what we wrote there ourselves: no change of its people
    bool theirs_echo = false;
};

enum class Merge {
    nothing,    // both blank, or an owner's blank, which goes nowhere
    agree,      // the base becomes this value
    to_theirs,  // their side should take `value`
    to_ours,
    to_both,    // a person chose a third value
    conflict,   // a person decides
    cleared,    // one side emptied what both had: nothing is written, it is listed
    reported    // they differ, and nobody owns the field
};
const char* merge_name(Merge merge);

struct FieldMerge {
    Merge what = Merge::nothing;
    std::string value;           // that crosses
    bool corrects_back = false;  // the value that gives way isn't the base: somebody's change, listed with what it was
};
FieldMerge merge_field(const FieldSides& sides);

// What a person decided about two values. It holds until the sides agree, as long as each side shows what it showed then
// or what was chosen; it holds again whenever merge_field would ask about the same two values.
struct Decided {
    FieldValue ours, theirs;  // as they were
    std::string wanted;
};
bool still_holds(const Decided& decided, const FieldSides& sides);
FieldMerge merge_decided(const Decided& decided, const FieldSides& sides);

}  // namespace bindery
