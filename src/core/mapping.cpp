#include "core/mapping.h"

#include <algorithm>
#include <bit>

#include "core/json_pointer.h"
#include "core/record_key.h"
#include "core/text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {

namespace {

// Raised when canonicalize() or the hash below changes, so that stores rebuild their tables.
constexpr int kRulesVersion = 1;

std::string hex128(std::string_view bytes) {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text(32, '0');
    char* to = text.data();
    for (const std::uint64_t half : {hash.high64, hash.low64}) {
        for (int shift = 60; shift >= 0; shift -= 4) *to++ = kHex[(half >> shift) & 0xF];
    }
    return text;
}

bool is_blank(const json& value) {
    return value.is_null() || (value.is_string() && trim(value.get_ref<const std::string&>()).empty());
}

const json* first_stated(const json& document, const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) {
        const json* value = find_pointer(document, pointer);
        if (value != nullptr && !is_blank(*value)) return value;
    }
    return nullptr;
}

const json* field_value(const json& document, const Field& field) {
    if (!field.pointers.empty()) return first_stated(document, field.pointers);
    const json* value = find_pointer(document, '/' + pointer_token_of(field.name));
    return value != nullptr && !is_blank(*value) ? value : nullptr;
}

// What the hash is taken of. Each part carries its length, so that no two lists of parts look the same.
class HashInput {
  public:
    HashInput() { bytes_.reserve(kUsualSize); }
    void add(char kind, std::string_view part) {
        const std::uint64_t size = part.size();
        char head[1 + sizeof size] = {kind};  // the kind, then the length, its lowest byte first
        for (std::size_t i = 0; i < sizeof size; ++i) head[1 + i] = static_cast<char>((size >> 8 * i) & 0xFF);
        bytes_.append(head, sizeof head);
        bytes_ += part;
    }
    std::string hash() const { return hex128(bytes_); }

  private:
    static constexpr std::size_t kUsualSize = 1000;  // what malloc has at hand
    std::string bytes_;
};

enum class Consumed { no, partly, wholly };

Consumed consumed_by(std::string_view pointer, std::string_view path) {
    const bool may_start = pointer.size() >= path.size() && pointer[path.size() - 1] == path.back();
    if (!may_start || !pointer.starts_with(path)) return Consumed::no;
    if (pointer.size() == path.size()) return Consumed::wholly;
    return pointer[path.size()] == '/' ? Consumed::partly : Consumed::no;
}

Consumed consumed(const Mapping& mapping, std::string_view path) {
    Consumed most = Consumed::no;
    for (const Field& field : mapping.fields) {
        if (field.pointers.empty() && path.substr(1) == field.name) return Consumed::wholly;
        for (const std::string& pointer : field.pointers) {
            const Consumed one = consumed_by(pointer, path);
            if (one == Consumed::wholly) return one;
            most = std::max(most, one);
        }
    }
    return most;
}

// The members that no field is read from, so that a change in one the mapping doesn't know counts as a change too.
void add_unknown(HashInput& input, const Mapping& mapping, const json& object, const std::string& above) {
    for (const auto& [name, value] : object.get_ref<const json::object_t&>()) {
        const bool top = above.empty();
        if (top && std::find(mapping.ignore.begin(), mapping.ignore.end(), name) != mapping.ignore.end()) continue;
        const std::string path = above + '/' + pointer_token_of(name);
        const Consumed how = consumed(mapping, path);
        if (how == Consumed::wholly) continue;
        if (how == Consumed::partly && value.is_object()) {
            add_unknown(input, mapping, value, path);
        } else {
            input.add('u', path);
            input.add('=', dump_exact(value));
        }
    }
}

// `received()` is the value as JSON, asked for when it can't be read.
template <class Received>
void take_field(const Field& field, std::size_t index, Canonical canonical, Received received, MappedRecord& record,
                HashInput& input) {
    switch (canonical.state) {
        case Canonical::State::value:
            input.add('v', canonical.text);
            record.values[index] = std::move(canonical.text);
            return;
        case Canonical::State::blank:
            input.add('b', {});
            if (field.required && record.reject.empty()) record.reject = field.name + ": is required and blank";
            return;
        case Canonical::State::bad:
            input.add('x', received());
            if (!field.required) {
                record.faults.push_back({index, field.name + ": " + canonical.reason});
            } else if (record.reject.empty()) {
                record.reject = field.name + ": is required and " + canonical.reason;
            }
            return;
    }
}

