// A book of the agency's own: the keys and what they mean.
#include "config/keys.h"
#include "core/field.h"

namespace bindery {

Shape book_shape() {
    const Shape type = word(field_type_names());
    const Shape member = either({scalar(Kind::member), list_of(scalar(Kind::member), 1, 10)});
    const Shape field = either({type, table({
                                          {"type", type, "How the value is read and compared. Default: text."},
                                          {"required", scalar(Kind::flag), "A row without it can't land. Default: false."},
                                          {"match", scalar(Kind::flag), "Adds the indexed column NAME_key to match and join by. Default: false."},
                                          {"from", member, "The member of the document. Default: the field's own name."},
                                      })});
    return table({
        {"book", scalar(Kind::name), "The book's name; its dataset is book.NAME.", true},
        {"about", scalar(Kind::text), "What it is, in a sentence."},
        {"authority", word({"outside", "here"}), "outside: another program's book, corrected by lists; here: ours, written into.", true},
        {"full", scalar(Kind::flag), "Does an import stand for the whole book? Default: true."},
        {"key", list_of(list_of(scalar(Kind::name), 1, 6), 1, 10), "Lists of fields: the first whose parts all are there makes a record's key.", true},
        {"max_removed", scalar(Kind::count_or_share), "A full import that would remove more is refused. Default: 10%."},
        {"fields", map_of(field, 1, 60), "The columns, in their order: name, then type or a map.", true},
        {"fold", scalar(Kind::any_map), "How several rows of one key become one record."},
        {"ignore", list_of(scalar(Kind::text), 0, 50), "Members whose change is no change."},
    });
}

}  // namespace bindery
