#include "engine/correction_call.h"

#include <algorithm>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/json_pointer.h"

namespace bindery {
namespace {

std::string pointer_of(const Field& field) { return field.pointers.empty() ? "/" + pointer_token_of(field.name) : field.pointers.front(); }

const json* shown_in(const json& document, const Field& field) {
    if (field.pointers.empty()) return find_pointer(document, pointer_of(field));
    for (const auto& pointer : field.pointers) {
        const json* value = find_pointer(document, pointer);
        if (value != nullptr && !value->is_null()) return value;
    }
    return nullptr;
}

// Where the record shows the field, so that a correction goes where the service keeps it.
std::string place_in(const json& document, const Field& field) {
    for (const auto& pointer : field.pointers) {
        if (find_pointer(document, pointer) != nullptr) return pointer;
    }
    return pointer_of(field);
}

// Money stays a number, digit for digit, unless the service shows it as text.
json typed(const Field& field, const std::string& text, const json* shown) {
    const bool stated = shown != nullptr && !shown->is_null();
    const bool numeric = field.type == FieldType::money || field.type == FieldType::integer;
    if (stated ? is_number(*shown) : numeric) return exact_number(text);
    if (field.type == FieldType::boolean && (!stated || shown->is_boolean())) return text == "true";
    if (field.type == FieldType::json_value) return parse_exact(text);
    return text;
}

void put_at(json& body, std::string_view pointer, json value) {
    json* at = &body;
    while (const auto token = take_pointer_token(pointer)) {
        if (!at->is_object()) *at = json::object();
        at = &(*at)[pointer_token_text(*token)];
    }
    *at = std::move(value);
}

const Field* field_named(const Mapping& mapping, const std::string& name) {
    for (const auto& field : mapping.fields) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

class Maker {
  public:
    explicit Maker(const Correction& c) : c_(c) {}

    CorrectionCall make() {
        CorrectionCall call;
        for (const auto& [name, text] : c_.changes) {
            const Field& field = *field_named(*c_.theirs, name);
            put_at(changed_, place_in(c_.document, field), typed(field, text, shown_in(c_.document, field)));
        }
        try {
            call.path = path();
            call.body = body(call.problem);
        } catch (const Error& error) {
            call.problem = std::string("the request can't be made: ") + error.what();
        }
        return call;
    }

  private:
    json body(std::string& problem) const {
        if (!c_.push->body.empty()) return render(c_.push->body, values());
        json body = changed_;
        if (c_.operation->call.method == "PATCH") return body;
        if (!c_.key.empty()) {
            put_at(body, c_.theirs->key_pointers.front(), c_.key);
            if (const json* id = find_pointer(c_.document, c_.theirs->key_pointers.front()); id != nullptr && is_number(*id)) put_at(body, c_.theirs->key_pointers.front(), *id);
        }
        for (const auto& name : c_.step->match.front()) {
            const Field* field = field_named(*c_.theirs, name);
            const std::string place = place_in(c_.document, *field);
            if (find_pointer(body, place) != nullptr) continue;
            const json* value = shown_in(c_.document, *field);
            const auto text = value == nullptr ? std::nullopt : scalar_text(*value);
            if (!text || text->find_first_not_of(" \t") == std::string::npos) {
                problem = "it can't name its record: " + name + " is blank there";
                return body;
            }
            put_at(body, place, *value);
        }
        return body;
    }

    std::string path() const {
        Values places;
        if (!c_.push->path.empty()) {
            const json given = render(c_.push->path, values());
            for (const auto& [name, value] : given.items()) places[name] = value;
        } else {
            for (const auto& name : template_names(json(c_.operation->call.path))) places[name] = c_.key;
        }
        return render_path(c_.operation->call.path, places);
    }

    // What a template of the job sees: the record as it shall be, its key, what changes.
    Values values() const {
        Values values = c_.fixed;
        for (const auto& field : c_.theirs->fields) {
            const json* shown = shown_in(c_.document, field);
            values[field.name] = shown == nullptr ? json() : *shown;
        }
        for (const auto& [name, text] : c_.changes) {
            const Field& field = *field_named(*c_.theirs, name);
            values[name] = typed(field, text, shown_in(c_.document, field));
        }
        values["key"] = c_.key;
        values["ref"] = c_.ref;
        values["changes"] = changed_;
        return values;
    }

    const Correction& c_;
    json changed_ = json::object();
};

}  // namespace

CorrectionCall correction_call(const Correction& correction) { return Maker(correction).make(); }

}  // namespace bindery