void map_field(const Mapping& mapping, std::size_t index, const json& document, MappedRecord& record,
               HashInput& input) {
    const Field& field = mapping.fields[index];
    const json* value = field_value(document, field);
    Canonical canonical = value == nullptr ? Canonical{} : canonicalize(field.type, *value);
    take_field(field, index, std::move(canonical), [&] { return dump_exact(*value); }, record, input);
}

void take_composite_key(const Mapping& mapping, MappedRecord& record) {
    record.key = composite_key(mapping, record.values);
    if (record.key.empty()) record.reject = no_key_reason(mapping, record.values);
}

std::string json_string(std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text);
    return quoted;
}

// The cells that no field takes, by name.
std::vector<std::pair<std::string_view, std::string_view>> sorted_others(const FlatRow& row) {
    std::vector<std::pair<std::string_view, std::string_view>> others;
    for (const auto& [name, text] : row.others) {
        if (!trim(text).empty()) others.emplace_back(name, text);
    }
    std::sort(others.begin(), others.end());
    return others;
}

std::string record_key(const Mapping& mapping, const json& document) {
    const json* value = first_stated(document, mapping.key_pointers);
    return value == nullptr ? std::string() : scalar_text(*value).value_or(std::string());
}

}  // namespace

std::string Mapping::signature() const {
    json columns = json::array();
    for (const Field& field : fields) {
        columns.push_back({field.name, field_type_name(field.type), field.required, field.match, field.pointers});
    }
    json all{kRulesVersion, key_pointers, columns, ignore};
    if (!key_fields.empty()) all.push_back(key_fields);
    return hex128(all.dump());
}

MappedRecord map_record(const Mapping& mapping, const json& document) {
    MappedRecord record;
    record.values.resize(mapping.fields.size());
    if (!document.is_object()) {
        record.reject = "the record isn't an object";
        return record;
    }
    const bool composite = !mapping.key_fields.empty();
    if (!composite) record.key = record_key(mapping, document);
    if (!composite && record.key.empty()) {
        record.reject =
            "the record has no key (" + (mapping.key_pointers.empty() ? "" : mapping.key_pointers.front()) + ")";
    }
    HashInput input;
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) map_field(mapping, i, document, record, input);
    if (composite) take_composite_key(mapping, record);
    add_unknown(input, mapping, document, {});
    record.hash = input.hash();
    return record;
}

MappedRecord map_flat(const Mapping& mapping, const FlatRow& row) {
    MappedRecord record;
    record.values.resize(mapping.fields.size());
    HashInput input;
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const std::string& text = row.fields[i];
        take_field(mapping.fields[i], i, canonicalize_text(mapping.fields[i].type, text), [&] { return json_string(text); }, record,
                   input);
    }
    take_composite_key(mapping, record);
    for (const auto& [name, text] : sorted_others(row)) {
        if (std::find(mapping.ignore.begin(), mapping.ignore.end(), name) != mapping.ignore.end()) continue;
        input.add('u', '/' + pointer_token_of(name));
        input.add('=', json_string(text));
    }
    record.hash = input.hash();
    return record;
}

FlatDocuments::FlatDocuments(const Mapping& mapping) {
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) members_.push_back({i, mapping.fields[i].name, json_string(mapping.fields[i].name) + ':'});
    std::sort(members_.begin(), members_.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
}

std::string FlatDocuments::of(const FlatRow& row) const {
    const auto others = sorted_others(row);
    std::size_t size = 2;
    for (const Member& member : members_) size += member.opening.size() + row.fields[member.field].size() + 3;
    std::string document;
    document.reserve(size);
    const auto put = [&](std::string_view opening, std::string_view text) {
        document += document.empty() ? '{' : ',';
        document += opening;
        append_json_string(document, text);
    };
    auto other = others.begin();
    const auto put_others = [&](auto end) {
        for (; other != end; ++other) put(json_string(other->first) + ':', other->second);
    };
    for (const Member& member : members_) {
        const std::string& text = row.fields[member.field];
        if (trim(text).empty()) continue;
        put_others(std::lower_bound(other, others.end(), std::pair<std::string_view, std::string_view>(member.name, text)));
        put(member.opening, text);
    }
    put_others(others.end());
    return document.empty() ? "{}" : std::move(document) + '}';
}

std::string flat_document(const Mapping& mapping, const FlatRow& row) { return FlatDocuments(mapping).of(row); }

std::int64_t document_hash(std::string_view document) {
    return std::bit_cast<std::int64_t>(XXH3_64bits(document.data(), document.size()));
}

}  // namespace bindery
