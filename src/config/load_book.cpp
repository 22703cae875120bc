#include <algorithm>
#include <set>

#include "config/load_fields.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "config/scalar.h"

namespace bindery {

namespace {

class BookReader {
  public:
    BookReader(const Tree& tree, Faults& faults) : read_(&tree), faults_(faults) {}

    Book book() {
        book_.name = read_.text("book");
        book_.about = read_.text("about");
        book_.authority = read_.text("authority") == "here" ? Authority::here : Authority::outside;
        book_.full = read_.flag("full", book_.authority == Authority::outside);
        if (book_.name.ends_with("_all"))
            faults_.add(read_.place("book"), "a book's name can't end in _all: that is the view with removed records");
        read_removed();
        book_.mapping.dataset = "book." + book_.name;
        book_.mapping.ignore = read_.texts("ignore");
        for (const Member& member : read_.members("fields")) book_.mapping.fields.push_back(read_field(member));
        check_field_names(read_.members("fields"), book_.mapping, faults_);
        for (const auto& item : read_.items("key")) read_key(*item);
        read_fold(read_.below("fold"));
        return std::move(book_);
    }

  private:
    void read_removed() {
        const std::string text = read_.text("max_removed");
        if (text.empty()) return;
        if (!text.ends_with('%')) {
            book_.max_removed = {read_.integer("max_removed", 0), -1, -1};
            return;
        }
        book_.max_removed = {0, text == "100%" ? 100 : parse_share(text).value.value_or(0) * 100, -1};
    }

    // The field, or nullptr with a fault at `tree`.
    const Field* field(const Tree& tree, const std::string& what) {
        std::vector<std::string> names;
        for (const Field& each : book_.mapping.fields) {
            if (each.name == tree.text) return &each;
            names.push_back(each.name);
        }
        faults_.add(tree.place, what + " names `" + tree.text + "`, which isn't one of `fields`" + did_you_mean(tree.text, names));
        return nullptr;
    }

    void read_key(const Tree& tree) {
        std::vector<std::string>& key = book_.mapping.key_fields.emplace_back();
        for (const auto& part : tree.items) {
            const Field* found = field(*part, "`key`");
            if (found != nullptr && found->type == FieldType::json_value)
                faults_.add(part->place, "`" + part->text + "` is json: nothing is known by it");
            if (std::find(key.begin(), key.end(), part->text) != key.end())
                faults_.add(part->place, "`" + part->text + "` is in this key already");
            key.push_back(part->text);
        }
    }

    std::string fold_field(const Reader& fold, const char* key, const std::vector<FieldType>& types, const char* kinds) {
        const Tree* tree = fold.find(key);
        if (tree == nullptr) return {};
        check_fold(*tree, key, types, kinds);
        return tree->text;
    }

    void check_fold(const Tree& tree, const char* key, const std::vector<FieldType>& types, const char* kinds) {
        const std::string what = std::string("`fold: ") + key + "`";
        const Field* found = field(tree, what);
        if (found != nullptr && std::find(types.begin(), types.end(), found->type) == types.end())
            faults_.add(tree.place, what + " needs " + kinds + "; `" + tree.text + "` is " + field_type_name(found->type));
    }

    std::vector<std::string> fold_fields(const Reader& fold, const char* key, const std::vector<FieldType>& types, const char* kinds) {
        for (const auto& item : fold.items(key)) check_fold(*item, key, types, kinds);
        return fold.texts(key);
    }

    void read_fold(const Reader& fold) {
        const std::vector<FieldType> counts{FieldType::money, FieldType::integer};
        book_.fold.latest = fold_field(fold, "latest", {FieldType::date, FieldType::datetime}, "a date");
        book_.fold.lead = fold_field(fold, "lead", counts, "money or an integer");
        book_.fold.add = fold_fields(fold, "add", counts, "money or an integer");
        book_.fold.join = fold_fields(fold, "join", {FieldType::text}, "text");
        for (const auto& item : fold.items("same")) field(*item, "`fold: same`");
        book_.fold.same = fold.texts("same");
        for (const auto& part : fold.items("one_of")) {
            auto& names = book_.fold.one_of.emplace_back();
            for (const auto& item : part->items) {
                field(*item, "`fold: one_of`");
                names.push_back(item->text);
            }
        }
        if (book_.fold.lead.empty() && !book_.fold.add.empty()) book_.fold.lead = book_.fold.add.front();
    }

    Reader read_;
    Faults& faults_;
    Book book_;
};

}  // namespace

std::optional<Book> read_book(const std::filesystem::path& file, const Variables& variables, Faults& faults) {
    const auto tree = read_checked(file, "book", variables, faults);
    if (!tree) return std::nullopt;
    Faults own;
    Book book = BookReader(*tree, own).book();
    book.file = shown_path(file);
    check_file_name(file, "book", book.name, Reader(tree.get()).place("book"), own);
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return book;
}

}  // namespace bindery
