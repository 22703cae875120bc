#include "core/value_texts.h"

#include <string>

#include "core/error.h"
#include "core/json_scan.h"
#include "core/text.h"

namespace bindery {
namespace {

struct ValueTexts {
    const std::function<void(std::string_view)>& take;
    void open(bool, std::size_t) {}
    void close(std::size_t) {}
    void key(std::string_view, bool) {}
    void string(std::string_view raw, bool escaped) {
        if (!escaped) return take(raw);
        take(unescape(raw));
    }
    void number(std::string_view lexeme) { take(lexeme); }
    void word(std::string_view) {}
};

}  // namespace

void each_value_text(std::string_view text, const std::function<void(std::string_view)>& take) {
    const std::string_view begun = trim(text);
    if (begun.empty() || (begun.front() != '{' && begun.front() != '[')) return take(text);
    try {
        ValueTexts texts{take};
        JsonScan<ValueTexts>(begun, texts).run();
    } catch (const Error&) {  // what was taken already is in it once more
        take(text);
    }
}

}  // namespace bindery
