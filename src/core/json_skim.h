#pragma once
// A light reader of JSON text that follows brackets and quotes and checks nothing else. It finds where a value lies,
// many times faster than a parser; what it finds must be validated by one (core/json_scan.h). For exact_json and
// mapping.
#include <optional>
#include <string_view>

#include "core/exact_json.h"
#include "core/json_pointer.h"

namespace bindery {

// Stands somewhere in the text. Each method that reads returns false when the structure is broken or the text ends.
class JsonSkim {
  public:
    explicit JsonSkim(std::string_view text);

    bool at_end();  // nothing but white space is left
    char next();    // the next byte that isn't white space, not taken; 0 at the end
    std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
    bool skip_value();

    // For each member or element of the container that stands here: visit(raw name) or visit(index), which must read
    // the value and say whether that went well.
    template <class Visit>
    bool members(Visit visit) {
        return items('}', [&](std::size_t) {
            std::string_view name;
            return read_name(name) && visit(name);
        });
    }
    template <class Visit>
    bool elements(Visit visit) {
        return items(']', visit);
    }

    // Reads the value that stands here; at the value `pointer` leads to, visit() reads instead. Where a name comes
    // twice in an object, the last counts: again() is called before a value that replaces an earlier one.
    template <class Visit, class Again>
    bool follow(std::string_view pointer, Visit visit, Again again);

  private:
    template <class Visit>
    bool items(char closing, Visit visit) {
        ++at_;
        if (next() == closing) {
            ++at_;
            return true;
        }
        for (std::size_t index = 0;; ++index) {
            if (next() == '\0' || !visit(index)) return false;
            const char after = next();
            if (after != ',' && after != closing) return false;
            ++at_;
            if (after == closing) return true;
        }
    }
    bool read_name(std::string_view& name);
    bool skip_string();
    bool skip_container();

    const char* begin_;
    const char* at_;
    const char* end_;
};

// Whether the raw text between a name's quotes spells `token` of a pointer.
bool names_token(std::string_view raw_name, std::string_view token);

template <class Visit, class Again>
bool JsonSkim::follow(std::string_view pointer, Visit visit, Again again) {
    if (pointer.empty()) return visit();
    const auto token = take_pointer_token(pointer);
    const char first = next();
    if (token && first == '{') {
        return members([&](std::string_view name) {
            if (!names_token(name, *token)) return skip_value();
            again();
            return follow(pointer, visit, again);
        });
    }
    if (token && first == '[') {
        const auto wanted = pointer_index(*token);
        return elements(
            [&](std::size_t index) { return index == wanted ? follow(pointer, visit, again) : skip_value(); });
    }
    return skip_value();
}

// Where the value at `pointer` lies in `text`; nullopt when it's not there.
std::optional<Slice> find_slice(std::string_view text, std::string_view pointer);

}  // namespace bindery
