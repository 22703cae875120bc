#pragma once
// What a text says to whoever decodes it: escapes of JSON (\u0040, \/), of addresses (%40, %u0040) and of HTML (&#64;, &eacute;) hide nothing from
// a search. For searching only. Pure; any bytes will do.
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

// As it's seen: letters and digits of full width as narrow ones, nothing of no width.
std::string as_seen(std::string_view text);

// The text as it's seen, and each further reading that decoding all escapes once more gives, at most three.
std::vector<std::string> text_readings(std::string_view text);

}  // namespace bindery
