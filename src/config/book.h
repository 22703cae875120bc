#pragma once
// One of the agency's own datasets (config/books/NAME.yaml) as a plain checked struct.
#include <cstdint>
#include <string>
#include <vector>

#include "core/mapping.h"

namespace bindery {

enum class Authority {
    outside,  // another program's book, seen through its exports: what it should take is listed as corrections
    here      // ours alone: a merge writes into it
};

struct Book {
    std::string name;
    std::string file;
    Authority authority = Authority::outside;
    bool full = true;                            // what an import means when nobody says: the whole book
    std::vector<std::vector<std::string>> keys;  // the first whose parts all have a match key makes a record's key
    Mapping mapping;                             // mapping.dataset is "book.NAME"
};

}  // namespace bindery
