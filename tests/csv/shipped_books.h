#pragma once
// The books and profiles that come with the program.
#include "config/load.h"

namespace bindery::test {

inline const Config& shipped() {
    static const Config config = load_config(std::filesystem::path(BINDERY_SOURCE_DIR) / "config" / "bindery.yaml", {{"HOME", "/home/agent"}, {"BI369_PROJECT", "prj_1"}});
    return config;
}

inline const Mapping& policies() { return shipped().mapping("book.policies"); }
inline const Mapping& leads() { return shipped().mapping("book.leads"); }

inline std::vector<CsvProfile> profiles() {
    std::vector<CsvProfile> all;
    for (const auto& [name, profile] : shipped().csv) all.push_back(profile);
    return all;
}

// As profiles are written in YAML: field, its headers.
inline CsvProfile profile_of(const std::vector<std::pair<std::string, HeaderNames>>& columns) {
    CsvProfile profile;
    profile.name = "mine";
    for (const auto& [field, names] : columns) profile.columns.push_back({field, {CellSource{{names}, " ", NamePart::all}}});
    return profile;
}

inline Mapping book_of(const std::vector<std::pair<std::string, FieldType>>& fields, std::vector<std::vector<std::string>> keys = {}) {
    Mapping book;
    book.dataset = "book.policies";
    book.key_fields = std::move(keys);
    for (const auto& [name, type] : fields) book.fields.push_back({name, type, false, false, {}});
    return book;
}

}  // namespace bindery::test
