#include "csv/header_names.h"

#include <algorithm>

#include "core/text.h"

namespace bindery {

std::string folded_header(std::string_view header) {
    std::string folded;
    for (const char c : trim(header)) {
        if (c == '#') folded += "number";
        else if (c == '%') folded += "percent";
        else if (is_letter(c) || is_digit(c) || static_cast<signed char>(c) < 0) folded += lower(c);
    }
    return folded;
}

std::string column_letters(std::size_t column) {
    std::string letters;
    for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) letters += static_cast<char>('A' + (rest - 1) % 26);
    std::reverse(letters.begin(), letters.end());
    return letters;
}

std::string column_name(std::size_t column, const std::string& header) {
    return "column " + column_letters(column) + " \"" + header + "\"";
}

std::string listed_headers(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += '"' + names[i] + '"';
    }
    return text;
}

}  // namespace bindery
