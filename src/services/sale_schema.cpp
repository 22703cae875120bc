#include "services/sale_schema.h"

#include <map>
#include <memory>
#include <tuple>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace bindery {
namespace {

using SchemaKey = std::tuple<const SaleField*, SaleMedia, SaleSteps>;
using SchemaSet = std::map<SchemaKey, std::unique_ptr<valijson::Schema>>;

json member_schema(const SaleField& field) {
    switch (field.kind) {
        case SaleKind::flag:
            return {{"type", "boolean"}};
        case SaleKind::number: {
            json schema = {{"type", "number"}, {"minimum", field.low}};
            if (field.high != 0) schema["maximum"] = field.high;
            return schema;
        }
        case SaleKind::word:
            return {{"type", "string"}, {"enum", std::vector<std::string>(field.words.begin(), field.words.end())}};
        case SaleKind::list:
            return {{"type", "array"}, {"minItems", field.low}, {"maxItems", field.high}};
        case SaleKind::text:
        case SaleKind::place:
        case SaleKind::email:
        case SaleKind::tracking:
        case SaleKind::proof:
            return {{"type", "string"}, {"maxLength", field.high}};
        default:  // of a form that fixes its length (sale_values.cpp)
            return {{"type", "string"}};
    }
}

std::unique_ptr<valijson::Schema> compile(const json& text) {
    auto schema = std::make_unique<valijson::Schema>();
    const valijson::adapters::NlohmannJsonAdapter adapter(text);
    valijson::SchemaParser().populateSchema(adapter, *schema);
    return schema;
}

void compile_all(std::span<const SaleField> fields, SchemaSet& into) {
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        for (const auto steps : {SaleSteps::ping, SaleSteps::post, SaleSteps::both})
            into.emplace(SchemaKey(fields.data(), media, steps), compile(sale_schema(fields, media, steps)));
    }
    for (const auto& field : fields) {
        if (field.kind == SaleKind::list) compile_all(field.members, into);
    }
}

const valijson::Schema& compiled(std::span<const SaleField> fields, SaleMedia media, SaleSteps steps) {
    static const SchemaSet kSchemas = [] {
        SchemaSet all;
        compile_all(sale_fields(), all);
        return all;
    }();
    return *kSchemas.at(SchemaKey(fields.data(), media, steps));
}

}  // namespace

SaleSteps steps_of(SaleStep step) {
    return step == SaleStep::ping ? SaleSteps::ping : SaleSteps::post;
}

bool sale_takes(const SaleField& field, SaleMedia media, SaleSteps steps) {
    return (steps != SaleSteps::post && field.in(media, SaleStep::ping)) ||
           (steps != SaleSteps::ping && field.in(media, SaleStep::post));
}

bool sale_needs(const SaleField& field, SaleMedia media, SaleSteps steps) {
    return (steps != SaleSteps::post && field.use(media, SaleStep::ping) == SaleUse::required) ||
           (steps != SaleSteps::ping && field.use(media, SaleStep::post) == SaleUse::required);
}

json sale_schema(std::span<const SaleField> fields, SaleMedia media, SaleSteps steps) {
    json properties = json::object(), required = json::array();
    for (const auto& field : fields) {
        if (!sale_takes(field, media, steps)) continue;
        properties[std::string(field.name)] = member_schema(field);
        if (sale_needs(field, media, steps)) required.push_back(field.name);
    }
    return {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"type", "object"},
            {"properties", properties},
            {"required", required},
            {"additionalProperties", false}};
}

std::set<std::string> schema_misfits(std::span<const SaleField> fields, SaleMedia media, SaleSteps steps, const json& picture) {
    const auto& schema = compiled(fields, media, steps);
    const valijson::adapters::NlohmannJsonAdapter adapter(picture);
    if (valijson::Validator().validate(schema, adapter, nullptr)) return {};
    valijson::ValidationResults results;
    valijson::Validator().validate(schema, adapter, &results);
    std::set<std::string> members;
    for (const auto& error : results) {  // the context is <root>, [member]; <root> alone is about what is missing or too much
        if (error.context.size() > 1) members.insert(error.context[1].substr(1, error.context[1].size() - 2));
    }
    return members;
}

}  // namespace bindery
