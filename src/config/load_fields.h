#pragma once
// The `fields:` of a service's resource or a book, read from a checked tree.
#include <string>
#include <vector>

#include "config/faults.h"
#include "config/tree.h"
#include "core/mapping.h"

namespace bindery {

std::string pointer_of(const std::string& text);  // of a checked one
// `from` gives the places in a document; without it the field's own name is the place.
Field read_field(const Member& member);
// Names that a column of every dataset has, or that another field's column will have.
void check_field_names(const std::vector<Member>& members, const Mapping& mapping, Faults& faults);

}  // namespace bindery
