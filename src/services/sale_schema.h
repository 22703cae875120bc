#pragma once
// The JSON Schemas of what a sale sends, made from the field table and compiled once: presence, types, words, lengths, sizes and
// ranges. One schema checks one object without what its lists hold, so that no stranger's depth or size reaches the library: the
// walk through the lists is ours (sale_rules.cpp). Pure, safe to call from several threads.
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>

#include "services/sale_fields.h"

namespace bindery {

using json = nlohmann::json;

// Which bodies an object goes into: one of them, or both (a full lead).
enum class SaleSteps { ping = 1, post = 2, both = 3 };
SaleSteps steps_of(SaleStep step);
bool sale_takes(const SaleField& field, SaleMedia media, SaleSteps steps);  // one of the bodies may have it
bool sale_needs(const SaleField& field, SaleMedia media, SaleSteps steps);  // one of the bodies must

// Of an object with the members `fields`, which is the top level or a list's members. Draft 7, without patterns and formats.
json sale_schema(std::span<const SaleField> fields, SaleMedia media, SaleSteps steps);

// The members of `picture` that its schema refuses. `picture` stands for such an object: scalars, texts that are valid UTF-8 without
// NUL, numbers as doubles, and for a list an array of so many nulls. What is missing isn't told here.
std::set<std::string> schema_misfits(std::span<const SaleField> fields, SaleMedia media, SaleSteps steps, const json& picture);

}  // namespace bindery
