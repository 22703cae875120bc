#pragma once
// The e-mail addresses and US phone numbers that a text names, whatever else stands in it: two in one cell, "Ann <ann@x.example>", a whole record
// as JSON. For finding who may be meant, so in doubt it's one too many; what a cell is, the types `email` and `phone` say. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

// E-mails in small letters; phones as ten digits: any ten in a row that may be one, with no letter between them, and one that is written by its last four or
// seven digits behind another. Each once, in order. Of a JSON object or list, those of its values, each value for
// itself, but an area code that is a value of its own goes with each number that lacks one.
std::vector<std::string> contacts_in(std::string_view text);

}  // namespace bindery
