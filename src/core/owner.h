#pragma once
// Whose word counts for a field when two books differ. In core because a job file names it and the merge (sync/merge.h)
// works by it.
#include <optional>
#include <string_view>

namespace bindery {

enum class Owner {
    ours,    // our value crosses; a change of theirs is corrected back
    theirs,  // likewise the other way
    both,    // whoever changed it since the two agreed
    report   // a difference is told, nothing crosses
};

inline const char* owner_name(Owner owner) {
    switch (owner) {
        case Owner::ours: return "ours";
        case Owner::theirs: return "theirs";
        case Owner::both: return "both";
        case Owner::report: return "report";
    }
    return "";
}

inline std::optional<Owner> owner_of(std::string_view name) {
    for (const Owner owner : {Owner::ours, Owner::theirs, Owner::both, Owner::report}) {
        if (name == owner_name(owner)) return owner;
    }
    return std::nullopt;
}

}  // namespace bindery
