#include "config/load_fields.h"

#include <set>

#include "config/reader.h"
#include "config/scalar.h"

namespace bindery {

namespace {

const std::set<std::string, std::less<>> kReservedColumns{"key",     "doc",        "hash",  "doc_hash",
                                                          "read_at", "removed_at", "rowid", "oid"};

}  // namespace

std::string pointer_of(const std::string& text) {
    return parse_pointer(text).value.value_or("");
}

Field read_field(const Member& member) {
    const Reader read(member.value.get());
    const bool bare = member.value->kind == Tree::Kind::scalar;
    Field field;
    field.name = member.name;
    field.type = field_type(bare ? member.value->text : read.text("type", "text")).value_or(FieldType::text);
    field.required = read.flag("required", false);
    field.match = read.flag("match", false);
    for (const std::string& text : read.texts("from")) field.pointers.push_back(pointer_of(text));
    field.values = read.texts("values");
    if (field.pointers.empty()) field.pointers.push_back("/" + member.name);
    return field;
}

void check_field_names(const std::vector<Member>& members, const Mapping& mapping, Faults& faults) {
    std::set<std::string> names;
    for (const Field& field : mapping.fields) names.insert(field.name);
    for (const Member& member : members) {
        const Tree* type = member.value->find("type");
        if (member.value->find("values") != nullptr && type != nullptr && type->text != "text") faults.add(member.value->find("values")->place, "`values` is for text; `" + member.name + "` is " + type->text);
        if (kReservedColumns.contains(member.name)) {
            faults.add(member.place, "`" + member.name +
                                          "` is a column of every dataset; choose another name and say `from: " +
                                          member.name + "`");
        }
        for (const std::string suffix : {"_key", "_cents"}) {
            if (!member.name.ends_with(suffix)) continue;
            const std::string base = member.name.substr(0, member.name.size() - suffix.size());
            if (names.contains(base))
                faults.add(member.place,
                            "`" + member.name + "` is a column that `" + base + "` may have; choose another name");
        }
    }
}

}  // namespace bindery
