#pragma once
// A CSV profile, and where its parts stand, for the checks that need the books.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/book.h"
#include "config/faults.h"
#include "config/settings.h"
#include "core/csv_profile.h"

namespace bindery {

struct ProfileFile {
    CsvProfile profile;
    Place into;
    std::vector<Place> columns;      // one a column rule
    std::vector<std::string> types;  // likewise, empty where the profile says none
};

std::optional<ProfileFile> read_csv_profile(const std::filesystem::path& file, const Variables& variables, Faults& faults);
void check_profile(const ProfileFile& found, const std::map<std::string, Book>& books, Faults& faults);

}  // namespace bindery
