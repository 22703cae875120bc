#include "store/unmapped.h"

#include <algorithm>
#include <vector>

#include "core/exact_json.h"

namespace bindery {
namespace {

constexpr std::size_t kWorthKeeping = 2000;  // bytes; beyond it the documents themselves tell

void erase_pointer(json& document, const std::string& pointer) {
    try {
        const json::json_pointer where(pointer);
        if (where.empty() || !document.contains(where)) return;
        json& parent = document.at(where.parent_pointer());
        if (parent.is_object())
            parent.erase(where.back());
        else
            document.at(where) = nullptr;  // an array keeps its length, so that other elements stay where they are
    } catch (const json::exception&) {
        // The document has another shape here: what can't be reached can't be mapped either.
    }
}

json unmapped(const Mapping& mapping, const std::string& text) {
    json document = parse_exact(text);
    for (const Field& field : mapping.fields) {
        if (field.pointers.empty()) erase_pointer(document, "/" + field.name);
        for (const std::string& pointer : field.pointers) erase_pointer(document, pointer);
    }
    if (document.is_object())
        for (const std::string& member : mapping.ignore) document.erase(member);
    return document;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> unmapped_difference(const Mapping& mapping,
                                                                       const std::string& old_doc,
                                                                       const std::string& new_doc) {
    const json before = unmapped(mapping, old_doc);
    const json after = unmapped(mapping, new_doc);
    if (before == after) return std::nullopt;
    json old_part = json::object(), new_part = json::object();
    if (before.is_object() && after.is_object()) {
        for (const auto& [name, value] : before.items())
            if (!after.contains(name) || after.at(name) != value) old_part[name] = value;
        for (const auto& [name, value] : after.items())
            if (!before.contains(name) || before.at(name) != value) new_part[name] = value;
    }
    std::string old_text = dump_exact(old_part), new_text = dump_exact(new_part);
    if (old_text.size() + new_text.size() > kWorthKeeping) return std::make_pair(std::string(), std::string());
    return std::make_pair(std::move(old_text), std::move(new_text));
}

}  // namespace bindery
