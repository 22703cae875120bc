#pragma once
// Small drawings as inline SVG, each with words that say the same. Marks, not colours alone, tell outcomes apart. Pure.
#include <string>
#include <vector>

#include "web/html.h"

namespace bindery::web {

struct Bar {
    std::string outcome;   // done | partial | incomplete | failed | guard | doubt | interrupted | planned; empty: under way
    double seconds = 0;
};

// Oldest first; at most 30 are drawn. Heights go by the root of the duration, so that a short run is seen beside a long one.
Html history_chart(const std::vector<Bar>& bars);
std::string history_words(const std::vector<Bar>& bars);  // "30 runs: 28 done, 2 failed; the longest took 12 s"

// How much of a whole is left.
Html gauge(int left, int usable, const std::string& words);

// "good", "part", "bad" or "none", for a class, and the sign that goes with it.
std::string tone_of(const std::string& outcome);
std::string sign_of(const std::string& outcome);

}  // namespace bindery::web
