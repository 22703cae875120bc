#include <set>

#include "config/load_csv.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "core/field.h"

namespace bindery {

namespace {

HeaderNames header_names(const Tree& tree) {
    HeaderNames names;
    if (tree.kind == Tree::Kind::scalar) names.push_back(tree.text);
    for (const auto& item : tree.items) names.push_back(item->text);
    return names;
}

NamePart name_part(const std::string& word) {
    if (word == "name") return NamePart::name;
    if (word == "first") return NamePart::first;
    return word == "last" ? NamePart::last : NamePart::all;
}

CellSource read_source(const Reader& read, const Place& place, Faults& faults) {
    CellSource source;
    if (read.has("from") == read.has("join")) faults.add(place, "say either `from` (one column) or `join` (several)");
    if (const Tree* from = read.find("from")) source.parts.push_back(header_names(*from));
    for (const auto& item : read.items("join")) source.parts.push_back(header_names(*item));
    if (read.has("with") && !read.has("join")) faults.add(read.key_place("with"), "`with` needs `join`");
    source.with = read.text("with", source.with);
    source.take = name_part(read.text("take"));
    return source;
}

ColumnRule read_column(const Member& member, Faults& faults) {
    ColumnRule rule;
    rule.field = member.name;
    if (member.value->kind != Tree::Kind::map) {
        rule.ways.push_back({{header_names(*member.value)}, " ", NamePart::all});
        return rule;
    }
    const Reader read(member.value.get());
    rule.ways.push_back(read_source(read, member.place, faults));
    std::set<std::string> said;
    for (const Member& word : read.members("words")) {
        const std::string folded = match_key(FieldType::text, word.name).value_or("");
        if (folded.empty()) faults.add(word.place, "a blank cell isn't stated: it has no word");
        else if (!said.insert(folded).second) faults.add(word.place, "`" + word.name + "` is there already; case and spaces don't count");
        rule.words.emplace_back(folded, word.value->text);
    }
    if (const Tree* other = read.find("otherwise")) {
        if (other->kind == Tree::Kind::map) rule.ways.push_back(read_source(Reader(other), other->place, faults));
        for (const auto& item : other->items) rule.ways.push_back(read_source(Reader(item.get()), item->place, faults));
    }
    return rule;
}

char delimiter_of(const std::string& word) {
    if (word == "comma") return ',';
    if (word == "semicolon") return ';';
    if (word == "tab") return '\t';
    return word == "bar" ? '|' : '\0';
}

}  // namespace

std::optional<ProfileFile> read_csv_profile(const std::filesystem::path& file, const Variables& variables, Faults& faults) {
    const auto tree = read_checked(file, "csv", variables, faults);
    if (!tree) return std::nullopt;
    const Reader read(tree.get());
    Faults own;
    ProfileFile found;
    CsvProfile& profile = found.profile;
    profile.name = read.text("profile");
    profile.file = shown_path(file);
    profile.about = read.text("about");
    profile.into = read.text("into");
    found.into = read.place("into");
    for (const Member& member : read.members("columns")) {
        profile.columns.push_back(read_column(member, own));
        found.columns.push_back(member.place);
        const Tree* type = Reader(member.value.get()).find("type");
        found.types.push_back(type ? type->text : std::string());
    }
    profile.dates = read.text("dates") == "dmy" ? DateOrder::dmy : DateOrder::mdy;
    profile.timezone = read.text("timezone");
    profile.delimiter = delimiter_of(read.text("delimiter"));
    profile.encoding = read.text("encoding");
    check_file_name(file, "profile", profile.name, read.place("profile"), own);
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return found;
}

void check_profile(const ProfileFile& found, const std::map<std::string, Book>& books, Faults& faults) {
    const CsvProfile& profile = found.profile;
    std::vector<std::string> names;
    for (const auto& [name, book] : books) names.push_back(name);
    const auto book = books.find(profile.into);
    if (book == books.end()) {
        const std::string near = did_you_mean(profile.into, names);
        faults.add(found.into, "there is no book `" + profile.into + "`" + (near.empty() && !names.empty() ? "; there are " + listed(names) : near));
        return;
    }
    std::map<std::string, FieldType> fields;
    std::vector<std::string> known;
    for (const Field& field : book->second.mapping.fields) {
        fields.emplace(field.name, field.type);
        known.push_back(field.name);
    }
    for (std::size_t i = 0; i < profile.columns.size(); ++i) {
        const std::string& name = profile.columns[i].field;
        const auto field = fields.find(name);
        if (field == fields.end()) {
            faults.add(found.columns[i], "the book `" + profile.into + "` has no field `" + name + "`" + did_you_mean(name, known));
        } else if (!found.types[i].empty() && found.types[i] != field_type_name(field->second)) {
            faults.add(found.columns[i], "`" + name + "` is " + field_type_name(field->second) + " in the book `" + profile.into +
                                             "`, not " + found.types[i] + "; types are the book's");
        }
    }
}

}  // namespace bindery
