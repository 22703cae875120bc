#pragma once
// A document as received becomes a record: its key, its canonical fields, its hash. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/exact_json.h"
#include "core/field.h"
#include "core/flat_row.h"

namespace bindery {

struct Field {
    std::string name;
    FieldType type = FieldType::text;
    bool required = false;
    bool match = false;                 // gets an indexed NAME_key column
    std::vector<std::string> pointers;  // RFC 6901, the first that leads to something not blank wins; default "/NAME"
    std::vector<std::string> values{};  // of text: all that the service takes there; empty: anything. What it sends is kept whatever it is
};

struct Mapping {
    std::string dataset;  // service.resource or book.NAME
    std::vector<std::string> key_pointers;  // the first that leads to something not blank wins
    std::vector<std::vector<std::string>> key_fields;  // of a book, instead: lists of fields (core/record_key.h)
    std::vector<Field> fields;
    std::vector<std::string> ignore;  // top-level members that don't count as a change, e.g. updated_at
    std::string window_field;         // a date field: rows gone after that date left the list as time passed; or empty
    // Changes when any stored column would come out otherwise; kept in the store to know when to rebuild.
    std::string signature() const;
};

struct FieldFault {
    std::size_t field;   // index into Mapping::fields
    std::string reason;  // "premium: isn't an amount of money"
};

struct MappedRecord {
    std::string key;                                 // empty: no key, see `reject`
    std::vector<std::optional<std::string>> values;  // canonical, one a field
    std::string hash;                                // 32 hex digits: canonical fields and unknown members, less `ignore`
    std::vector<FieldFault> faults;                  // unreadable values of fields that aren't required: stored as blank
    std::string reject;                              // why the record can't land (no key, required field missing or unreadable)
};

MappedRecord map_record(const Mapping& mapping, const json& document);

// The documents of rows: an object of texts, members in order, blank ones left out.
class FlatDocuments {
  public:
    explicit FlatDocuments(const Mapping& mapping);
    std::string of(const FlatRow& row) const;

  private:
    struct Member {
        std::size_t field;
        std::string name;
        std::string opening;  // "name": as JSON
    };
    std::vector<Member> members_;  // by name
};
std::string flat_document(const Mapping& mapping, const FlatRow& row);  // of one
// What map_record makes of its document, without the tree between.
MappedRecord map_flat(const Mapping& mapping, const FlatRow& row);

// Hash of the bytes as received: equal means nothing changed and nothing needs mapping.
std::int64_t document_hash(std::string_view document);

// The cheap look at a document of a page: its key, as map_record has it, and which mapped fields it carries (not null,
// not blank), without building a tree. Throws Error(service) when the document isn't valid JSON.
struct Glance {
    std::string key;
    std::uint64_t present = 0;  // bit i: field i (mappings have at most 64 fields)
    bool is_object = false;
    bool is_json = true;  // false: kept without a look, for quarantine
};
Glance glance(const Mapping& mapping, std::string_view document);

}  // namespace bindery
