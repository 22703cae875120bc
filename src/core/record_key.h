#pragma once
// The key of a record that is known by several of its fields (a book's `key:`). Pure.
//   first alternative:  PARTS joined by |, as in "HO123|2026-07-01"
//   any later one:      |FIELDS|PARTS, as in "|email+first_name|ann@example.com|ann", so that no two alternatives meet
// Parts are naming keys (field.h), with \ and | escaped by \.
#include <optional>
#include <string>
#include <vector>

#include "core/mapping.h"

namespace bindery {

// `values`: canonical, one a field of the mapping. Empty when no alternative has all its parts.
std::string composite_key(const Mapping& mapping, const std::vector<std::optional<std::string>>& values);

// Why there's no key, by field names only: "no key: policy_number is a placeholder, such as TBD".
std::string no_key_reason(const Mapping& mapping, const std::vector<std::optional<std::string>>& values);

// What the keys of the first alternative begin with when only its first part is known: "HO123|". Empty when it isn't.
std::string key_beginning(const Mapping& mapping, const std::vector<std::optional<std::string>>& values);

}  // namespace bindery
