#pragma once
// One of the agency's own datasets (config/books/NAME.yaml) as a plain checked struct. Docs: docs/csv.md.
#include <string>
#include <vector>

#include "core/fold.h"
#include "core/mapping.h"
#include "core/removal_limit.h"

namespace bindery {

enum class Authority {
    outside,  // another program's book, seen through its exports: what it should take is listed as corrections
    here      // ours alone: a merge writes into it
};

struct Book {
    std::string name;
    std::string file;
    std::string about;
    Authority authority = Authority::outside;
    bool full = true;           // what an import means when nobody says: the whole book
    RemovalRule max_removed{0, 10, -1};
    FoldRule fold;
    Mapping mapping;            // mapping.dataset is "book.NAME"; its key is in mapping.key_fields
};

}  // namespace bindery
