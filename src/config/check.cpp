#include "config/check.h"

#include <algorithm>

#include "config/scalar.h"
#include "core/cron.h"
#include "core/dates.h"
#include "core/error.h"

namespace bindery {

namespace {

constexpr std::size_t kMostQuoted = 40;

bool is_scalar(Kind kind) {
    return kind != Kind::anything && kind != Kind::any_map && kind != Kind::list && kind != Kind::map &&
           kind != Kind::table && kind != Kind::either && kind != Kind::step;
}

std::string quoted(const std::string& text) {
    std::string shown = text.substr(0, text.find('\n'));
    if (shown.size() > kMostQuoted) {
        std::size_t end = kMostQuoted;
        while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) --end;  // no half character
        shown.resize(end);
    }
    return "`" + shown + (shown.size() < text.size() ? "…" : "") + "`";
}

template <typename T>
std::optional<std::string> fault_of(const Parsed<T>& parsed) {
    return parsed.value ? std::nullopt : std::optional<std::string>(parsed.fault);
}

std::optional<std::string> unless(bool good, const Shape& shape) {
    return good ? std::nullopt : std::optional<std::string>(described(shape));
}

bool is_dotted(const std::string& text) {
    const std::size_t dot = text.find('.');
    return dot != std::string::npos && is_name(text.substr(0, dot)) && is_name(text.substr(dot + 1));
}

bool is_blank(const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

std::optional<std::string> duration_fault(const std::string& text, const Shape& shape) {
    const std::optional<Duration> value = parse_duration(text);
    if (!value || *value < Duration::zero() || *value > std::chrono::hours(24 * 366)) return described(shape);
    const std::chrono::milliseconds least(shape.least);
    if (*value < least) return described(shape) + ", at least " + format_duration(least);
    return std::nullopt;
}

std::optional<std::string> cron_fault(const std::string& text) {
    try {
        (void)next_fire(text, "UTC", parse_rfc3339("2024-01-01T00:00:00Z"));  // 30 February never comes
        return std::nullopt;
    } catch (const Error& e) {
        return described(scalar(Kind::cron)) + " (" + e.what() + ")";
    }
}

// What the scalar must be instead; nullopt when it's right.
std::optional<std::string> scalar_fault(const std::string& text, const Shape& shape) {
    switch (shape.kind) {
        case Kind::sql:
            return unless(!is_blank(text), shape);
        case Kind::name:
            return unless(is_name(text), shape);
        case Kind::job_name:
            return unless(is_job_name(text), shape);
        case Kind::secret:
            return unless(is_name(text), shape);
        case Kind::dotted:
            return unless(is_dotted(text), shape);
        case Kind::word: {
            const bool known = std::find(shape.words.begin(), shape.words.end(), text) != shape.words.end();
            return unless(known, shape);
        }
        case Kind::integer: {
            const auto value = parse_integer(text).value;
            return unless(value && *value >= shape.least && *value <= shape.most, shape);
        }
        case Kind::share:
            return fault_of(parse_share(text));
        case Kind::count_or_share: {
            const auto count = parse_integer(text).value;
            const auto share = text.ends_with('%') ? parse_share(text).value : std::nullopt;
            return unless((count && *count >= 0) || share || text == "100%", shape);
        }
        case Kind::duration:
            return duration_fault(text, shape);
        case Kind::keep: {
            const auto days = parse_keep(text).value;
            return unless(days && (*days == kKeepForever || *days >= shape.least), shape);
        }
        case Kind::size:
            return fault_of(parse_size(text));
        case Kind::flag:
            return fault_of(parse_flag(text));
        case Kind::pointer: {
            if (!text.empty() && text.front() != '/') return described(shape);
            return fault_of(parse_pointer(text));
        }
        case Kind::member: {
            if (text.empty()) return described(shape);
            return fault_of(parse_pointer(text));
        }
        case Kind::url:
            return fault_of(parse_base_url(text));
        case Kind::address:
            return address_fault(text);
        case Kind::call:
            return fault_of(parse_call(text));
        case Kind::cron:
            return cron_fault(text);
        case Kind::zone:
            return unless(!text.empty() && zone_exists(text), shape);
        case Kind::file: {
            if (text == "~" || text.starts_with("~/")) return "a path without ~; write ${HOME}" + text.substr(1);
            return unless(!is_blank(text), shape);
        }
        default:
            return std::nullopt;
    }
}

class Checker {
  public:
    explicit Checker(Faults& faults) : faults_(faults) {}

    // `at` is the dotted name of the value, e.g. resources.policies.list.
    void walk(const Tree& tree, const Shape& shape, const std::string& at) {
        if (shape.kind == Kind::anything) return;
        if (shape.kind == Kind::either) return walk_either(tree, shape, at);
        if (tree.kind == Tree::Kind::null) {
            faults_.add(tree.place, named(at) + " is empty; give it " + described(shape) + ", or take the key out");
            return;
        }
        if (is_scalar(shape.kind)) return walk_scalar(tree, shape, at);
        if (tree.kind != (shape.kind == Kind::list ? Tree::Kind::list : Tree::Kind::map)) {
            return must_be(tree, described(shape), at);
        }
        switch (shape.kind) {
            case Kind::list:
                return walk_list(tree, shape, at);
            case Kind::map:
                return walk_map(tree, shape, at);
            case Kind::table:
                return walk_table(tree, shape, at);
            case Kind::step:
                return walk_step(tree, shape, at);
            default:
                return;
        }
    }

  private:
    static std::string named(const std::string& at) { return at.empty() ? "the file" : "`" + at + "`"; }

    static std::string below(const std::string& at, const std::string& name) {
        return at.empty() ? name : at + "." + name;
    }

    void must_be(const Tree& tree, const std::string& what, const std::string& at, bool quote = true, const std::string& near = "") {
        std::string found;
        if (tree.kind == Tree::Kind::list) found = ", not a list";
        if (tree.kind == Tree::Kind::map) found = ", not a map";
        if (tree.kind == Tree::Kind::scalar && quote) found = ", not " + quoted(tree.written);
        faults_.add(tree.place, named(at) + " must be " + what + found + near);
    }

    void walk_scalar(const Tree& tree, const Shape& shape, const std::string& at) {
        const bool secret = shape.kind == Kind::secret || (shape.kind == Kind::address && tree.text.find_first_of("?#@") != std::string::npos);  // any of these may come before a token
        if (tree.kind != Tree::Kind::scalar) return must_be(tree, described(shape), at);
        if (tree.unset) return;  // a fault already
        if (const auto fault = scalar_fault(tree.text, shape)) {
            std::string near;
            if (shape.kind == Kind::word) near = did_you_mean(tree.text, shape.words);
            must_be(tree, *fault, at, !secret, near);
        }
    }

    void walk_either(const Tree& tree, const Shape& shape, const std::string& at) {
        for (const Shape& way : shape.of) {
            const Tree::Kind kind = is_scalar(way.kind)      ? Tree::Kind::scalar
                                    : way.kind == Kind::list ? Tree::Kind::list
                                                             : Tree::Kind::map;
            if (tree.kind == kind) return walk(tree, way, at);
        }
        if (tree.kind == Tree::Kind::null) {
            faults_.add(tree.place, named(at) + " is empty; give it " + described(shape) + ", or take the key out");
            return;
        }
        must_be(tree, described(shape), at);
    }

    void count(const Tree& tree, std::size_t found, const Shape& shape, const std::string& at) {
        const auto number = static_cast<std::int64_t>(found);
        if (number < shape.least) {
            faults_.add(tree.place, named(at) + " needs at least " + std::to_string(shape.least) +
                                        (shape.least == 1 ? " entry" : " entries"));
        }
        if (number > shape.most) {
            faults_.add(tree.place, named(at) + " has " + std::to_string(found) + " entries; at most " +
                                        std::to_string(shape.most) + " are possible");
        }
    }

    void walk_list(const Tree& tree, const Shape& shape, const std::string& at) {
        count(tree, tree.items.size(), shape, at);
        for (std::size_t i = 0; i < tree.items.size(); ++i) {
            walk(*tree.items[i], shape.of.front(), at + "[" + std::to_string(i) + "]");
        }
    }

    void walk_map(const Tree& tree, const Shape& shape, const std::string& at) {
        count(tree, tree.members.size(), shape, at);
        for (const Member& member : tree.members) {
            if (!shape.free_names && !is_name(member.name)) {
                faults_.add(member.place,
                            quoted(member.name) + " in " + named(at) +
                                " must be a name in small letters, digits and _ that begins with a letter");
            }
            walk(*member.value, shape.of.front(), below(at, member.name));
        }
    }

    void walk_table(const Tree& tree, const Shape& shape, const std::string& at) {
        std::vector<std::string> known;
        for (const Key& key : shape.keys) known.push_back(key.name);
        for (const Member& member : tree.members) {
            const auto key = std::find_if(shape.keys.begin(), shape.keys.end(),
                                          [&](const Key& candidate) { return candidate.name == member.name; });
            if (key != shape.keys.end()) {
                walk(*member.value, key->shape, below(at, member.name));
                continue;
            }
            const std::string near = did_you_mean(member.name, known);
            faults_.add(member.place, "unknown key " + quoted(member.name) + (at.empty() ? "" : " in " + named(at)) +
                                          (near.empty() ? "; known are " + listed(known) : near));
        }
        for (const Key& key : shape.keys) {
            if (!key.required || tree.find(key.name)) continue;
            faults_.add(tree.place, "`" + key.name + "` is missing" + (at.empty() ? "" : " in " + named(at)) +
                                        "; it must be " + described(key.shape));
        }
    }

    void walk_step(const Tree& tree, const Shape& shape, const std::string& at) {
        std::vector<std::string> kinds;
        for (const Shape& way : shape.of) kinds.push_back(way.keys.front().name);
        if (tree.members.empty())
            return faults_.add(tree.place, named(at) + " is empty; a step begins with " + listed(kinds));
        const Member& first = tree.members.front();
        for (const Shape& way : shape.of) {
            if (way.keys.front().name == first.name) return walk_table(tree, way, at);
        }
        const bool later =
            std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) { return tree.find(kind); });
        const std::string near = did_you_mean(first.name, kinds);
        faults_.add(first.place, later ? "a step begins with what it does: put " + listed(kinds) + " first"
                                       : "there is no step " + quoted(first.name) + " in this version; there are " +
                                             listed(kinds) + near);
    }

    Faults& faults_;
};

}  // namespace

void check(const Tree& tree, const Shape& shape, Faults& faults) {
    Checker(faults).walk(tree, shape, "");
}

}  // namespace bindery
