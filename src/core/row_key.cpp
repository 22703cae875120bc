#include "core/row_key.h"

#include <algorithm>

#include "core/record_key.h"

namespace bindery {

namespace {

constexpr std::size_t kMostKeyBytes = 2000;  // a longer one is text that went astray, and imports hold keys in memory

}  // namespace

RowKeys::RowKeys(const Mapping& mapping) : mapping_(mapping) {
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const Field& field = mapping.fields[i];
        const bool of_key = std::any_of(mapping.key_fields.begin(), mapping.key_fields.end(), [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), field.name) != names.end();
        });
        if (field.required || of_key) needed_.push_back(i);
    }
}

RowKey RowKeys::of(const FlatRow& row) const {
    RowKey found;
    std::vector<std::optional<std::string>> values(mapping_.fields.size());
    for (const std::size_t i : needed_) {
        const Field& field = mapping_.fields[i];
        Canonical canonical = canonicalize_text(field.type, row.fields[i]);
        if (canonical.state == Canonical::State::value) {
            values[i] = std::move(canonical.text);
        } else if (field.required && found.reject.empty()) {
            found.reject = field.name + ": is required and " + (canonical.state == Canonical::State::blank ? "blank" : canonical.reason);
        }
    }
    std::string key = row.record_key.empty() ? composite_key(mapping_, values) : row.record_key;
    if (key.empty()) found.reject = no_key_reason(mapping_, values);
    if (key.size() > kMostKeyBytes) found.reject = "the key is longer than " + std::to_string(kMostKeyBytes) + " bytes";
    if (found.reject.empty())
        found.key = std::move(key);
    else
        found.beginning = key.empty() ? key_beginning(mapping_, values) : std::move(key);
    if (found.beginning.size() > kMostKeyBytes) found.beginning.clear();
    return found;
}

}  // namespace bindery
