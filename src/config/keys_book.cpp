// The agency's own books, and how the CSVs of other programs become them: the keys and what they mean.
#include "config/keys.h"
#include "core/field.h"

namespace bindery {

namespace {

Shape fold() {
    const Shape fields = list_of(scalar(Kind::name), 1, 20);
    return table({
        {"latest", scalar(Kind::name), "A date: where the rows have it, the latest one is the record."},
        {"lead", scalar(Kind::name), "A money or integer field: else the row with the largest leads. Default: the first of `add`."},
        {"add", fields, "Money or integer fields that are summed over the rows."},
        {"join", fields, "Text fields that list each value once."},
        {"same", fields, "Fields by which rows of one key are told for two records: where two rows state different values, all are rejected."},
        {"one_of", list_of(list_of(scalar(Kind::name), 1, 6), 1, 6),
         "Lists of fields by which a record is known: a row of a later file is rejected with another name than the book's record, unless phone or e-mail is the same and none of them another, and with two others, unless one is the same. With a single list, that one decides."},
    });
}

std::vector<Key> cell_source() {
    const Shape headers = either({scalar(Kind::text), list_of(scalar(Kind::text), 1, 40)});
    return {
        {"from", headers, "The header, in any of its spellings. Case, spaces and punctuation don't count."},
        {"join", list_of(headers, 2, 6), "Several columns that make one value, in this order."},
        {"with", scalar(Kind::text), "What stands between joined cells. Default: a space."},
        {"take", word({"all", "name", "first", "last"}),
         "Of a cell like \"Last, First\": as it is, First Last, or one half. Default: all."},
    };
}

Shape column() {
    const Shape headers = either({scalar(Kind::text), list_of(scalar(Kind::text), 1, 40)});
    std::vector<Key> keys = cell_source();
    const Shape other = table(cell_source());
    keys.push_back({"otherwise", either({other, list_of(other, 1, 6)}), "Where to look when that cell is blank or the column isn't there; or a list of such places."});
    keys.push_back({"words", free_map_of(scalar(Kind::text)), "The file's words, each with what it is in the book. Case doesn't count; other words stay as they are."});
    keys.push_back({"type", word(field_type_names()), "The field's type in the book, said again for the reader."});
    Shape all = headers;
    all.of.push_back(table(std::move(keys)));
    return all;
}

}  // namespace

Shape book_shape() {
    const Shape type = word(field_type_names());
    const Shape field = either({type, table({
                                          {"type", type, "How the value is read and compared. Default: text."},
                                          {"required", scalar(Kind::flag), "A row without it can't land. Default: false."},
                                          {"match", scalar(Kind::flag), "Adds the indexed column NAME_key to match and join by. Default: false."},
                                      })});
    return table({
        {"book", scalar(Kind::name), "The book's name; its dataset is book.NAME, the file is called NAME.yaml.", true},
        {"about", scalar(Kind::text), "What it is, in a sentence."},
        {"authority", word({"outside", "here"}), "outside: another program's book, corrected by lists; here: ours, written into.", true},
        {"full", scalar(Kind::flag), "Does an import stand for the whole book? Default: true with authority outside, else false."},
        {"key", list_of(list_of(scalar(Kind::name), 1, 6), 1, 10), "Lists of fields: the first whose parts all are there makes a record's key.", true},
        {"max_removed", scalar(Kind::count_or_share), "A full import that would remove more is refused. Default: 10%."},
        {"fields", map_of(field, 1, 60), "The columns, in their order: name, then type or a map.", true},
        {"fold", fold(), "How several rows of one key become one record. Default: they are rejected."},
        {"ignore", list_of(scalar(Kind::text), 0, 50), "Members whose change is no change."},
    });
}

Shape csv_shape() {
    return table({
        {"profile", scalar(Kind::name), "The profile's name; the file is called NAME.yaml.", true},
        {"about", scalar(Kind::text), "Which program's report it is for, in a sentence."},
        {"into", scalar(Kind::name), "The book that it fills.", true},
        {"columns", map_of(column(), 0, 60),
         "Field of the book: its header, in one or several spellings, or a map. A field's own name is always one.", true},
        {"dates", word({"mdy", "dmy"}), "How 3/4/2026 is meant. Default: mdy."},
        {"timezone", scalar(Kind::zone), "The zone of times that state no offset, as 11/28/2026 9:15. Default: none, and such times can't be read."},
        {"delimiter", word({"comma", "semicolon", "tab", "bar"}), "What stands between cells. Default: told from the first rows."},
        {"encoding", word({"utf-8", "windows-1252"}), "Default: told from the whole file."},
    });
}

}  // namespace bindery
