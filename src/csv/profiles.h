#pragma once
// Which profile a file is read by, and a first one for a file that none fits. Pure.
#include <string>
#include <vector>

#include "core/csv_profile.h"
#include "core/mapping.h"

namespace bindery {

// The profile called `given_name`; without a name, the one of `candidates` (the book's profiles) that clearly fits best: all that
// the book needs is found, and no other profile finds as many fields. A file whose headers are the book's own field names, as our
// export's are, needs none: the profile "export" is made for it. (Without a column record_key a profile that fits and reads dates as
// d/m/y goes before it.)
// Error(usage) for a name that isn't there; Error(mapping) when none or several fit, with what each finds.
CsvProfile choose_profile(const std::vector<std::string>& headers, const std::vector<CsvProfile>& candidates, const Mapping& book,
                          const std::string& given_name, const std::string& file);

// A first profile as YAML, with comments that say what was guessed: each field by a header that an existing profile of the book
// knows, by the nearest name, or by what the cells look like. `rows`: up to 1000 rows of cells.
std::string suggest_profile(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows, const Mapping& book,
                            const std::vector<CsvProfile>& profiles, const std::string& name);

}  // namespace bindery
