#pragma once
// Bodies and paths with `{name}` places. A JSON string that is one `{name}` alone takes the value with its JSON type (a
// null member is left out of its object); `{name:json}` alone takes a text as the JSON that it holds; elsewhere the value's text goes in. `{{` and `}}` stand for braces. Pure.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

namespace bindery {

using json = nlohmann::json;
using Values = std::map<std::string, json, std::less<>>;

// Names used anywhere in a JSON tree or string. Throws Error(config) for an unbalanced brace or an empty name.
std::set<std::string> template_names(const json& body);
json render(const json& body, const Values& values);
// For URL paths: each value is percent-encoded; a blank value throws Error(config) (it would call another resource).
std::string render_path(std::string_view path, const Values& values);
std::string percent_encode(std::string_view text);

}  // namespace bindery
