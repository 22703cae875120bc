#pragma once
// The kinds of scalars that the keys take: text to value, or why not. Pure.
#include <cstdint>
#include <string>
#include <string_view>

#include "config/faults.h"
#include "config/retention.h"
#include "config/service.h"
#include "config/tree.h"

namespace bindery {

Parsed<bool> parse_flag(std::string_view text);               // true | false, nothing else
Parsed<std::int64_t> parse_integer(std::string_view text);    // plain digits
Parsed<double> parse_share(std::string_view text);            // 10% or 0.1; at least 0, below 1
Parsed<std::size_t> parse_size(std::string_view text);        // 32MiB, 512KiB, 1GiB or bytes
Parsed<int> parse_keep(std::string_view text);                // 90d, 18mo, 7y: days; forever: kKeepForever
Parsed<Call> parse_call(std::string_view text);               // GET /clients/{id}
Parsed<std::string> parse_base_url(std::string_view text);    // https, or http to loopback; without a trailing slash
std::optional<std::string> address_fault(std::string_view text);  // of a base URL that may have a query
Parsed<std::string> parse_pointer(std::string_view text);     // "" or /a/b; a plain name is /name
std::vector<std::string> call_places(std::string_view path);  // {names} of a path, in order

// A scalar or tree as JSON with the types that it shows: quoted is text; true, false and null; 12 is a number and so is
// 12.50, digit for digit. Text is all that could be a code and not a count: 007, +1555…, 1e5, 0x1F, yes, no, on, off.
json to_json(const Tree& tree);

}  // namespace bindery
