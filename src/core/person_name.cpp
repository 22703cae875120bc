#include "core/person_name.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/letters.h"
#include "core/text.h"

namespace bindery {
namespace {

constexpr std::array<std::string_view, 12> kBesides{"jr", "sr", "ii", "iii", "iv", "mr", "mrs", "ms", "dr", "miss", "esq", "phd"};

// Words in small letters without dots, apostrophes and accents: systems drop them, and write capitals of their own.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto end = [&] {
        if (!word.empty() && std::find(kBesides.begin(), kBesides.end(), word) == kBesides.end()) words.push_back(word);
        word.clear();
    };
    for (const char c : plain_letters(text)) {
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
