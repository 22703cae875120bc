#pragma once
// What looks like somebody's e-mail address or US phone, whoever's it is. Addresses of an office (privacy@, optout@) and toll-free numbers are
// nobody's; network addresses, versions, ids and times of day aren't phones. Pure; `plain` is text as plain_letters (core/letters.h) gives it.
#include <string_view>

namespace bindery {

bool shows_email(std::string_view plain);

// In groups as people write it, behind a word such as "phone", or after "+1". `bare`: ten digits alone count, where no id can stand.
bool shows_us_phone(std::string_view plain, bool bare);

}  // namespace bindery
