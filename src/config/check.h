#pragma once
// Walks a tree against its table of keys and notes every fault: unknown and missing keys, wrong kinds, words that
// aren't allowed, empty values. A tree without faults can be read by reader.h without further looks.
#include "config/faults.h"
#include "config/keys.h"
#include "config/tree.h"

namespace bindery {

void check(const Tree& tree, const Shape& shape, Faults& faults);

}  // namespace bindery
