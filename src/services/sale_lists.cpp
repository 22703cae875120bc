#include "services/sale_lists.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "services/sale_words.h"

namespace bindery {
namespace {

constexpr std::size_t kLongestListText = 1 << 16;

struct FlatName {
    int number = 0;
    std::string_view rest;
};

// "driver2_gender" and "driver_2_gender" of "drivers": 2, "gender".
std::optional<FlatName> flat_name(std::string_view member, std::string_view list) {
    const auto one = list.substr(0, list.size() - 1);
    if (!member.starts_with(one)) return std::nullopt;
    member.remove_prefix(one.size());
    if (member.starts_with('_')) member.remove_prefix(1);
    const auto under = member.find('_');
    if (under == std::string_view::npos || under + 1 == member.size() || under > 2) return std::nullopt;
    const int number = small_number(member.substr(0, under));
    if (number < 1) return std::nullopt;
    return FlatName{number, member.substr(under + 1)};
}

// An array's members are objects of scalars and of lists of such: two levels are all that a lead has below a list.
json list_copy(const json& value, int levels) {
    if (!value.is_structured() || levels == 0) return shallow_copy(value);
    json copy = shallow_copy(value);
    if (value.is_array()) {
        const auto end = value.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(value.size(), 10));
        for (auto member = value.begin(); member != end; ++member) copy.push_back(list_copy(*member, levels - 1));
    } else {
        for (const auto& [name, member] : value.items()) copy[name] = list_copy(member, levels - 1);
    }
    return copy;
}

std::optional<json> list_in_text(const std::string& text) {
    const auto inner = trim(text);
    if (!inner.starts_with('[') || inner.size() > kLongestListText) return std::nullopt;
    try {
        return parse_exact(inner);
    } catch (const Error&) {
        return std::nullopt;
    }
}

void take_array(const json& array, std::size_t most, SaleList& list) {
    constexpr int kLevels = 3;
    list.fits = true;
    for (std::size_t i = 0; i < std::min(array.size(), most); ++i) {
        list.members.push_back(list_copy(array[i], kLevels));
        list.numbers.push_back(static_cast<int>(i) + 1);
    }
}

void take_flat(const json& raw, const std::string& name, std::size_t most, SaleList& list) {
    std::map<int, json> members;
    for (const auto& [member, value] : raw.items()) {
        const auto flat = flat_name(member, name);
        if (!flat || is_blank_value(value)) continue;
        members[flat->number][std::string(flat->rest)] = shallow_copy(value);
    }
    list.given = list.fits = !members.empty();
    for (auto& [number, member] : members) {
        if (list.members.size() >= most) break;
        list.members.push_back(std::move(member));
        list.numbers.push_back(number);
    }
}

}  // namespace

SaleList sale_list(const json& raw, const std::string& name, std::size_t most) {
    SaleList list;
    const auto found = raw.find(name);
    if (found == raw.end() || is_blank_value(*found)) {
        take_flat(raw, name, most, list);
        return list;
    }
    list.given = true;
    if (found->is_array()) {
        take_array(*found, most, list);
    } else if (found->is_string()) {
        if (const auto array = list_in_text(found->get_ref<const std::string&>())) take_array(*array, most, list);
    }
    return list;
}

bool belongs_to_list(std::string_view flat, std::string_view name) {
    return flat_name(flat, name).has_value();
}

bool is_blank_value(const json& value) {
    return value.is_null() || (value.is_string() && trim(value.get_ref<const std::string&>()).empty());
}

bool says_none(const json& value) {
    if (!value.is_string()) return false;
    const auto key = word_key(value.get_ref<const std::string&>());
    return key == "none" || key == "no" || key == "n_a" || key == "na" || key == "no_incident" || key == "no_incidents";
}

bool is_no_incident(const json& member) {
    if (!member.is_object() || !member.contains("type") || !says_none(member["type"])) return false;
    const auto items = member.items();
    return std::all_of(items.begin(), items.end(), [](const auto& item) { return item.key() == "type" || item.key() == "driver" || is_blank_value(item.value()); });
}

json shallow_copy(const json& value) {
    if (value.is_array()) return json::array();
    if (value.is_object()) return json::object();
    return value;
}

}  // namespace bindery
