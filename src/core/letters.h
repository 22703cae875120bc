#pragma once
// Letters as people compare them: small, without accents and other marks, in whichever form of Unicode they were written. For comparing
// only. Pure.
#include <string>
#include <string_view>

namespace bindery {

// Of UTF-8. Latin letters lose their marks (é, e with a mark after it: e; ß: ss), Greek and Cyrillic capitals become small; apostrophes and
// hyphens of typographers become ' and -, the space that doesn't break one that does. The rest, bytes that are no UTF-8 too, stays.
std::string plain_letters(std::string_view text);

}  // namespace bindery
