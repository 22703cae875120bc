#pragma once
// Names of people as systems write them: "Last, First M.", "First M. Last Jr.", in any case. For comparing only: what
// comes out is in small letters, without accents, titles, suffixes and middle names. Pure.
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

std::optional<std::string> first_name(std::string_view whole);  // nullopt when it has only one word
std::optional<std::string> last_name(std::string_view whole);   // nullopt when blank

// Whether two given names can't be one person's: both are stated and differ. An initial agrees with a name that begins so.
bool first_names_contradict(std::string_view a, std::string_view b);
bool last_names_contradict(std::string_view a, std::string_view b);

}  // namespace bindery
