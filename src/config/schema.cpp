// The tables of keys as JSON Schema (draft 7). No `pattern` and no `format`: they are slow or unsafe in validators.
#include "config/keys.h"
#include "config/load.h"

namespace bindery {

namespace {

json schema_of(const Shape& shape);

json table_schema(const Shape& shape) {
    json out{{"type", "object"}, {"additionalProperties", false}};
    json properties = json::object();
    json required = json::array();
    for (const Key& key : shape.keys) {
        json property = schema_of(key.shape);
        property["description"] = key.about;
        properties[key.name] = std::move(property);
        if (key.required) required.push_back(key.name);
    }
    out["properties"] = std::move(properties);
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

// A number may also be written as ${VAR}, which is a string to an editor.
json number_or_variable(const char* type) {
    return {{"type", json::array({type, "string"})}};
}

json schema_of(const Shape& shape) {
    switch (shape.kind) {
        case Kind::anything:
            return json::object();
        case Kind::any_map:
            return {{"type", "object"}};
        case Kind::word:
            return {{"enum", shape.words}};
        case Kind::flag:
            return number_or_variable("boolean");
        case Kind::share:
        case Kind::count_or_share:
        case Kind::size:
            return number_or_variable("number");
        case Kind::text:
            return {{"type", json::array({"string", "number", "boolean"})}};
        case Kind::integer: {
            json out = number_or_variable("integer");
            out["minimum"] = shape.least;
            out["maximum"] = shape.most;
            return out;
        }
        case Kind::list: {
            json out{{"type", "array"}, {"items", schema_of(shape.of.front())}, {"maxItems", shape.most}};
            if (shape.least > 0) out["minItems"] = shape.least;
            return out;
        }
        case Kind::map: {
            json out{{"type", "object"},
                     {"additionalProperties", schema_of(shape.of.front())},
                     {"maxProperties", shape.most}};
            if (shape.least > 0) out["minProperties"] = shape.least;
            return out;
        }
        case Kind::table:
            return table_schema(shape);
        case Kind::either: {
            json ways = json::array();
            for (const Shape& way : shape.of) ways.push_back(schema_of(way));
            return {{"anyOf", std::move(ways)}};
        }
        case Kind::step: {
            json ways = json::array();
            for (const Shape& way : shape.of) ways.push_back(table_schema(way));
            return {{"oneOf", std::move(ways)}};
        }
        default:
            return {{"type", "string"}};
    }
}

}  // namespace

json schema(std::string_view kind) {
    json out = schema_of(file_shape(kind));
    out["$schema"] = "http://json-schema.org/draft-07/schema#";
    out["title"] = kind == "bindery" ? "Bindery: settings" : "Bindery: a " + std::string(kind) + " file";
    return out;
}

}  // namespace bindery
