#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/json_pointer.h"
#include "core/json_scan.h"
#include "core/json_skim.h"
#include "core/mapping.h"
#include "core/text.h"

namespace bindery {

namespace {

// A scalar or container as it stands in the text.
struct Raw {
    enum class Kind { absent, null, string, scalar, container } kind = Kind::absent;
    std::string_view text;  // of a string: without its quotes
    bool escaped = false;

    bool stated() const {
        if (kind == Kind::absent || kind == Kind::null) return false;
        if (kind != Kind::string) return true;
        return !trim(text).empty() && (!escaped || !trim(unescape(text)).empty());
    }
    std::string scalar_text() const {
        if (kind == Kind::container || !stated()) return {};
        return escaped ? unescape(text) : std::string(text);
    }
};

// The value that `pointer` leads to inside a member's text, which is valid JSON.
Raw inner_value(std::string_view text, std::string_view pointer) {
    const auto slice = find_slice(text, pointer);
    if (!slice) return {};
    const std::string_view value = text.substr(slice->offset, slice->length);
    switch (value.front()) {
        case '{':
        case '[':
            return {Raw::Kind::container, value};
        case '"': {
            const std::string_view body = value.substr(1, value.size() - 2);
            return {Raw::Kind::string, body, body.find('\\') != std::string_view::npos};
        }
        case 'n':
            return {Raw::Kind::null, value};
        default:
            return {Raw::Kind::scalar, value};
    }
}

// One pointer of the mapping. `name` is its first token; `rest` is empty for most.
struct Watch {
    std::string_view name;
    std::string_view rest;
    std::size_t field;  // kKey + i for the i-th key pointer
    std::size_t next;   // the next watch of the same bucket, kNone at the end
    Raw value;
};

constexpr std::size_t kKey = 1u << 16;
constexpr std::size_t kNone = ~std::size_t{0};

// JsonScan's handler: keeps the members of the top object that the mapping points into.
class Watcher {
  public:
    Watcher(const Mapping& mapping, std::string_view document) : document_(document) {
        buckets_.fill(kNone);
        watches_.reserve(mapping.fields.size() + mapping.key_pointers.size() + kSpare);
        for (std::size_t i = 0; i < mapping.key_pointers.size(); ++i) watch_pointer(mapping.key_pointers[i], kKey + i);
        for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
            const Field& field = mapping.fields[i];
            if (field.pointers.empty()) watch(field.name, {}, i);
            for (const std::string& pointer : field.pointers) watch_pointer(pointer, i);
        }
    }

    void open(bool object, std::size_t offset) {
        if (depth_ == 0) is_object_ = object;
        if (depth_ == 1) opened_ = offset;
        ++depth_;
    }
    void close(std::size_t end) {
        --depth_;
        if (depth_ == 1) keep({Raw::Kind::container, document_.substr(opened_, end - opened_)});
    }
    void key(std::string_view raw, bool escaped) {
        if (depth_ == 1) select(raw, escaped);
    }
    void string(std::string_view raw, bool escaped) {
        if (depth_ == 1) keep({Raw::Kind::string, raw, escaped});
    }
    void number(std::string_view lexeme) {
        if (depth_ == 1) keep({Raw::Kind::scalar, lexeme});
    }
    void word(std::string_view lexeme) {
        if (depth_ == 1) keep({lexeme == "null" ? Raw::Kind::null : Raw::Kind::scalar, lexeme});
    }

    Glance result() {
        Glance glance;
        glance.is_object = is_object_;
        if (!is_object_) return glance;
        const Raw* first_key = nullptr;
        for (Watch& each : watches_) {
            if (!each.rest.empty() && each.value.kind == Raw::Kind::container) {
                each.value = inner_value(each.value.text, each.rest);
            } else if (!each.rest.empty()) {
                each.value = {};
            }
            if (!each.value.stated()) continue;
            if (each.field < kKey) {
                glance.present |= std::uint64_t{1} << each.field;
            } else if (first_key == nullptr) {
                first_key = &each.value;
            }
        }
        if (first_key != nullptr) glance.key = first_key->scalar_text();
        return glance;
    }

  private:
    static constexpr std::size_t kBuckets = 128;
    static constexpr std::size_t kSpare = 16;

    static std::size_t bucket(std::string_view name) {
        if (name.empty()) return 0;
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
        return (name.size() * 7u + byte(0) * 31u + byte(name.size() / 2) * 5u + byte(name.size() - 1) * 3u) % kBuckets;
    }

    void watch_pointer(std::string_view pointer, std::size_t field) {
        const auto token = take_pointer_token(pointer);
        if (!token) return;
        if (token->find('~') == std::string_view::npos) {
            watch(*token, pointer, field);
        } else {
            names_.push_back(std::make_unique<std::string>(pointer_token_text(*token)));
            watch(*names_.back(), pointer, field);
        }
    }

    void watch(std::string_view name, std::string_view rest, std::size_t field) {
        if (field >= kMostFields && field < kKey) return;
        std::size_t& head = buckets_[bucket(name)];
        watches_.push_back({name, rest, field, head, {}});
        head = watches_.size() - 1;
    }

    void select(std::string_view raw, bool escaped) {
        if (escaped) unescaped_ = unescape(raw);
        selected_ = escaped ? std::string_view(unescaped_) : raw;
    }

    // The last of several members with one name counts.
    void keep(const Raw& value) {
        if (!is_object_) return;
        for (std::size_t i = buckets_[bucket(selected_)]; i != kNone; i = watches_[i].next) {
            if (watches_[i].name == selected_) watches_[i].value = value;
        }
    }

    static constexpr std::size_t kMostFields = 64;

    std::string_view document_;
    std::array<std::size_t, kBuckets> buckets_;
    std::vector<Watch> watches_;
    std::vector<std::unique_ptr<std::string>> names_;  // of pointers that hold ~0 or ~1
    std::string unescaped_;
    std::string_view selected_;
    std::size_t opened_ = 0;
    int depth_ = 0;
    bool is_object_ = false;
};

}  // namespace

Glance glance(const Mapping& mapping, std::string_view document) {
    Watcher watcher(mapping, document);
    JsonScan<Watcher>(document, watcher).run();
    return watcher.result();
}

}  // namespace bindery
