#pragma once
// Values that we write into a book of our own (authority: here): laid over the record's document, with history, inside the
// caller's transaction. The hash of the row as imported stays: the same row imported again is no news.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping.h"
#include "store/store.h"

namespace bindery {

using FieldTexts = std::vector<std::pair<std::string, std::string>>;  // field, canonical text

// False when there's no live record of that key, or a value can't be read as its field (then nothing is written).
bool overlay_record(Store& store, const Mapping& mapping, const std::string& key, const FieldTexts& values, std::int64_t run);

// A record that another book has and this one lacks. False when the key is taken by a live record or the document can't land.
bool adopt_record(Store& store, const Mapping& mapping, const std::string& key, const FieldTexts& values, std::int64_t run);

}  // namespace bindery
