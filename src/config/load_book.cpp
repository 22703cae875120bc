#include "config/read_file.h"
#include "config/reader.h"
#include "core/json_pointer.h"

namespace bindery {

std::optional<Book> read_book(const std::filesystem::path& file, const Environment& environment, Faults& faults) {
    const auto tree = read_checked(file, "book", environment, faults);
    if (!tree) return std::nullopt;
    const Reader read(tree.get());
    Faults own;
    Book book;
    book.name = read.text("book");
    book.file = shown_path(file);
    book.authority = read.text("authority") == "here" ? Authority::here : Authority::outside;
    book.full = read.flag("full", true);
    for (const auto& item : read.items("key")) {
        std::vector<std::string>& key = book.keys.emplace_back();
        for (const auto& part : item->items) key.push_back(part->text);
    }
    book.mapping.dataset = "book." + book.name;
    book.mapping.key_pointers = {"/key"};
    book.mapping.ignore = read.texts("ignore");
    for (const Member& member : read.members("fields")) {
        Field field;
        field.name = member.name;
        const Reader described(member.value.get());
        const bool plain = member.value->kind == Tree::Kind::scalar;
        field.type = field_type(plain ? member.value->text : described.text("type", "text")).value_or(FieldType::text);
        if (!plain) {
            field.required = described.flag("required", false);
            field.match = described.flag("match", false);
            for (const auto& name : described.texts("from")) field.pointers.push_back("/" + pointer_token_of(name));
        }
        if (field.pointers.empty()) field.pointers.push_back("/" + pointer_token_of(field.name));
        book.mapping.fields.push_back(std::move(field));
    }
    check_file_name(file, "book", book.name, read.place("book"), own);
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return book;
}

}  // namespace bindery
