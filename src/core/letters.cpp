#include "core/letters.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace bindery {
namespace {

struct Letters {
    char32_t first, last;
    std::string_view plain;
};

// In the order of their numbers, whichever case.
constexpr auto kLetters = std::to_array<Letters>({
    {0xA0, 0xA0, " "},     {0xB4, 0xB4, "'"},     {0xC0, 0xC5, "a"},     {0xC6, 0xC6, "ae"},    {0xC7, 0xC7, "c"},     {0xC8, 0xCB, "e"},     {0xCC, 0xCF, "i"},
    {0xD0, 0xD0, "d"},     {0xD1, 0xD1, "n"},     {0xD2, 0xD6, "o"},     {0xD8, 0xD8, "o"},     {0xD9, 0xDC, "u"},     {0xDD, 0xDD, "y"},     {0xDE, 0xDE, "th"},
    {0xDF, 0xDF, "ss"},    {0xE0, 0xE5, "a"},     {0xE6, 0xE6, "ae"},    {0xE7, 0xE7, "c"},     {0xE8, 0xEB, "e"},     {0xEC, 0xEF, "i"},     {0xF0, 0xF0, "d"},
    {0xF1, 0xF1, "n"},     {0xF2, 0xF6, "o"},     {0xF8, 0xF8, "o"},     {0xF9, 0xFC, "u"},     {0xFD, 0xFD, "y"},     {0xFE, 0xFE, "th"},    {0xFF, 0xFF, "y"},
    {0x100, 0x105, "a"},   {0x106, 0x10D, "c"},   {0x10E, 0x111, "d"},   {0x112, 0x11B, "e"},   {0x11C, 0x123, "g"},   {0x124, 0x127, "h"},   {0x128, 0x131, "i"},
    {0x134, 0x135, "j"},   {0x136, 0x138, "k"},   {0x139, 0x142, "l"},   {0x143, 0x14B, "n"},   {0x14C, 0x151, "o"},   {0x152, 0x153, "oe"},  {0x154, 0x159, "r"},
    {0x15A, 0x161, "s"},   {0x162, 0x167, "t"},   {0x168, 0x173, "u"},   {0x174, 0x175, "w"},   {0x176, 0x178, "y"},   {0x179, 0x17E, "z"},   {0x1A0, 0x1A1, "o"},
    {0x1AF, 0x1B0, "u"},   {0x1CD, 0x1CE, "a"},   {0x1CF, 0x1D0, "i"},   {0x1D1, 0x1D2, "o"},   {0x1D3, 0x1DC, "u"},   {0x218, 0x219, "s"},   {0x21A, 0x21B, "t"},
    {0x2BC, 0x2BC, "'"},   {0x300, 0x36F, ""},    {0x3C2, 0x3C2, "\xCF\x83"},
    {0x1E00, 0x1E01, "a"}, {0x1E02, 0x1E07, "b"}, {0x1E08, 0x1E09, "c"}, {0x1E0A, 0x1E13, "d"}, {0x1E14, 0x1E1D, "e"}, {0x1E1E, 0x1E1F, "f"}, {0x1E20, 0x1E21, "g"},
    {0x1E22, 0x1E2B, "h"}, {0x1E2C, 0x1E2F, "i"}, {0x1E30, 0x1E35, "k"}, {0x1E36, 0x1E3D, "l"}, {0x1E3E, 0x1E43, "m"}, {0x1E44, 0x1E4B, "n"}, {0x1E4C, 0x1E53, "o"},
    {0x1E54, 0x1E57, "p"}, {0x1E58, 0x1E5F, "r"}, {0x1E60, 0x1E69, "s"}, {0x1E6A, 0x1E71, "t"}, {0x1E72, 0x1E7B, "u"}, {0x1E7C, 0x1E7F, "v"}, {0x1E80, 0x1E89, "w"},
    {0x1E8A, 0x1E8D, "x"}, {0x1E8E, 0x1E8F, "y"}, {0x1E90, 0x1E95, "z"}, {0x1E9E, 0x1E9E, "ss"}, {0x1EA0, 0x1EB7, "a"}, {0x1EB8, 0x1EC7, "e"},
    {0x1EC8, 0x1ECB, "i"}, {0x1ECC, 0x1EE3, "o"}, {0x1EE4, 0x1EF1, "u"}, {0x1EF2, 0x1EF9, "y"},
    {0x2010, 0x2015, "-"}, {0x2018, 0x2019, "'"},
});

struct Capitals {
    char32_t first, last, to_small;
};
constexpr auto kCapitals = std::to_array<Capitals>({{0x391, 0x3A9, 0x20}, {0x400, 0x40F, 0x50}, {0x410, 0x42F, 0x20}});

// Of two or three bytes at `at`; 0 when none begins there.
std::size_t size_of_letter(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : 0;
    return at + size <= text.size() ? size : 0;
}

char32_t letter_at(std::string_view text, std::size_t at, std::size_t size) {
    const auto tail = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i]) & 0x3FU); };
    const auto lead = static_cast<unsigned char>(text[at]);
    if (size == 2) return static_cast<char32_t>(lead & 0x1FU) << 6U | tail(at + 1);
    return static_cast<char32_t>(lead & 0x0FU) << 12U | tail(at + 1) << 6U | tail(at + 2);
}

void append_letter(std::string& result, char32_t letter, std::string_view as_written) {
    const auto found = std::lower_bound(kLetters.begin(), kLetters.end(), letter, [](const Letters& some, char32_t it) { return some.last < it; });
    if (found != kLetters.end() && letter >= found->first) {
        result += found->plain;
        return;
    }
    for (const auto& capitals : kCapitals) {
        if (letter < capitals.first || letter > capitals.last) continue;
        const char32_t small = letter + capitals.to_small;  // of two bytes
        result += static_cast<char>(0xC0U | small >> 6U);
        result += static_cast<char>(0x80U | (small & 0x3FU));
        return;
    }
    result += as_written;
}

}  // namespace

std::string plain_letters(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t size = size_of_letter(text, i);
        if (size == 0) {
            result += lower(text[i++]);
            continue;
        }
        append_letter(result, letter_at(text, i, size), text.substr(i, size));
        i += size;
    }
    return result;
}

}  // namespace bindery
