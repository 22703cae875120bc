#include "core/record_key.h"

#include <algorithm>
#include <set>

namespace bindery {

namespace {

std::size_t index_of(const Mapping& mapping, const std::string& name) {
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        if (mapping.fields[i].name == name) return i;
    }
    return mapping.fields.size();
}

std::optional<std::string> part(const Mapping& mapping, const std::string& name,
                                const std::vector<std::optional<std::string>>& values) {
    const std::size_t i = index_of(mapping, name);
    if (i >= values.size() || !values[i]) return std::nullopt;
    return naming_key(mapping.fields[i].type, *values[i]);
}

void append_part(std::string& key, const std::string& text) {
    for (const char c : text) {
        if (c == '|' || c == '\\') key += '\\';
        key += c;
    }
}

}  // namespace

std::string composite_key(const Mapping& mapping, const std::vector<std::optional<std::string>>& values) {
    for (std::size_t a = 0; a < mapping.key_fields.size(); ++a) {
        const std::vector<std::string>& names = mapping.key_fields[a];
        std::string key;
        if (a > 0) {
            for (const std::string& name : names) key += (key.empty() ? '|' : '+') + name;
            key += '|';
        }
        bool whole = !names.empty();
        for (std::size_t i = 0; whole && i < names.size(); ++i) {
            const auto text = part(mapping, names[i], values);
            whole = text.has_value();
            if (!whole) break;
            if (i > 0) key += '|';
            append_part(key, *text);
        }
        if (whole) return key;
    }
    return {};
}

std::string no_key_reason(const Mapping& mapping, const std::vector<std::optional<std::string>>& values) {
    std::string reason;
    std::set<std::string> told;  // one field may lack in several keys
    for (const std::vector<std::string>& names : mapping.key_fields) {
        for (const std::string& name : names) {
            if (part(mapping, name, values)) continue;
            const std::size_t i = index_of(mapping, name);
            const bool stated = i < values.size() && values[i].has_value();
            const bool placeholder = stated && mapping.fields[i].type == FieldType::policy_number;
            const std::string clause = name + (placeholder ? " is a placeholder, such as TBD"
                                               : stated    ? " is nothing to go by"
                                                           : " is blank or can't be read");
            if (told.insert(clause).second) reason += (reason.empty() ? "no key: " : ", ") + clause;
            break;
        }
    }
    return reason.empty() ? "no key" : reason;
}

std::string key_beginning(const Mapping& mapping, const std::vector<std::optional<std::string>>& values) {
    if (mapping.key_fields.empty() || mapping.key_fields.front().empty()) return {};
    const auto text = part(mapping, mapping.key_fields.front().front(), values);
    if (!text) return {};
    std::string key;
    append_part(key, *text);
    if (mapping.key_fields.front().size() > 1) key += '|';
    return key;
}

}  // namespace bindery
