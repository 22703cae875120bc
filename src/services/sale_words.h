#pragma once
// How agencies' systems spell the words of a sale's fields. Pure.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "services/sale_fields.h"

namespace bindery {

// The field's own word for `text`: itself, another spelling of it ("Less than 6 months"), or a synonym ("DUI"). nullopt when it's none
// for certain.
std::optional<std::string> sale_word(const SaleField& field, std::string_view text);

struct SaleSynonym {
    std::string_view field, key, word;  // `key` as word_key makes it
};
std::span<const SaleSynonym> sale_synonyms();

// Of a flag's own words: "own" and "rent" of home_ownership, "business" of commercial_use. Yes and no are read elsewhere.
std::optional<bool> sale_flag_word(std::string_view field, std::string_view text);

// "Active / Valid" is "active_valid", "5+ years" is "5_plus_years".
std::string word_key(std::string_view text);

}  // namespace bindery
