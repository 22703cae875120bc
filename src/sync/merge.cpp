#include "sync/merge.h"

namespace bindery {
namespace {

FieldMerge crossing(Merge what, const std::string& value, bool corrects_back) { return {what, value, corrects_back}; }

// A field with an owner: the owner's value crosses, whatever the other side did.
FieldMerge owned(const FieldValue& owners, const FieldValue& others, const FieldSides& sides, bool others_echo, Merge across) {
    if (!owners) return {sides.base ? Merge::cleared : Merge::nothing, {}, false};
    const bool changed_by_others = others && !others_echo && !same_value(sides.type, others, sides.base);
    return crossing(across, *owners, changed_by_others);
}

FieldMerge shared(const FieldSides& s) {
    if (!s.ours) return crossing(Merge::to_ours, *s.theirs, false);
    if (!s.theirs) return crossing(Merge::to_theirs, *s.ours, false);
    if (!s.base) return {Merge::conflict, {}, false};
    const bool ours_stands = s.ours_echo || same_value(s.type, s.ours, s.base);
    const bool theirs_stands = s.theirs_echo || same_value(s.type, s.theirs, s.base);
    if (s.ours_echo && s.theirs_echo) return {Merge::conflict, {}, false};
    if (theirs_stands && !s.ours_echo) return crossing(Merge::to_theirs, *s.ours, false);
    if (ours_stands) return crossing(Merge::to_ours, *s.theirs, false);
    return {Merge::conflict, {}, false};
}

}  // namespace

bool same_value(FieldType type, const FieldValue& a, const FieldValue& b) {
    if (!a || !b) return !a && !b;
    return same_value(type, std::string_view(*a), std::string_view(*b));
}

const char* merge_name(Merge merge) {
    switch (merge) {
        case Merge::nothing: return "nothing";
        case Merge::agree: return "agree";
        case Merge::to_theirs: return "to theirs";
        case Merge::to_ours: return "to ours";
        case Merge::to_both: return "to both";
        case Merge::conflict: return "conflict";
        case Merge::cleared: return "cleared";
        case Merge::reported: return "reported";
    }
    return "";
}

FieldMerge merge_field(const FieldSides& s) {
    if (!s.ours && !s.theirs) return {};
    if (same_value(s.type, s.ours, s.theirs)) return {Merge::agree, *s.ours, false};
    if (s.owner == Owner::report) return {Merge::reported, {}, false};
    // Emptied on one side, untouched on the other: whoever owns it, a blank overwrites nothing and is undone by nobody.
    if (s.base && !s.ours && same_value(s.type, s.theirs, s.base)) return {Merge::cleared, {}, false};
    if (s.base && !s.theirs && same_value(s.type, s.ours, s.base)) return {Merge::cleared, {}, false};
    switch (s.owner) {
        case Owner::ours: return owned(s.ours, s.theirs, s, s.theirs_echo, Merge::to_theirs);
        case Owner::theirs: return owned(s.theirs, s.ours, s, s.ours_echo, Merge::to_ours);
        default: return shared(s);
    }
}

bool still_holds(const Decided& decided, const FieldSides& s) {
    const FieldValue wanted = decided.wanted;
    const auto is = [&](const FieldValue& now, const FieldValue& then) { return same_value(s.type, now, then) || same_value(s.type, now, wanted); };
    return is(s.ours, decided.ours) && is(s.theirs, decided.theirs);
}

FieldMerge merge_decided(const Decided& decided, const FieldSides& s) {
    const FieldValue wanted = decided.wanted;
    const bool ours_lacks = !same_value(s.type, s.ours, wanted), theirs_lacks = !same_value(s.type, s.theirs, wanted);
    if (ours_lacks && theirs_lacks) return {Merge::to_both, decided.wanted, false};
    if (ours_lacks) return {Merge::to_ours, decided.wanted, false};
    if (theirs_lacks) return {Merge::to_theirs, decided.wanted, false};
    return {Merge::agree, decided.wanted, false};
}

}  // namespace bindery
