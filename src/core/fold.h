#pragma once
// Several rows of one key become one record by a book's rule, whatever order they come in. Equal rows count once. Where the rows
// have a `latest` date, only those with the latest one count (an AMS's transactions), and of those that also name the same `join`
// values the leading one (two transactions of one day). What is left are the lines of one policy: the row with the largest `lead`
// leads, `add` fields become the sum, `join` fields list each value once. A field that the leading row leaves blank is taken from
// the next that states it. Rows that tie are told apart by their cells. Pure.
#include <optional>
#include <string>
#include <vector>

#include "core/mapping.h"

namespace bindery {

struct FoldRule {
    std::string latest;             // a date field; empty: there's none
    std::string lead;               // a money or integer field; empty: none
    std::vector<std::string> add;   // money or integer fields
    std::vector<std::string> join;  // text fields
    std::vector<std::string> same{};  // rows that state different ones aren't one record: nothing is made of them
    // Each one or several fields by which a record is known. A later file's row is about another one by a part that is no phone or e-mail (a name),
    // unless one is the same and no other differs; by two that differ, unless one is the same (a household shares them); by the rule's only one.
    std::vector<std::vector<std::string>> one_of{};
    bool any() const { return !latest.empty() || !lead.empty() || !add.empty() || !join.empty(); }
};

// The first field of `same` in which two rows state different values, however they spell them; empty: none.
std::string contradicted_field(const Mapping& mapping, const FoldRule& rule, const std::vector<FlatRow>& rows);

// What tells that `row` isn't about the record `held`, by the rule's `one_of`: the parts that differ, names last. Empty: it may be.
std::vector<std::string> another_record(const Mapping& mapping, const FoldRule& rule, const FlatRow& held, const FlatRow& row);

// nullopt when they differ and there's no rule, or in a field of `same`. `rows` isn't empty.
std::optional<FlatRow> fold_rows(const Mapping& mapping, const FoldRule& rule, std::vector<FlatRow> rows);

}  // namespace bindery
