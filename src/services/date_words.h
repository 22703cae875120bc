#pragma once
// A day as people write it in running text, in figures or in words, English or Spanish. For searching. Pure.
#include <string>
#include <vector>

#include "core/dates.h"

namespace bindery {

// Words with one space around each, as numbers where they are of a date: " june 15th 1990 ", " 15 de junio de 1990 " and " 1990 06 15t00 00 " become
// " 6 15 1990 ", " 15 6 1990 " and " 1990 6 15 t 0 0 ".
std::string date_words(const std::string& words);

// The ways in which date_words may give the day: year, month and day in three orders, two figures of the year, none between them.
std::vector<std::string> date_spellings(Date day);

}  // namespace bindery
