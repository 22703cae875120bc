#pragma once
// The lists of a lead as they come: arrays, texts that hold JSON arrays, or flat names with numbers. Pure.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

using json = nlohmann::json;

// The members of the list `name` ("drivers") of `raw`, at most `most` of them. A member without any value is left out where the list
// comes as flat names ("driver1_gender", "driver_2_gender"). `given`: there's such a list, whatever it holds; `fits`: it can be read.
struct SaleList {
    bool given = false;
    bool fits = false;
    json members = json::array();
    std::vector<int> numbers;  // of each member, from 1: as its flat name says, else its place
};
SaleList sale_list(const json& raw, const std::string& name, std::size_t most);

// Whether the member `flat` of an object belongs to its list `name`: "vehicle2_make" to "vehicles".
bool belongs_to_list(std::string_view flat, std::string_view name);

bool is_blank_value(const json& value);  // null, or a text of white space
bool says_none(const json& value);       // a text such as "None", "no", "N/A"
// {"type": "None"} and nothing more, beside the driver's number: what a form writes where there was no incident.
bool is_no_incident(const json& member);
json shallow_copy(const json& value);    // scalars; of an array or object an empty one, so that depth is no danger

}  // namespace bindery
