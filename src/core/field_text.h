#pragma once
// The spellings that agencies' systems use for money, dates, e-mail addresses and ZIP codes, turned into canonical
// text. `text` is trimmed and not empty; nullopt when it can't be read with certainty. The rules stand at
// canonicalize().
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

std::optional<std::string> money_text(std::string_view text);
std::optional<std::string> date_text(std::string_view text);
std::optional<std::string> email_text(std::string_view text);
std::optional<std::string> zip_text(std::string_view text);

}  // namespace bindery
