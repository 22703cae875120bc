// What others said, where a line of ours ends only by ourselves.
#include <catch2/catch.hpp>

#include "core/text.h"

using namespace bindery;

TEST_CASE("a text becomes one line that steers no terminal") {
    struct Case {
        std::string text, line;
    };
    const Case cases[] = {
        {"", ""},
        {"all is well", "all is well"},
        {"ignored\n  effects: 9 done", "ignored   effects: 9 done"},
        {"a\r\nb\tc\vd\f", "a  b c d "},
        {"\x1b[31mred\x7f", "?[31mred?"},
        {std::string("a\0b", 3), "a?b"},
        {"\xC2\x9B" "31m \xC2\x85", "?31m ?"},
        {"Jos\xC3\xA9 \xC2\xA0 \xE2\x86\x92 \xC2", "Jos\xC3\xA9 \xC2\xA0 \xE2\x86\x92 \xC2"},
    };
    for (const auto& c : cases) CHECK(one_line(c.text) == c.line);
}
