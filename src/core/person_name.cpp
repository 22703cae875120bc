#include "core/person_name.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/text.h"

namespace bindery {
namespace {

constexpr std::array<std::string_view, 12> kBesides{"jr", "sr", "ii", "iii", "iv", "mr", "mrs", "ms", "dr", "miss", "esq", "phd"};

struct Letters {
    char32_t first, last;
    std::string_view plain;
};

// Letters of Europe's Latin alphabets without their marks, whichever case; what stands for nothing (apostrophes as typewriters and
// telephones write them, hyphens, marks that follow their letter); and spaces.
constexpr std::array<Letters, 52> kLetters{{
    {0xA0, 0xA0, " "},   {0xB4, 0xB4, ""},    {0xC0, 0xC5, "a"},     {0xC6, 0xC6, "ae"},    {0xC7, 0xC7, "c"},     {0xC8, 0xCB, "e"},     {0xCC, 0xCF, "i"},
    {0xD0, 0xD0, "d"},   {0xD1, 0xD1, "n"},   {0xD2, 0xD6, "o"},     {0xD8, 0xD8, "o"},     {0xD9, 0xDC, "u"},     {0xDD, 0xDD, "y"},     {0xDE, 0xDE, "th"},
    {0xDF, 0xDF, "ss"},  {0xE0, 0xE5, "a"},   {0xE6, 0xE6, "ae"},    {0xE7, 0xE7, "c"},     {0xE8, 0xEB, "e"},     {0xEC, 0xEF, "i"},     {0xF0, 0xF0, "d"},
    {0xF1, 0xF1, "n"},   {0xF2, 0xF6, "o"},   {0xF8, 0xF8, "o"},     {0xF9, 0xFC, "u"},     {0xFD, 0xFD, "y"},     {0xFE, 0xFE, "th"},    {0xFF, 0xFF, "y"},
    {0x100, 0x105, "a"}, {0x106, 0x10D, "c"}, {0x10E, 0x111, "d"},   {0x112, 0x11B, "e"},   {0x11C, 0x123, "g"},   {0x124, 0x127, "h"},   {0x128, 0x131, "i"},
    {0x134, 0x135, "j"}, {0x136, 0x138, "k"}, {0x139, 0x142, "l"},   {0x143, 0x14B, "n"},   {0x14C, 0x151, "o"},   {0x152, 0x153, "oe"},  {0x154, 0x159, "r"},
    {0x15A, 0x161, "s"}, {0x162, 0x167, "t"}, {0x168, 0x173, "u"},   {0x174, 0x175, "w"},   {0x176, 0x178, "y"},   {0x179, 0x17E, "z"},   {0x2BC, 0x2BC, ""},
    {0x300, 0x36F, ""},  {0x2010, 0x2015, ""}, {0x2018, 0x2019, ""},
}};

// Text in small letters without marks; what is no letter of the table passes through.
std::string plain(std::string_view text) {
    std::string result;
    const auto tail = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i]) & 0x3FU); };
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t size = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : 1;
        if (size == 1 || i + size > text.size()) {
            result += lower(text[i++]);
            continue;
        }
        const char32_t letter = size == 2 ? (static_cast<char32_t>(lead & 0x1FU) << 6U | tail(i + 1))
                                          : (static_cast<char32_t>(lead & 0x0FU) << 12U | tail(i + 1) << 6U | tail(i + 2));
        const auto found = std::find_if(kLetters.begin(), kLetters.end(), [&](const Letters& some) { return letter >= some.first && letter <= some.last; });
        result += found == kLetters.end() ? text.substr(i, size) : found->plain;
        i += size;
    }
    return result;
}

// Words in small letters without dots, apostrophes and accents: systems drop them, and write capitals of their own.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto end = [&] {
        if (!word.empty() && std::find(kBesides.begin(), kBesides.end(), word) == kBesides.end()) words.push_back(word);
        word.clear();
    };
    for (const char c : plain(text)) {
        if (is_space(c)) {
            end();
        } else if (c != '.' && c != '\'' && c != '`' && c != '-' && c != ',') {
            word += c;
        }
    }
    end();
    return words;
}

struct Parts {
    std::optional<std::string> first, last;
};

Parts parts_of(std::string_view whole) {
    Parts parts;
    const std::size_t comma = whole.find(',');
    if (comma != std::string_view::npos) {
        const auto last = words_of(whole.substr(0, comma)), first = words_of(whole.substr(comma + 1));
        // "Ann Roe, Jr." has its last name before the comma all the same.
        if (!last.empty() && !first.empty()) {
            std::string joined;
            for (const auto& word : last) joined += (joined.empty() ? "" : " ") + word;
            return {first.front(), joined};
        }
    }
    const auto words = words_of(whole);
    if (!words.empty()) parts.last = words.back();
    if (words.size() > 1) parts.first = words.front();
    return parts;
}

std::string flat(std::string_view text) {
    std::string joined;
    for (const auto& word : words_of(text)) joined += word;
    return joined;
}

}  // namespace

std::optional<std::string> first_name(std::string_view whole) {
    return parts_of(whole).first;
}

std::optional<std::string> last_name(std::string_view whole) {
    return parts_of(whole).last;
}

bool first_names_contradict(std::string_view a, std::string_view b) {
    const auto x = words_of(a), y = words_of(b);
    if (x.empty() || y.empty() || x.front() == y.front() || flat(a) == flat(b)) return false;
    const bool initial = x.front().size() == 1 || y.front().size() == 1;
    return !(initial && x.front().front() == y.front().front());
}

bool last_names_contradict(std::string_view a, std::string_view b) {
    const std::string x = flat(a), y = flat(b);
    if (x.empty() || y.empty() || x == y) return false;
    // "De la Cruz" and "Cruz": a whole name's last word against a last name of several.
    const auto v = words_of(a), w = words_of(b);
    return !(v.back() == w.back() && (v.size() == 1 || w.size() == 1));
}

}  // namespace bindery
