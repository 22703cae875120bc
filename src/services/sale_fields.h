#pragma once
// The fields of a sale to Autobind: one table that says where each may stand, whether it must, and what it holds. The bodies
// (sale_bodies.h), the JSON Schemas and the rules (sale_rules.h), the tidying (sale_tidy.h) and the tests all read this table;
// no field is named twice. Pure data, made before main.
#include <span>
#include <string>
#include <string_view>

namespace bindery {

enum class SaleMedia { lead, call };
enum class SaleStep { ping, post };

enum class SaleKind {
    text,
    word,       // one of `words`
    flag,       // true or false
    number,     // from `low` to `high`; no upper end when it is 0
    phone,      // ten digits
    state,      // the capitals of a US state
    place,      // the same, or a country's name
    zip,        // five digits
    day,        // YYYY-MM-DD
    birth_day,  // a day that makes its person as old as `low` to `high`
    last_day,   // a day from today to one year from now
    moment,     // YYYY-MM-DDTHH:MM:SSZ
    email,
    vin,
    tracking,   // letters, digits, - and _
    proof,      // the https address of a TrustedForm certificate
    network,    // an IPv4 or IPv6 address
    list        // of objects with `members`, from `low` to `high` of them
};

enum class SaleUse { none, optional, required };

struct SaleField {
    std::string_view name;
    // Four letters in the order lead ping, lead post, call ping, call post: R required, O optional, - not allowed. In a
    // list: of the members of an object that is there.
    std::string_view uses;
    SaleKind kind = SaleKind::text;
    int low = 0;   // text: fewest characters; see SaleKind for the others
    int high = 0;  // text: most characters
    std::span<const std::string_view> words = {};
    std::span<const SaleField> members = {};

    SaleUse use(SaleMedia media, SaleStep step) const;
    bool in(SaleMedia media, SaleStep step) const { return use(media, step) != SaleUse::none; }
    bool in(SaleMedia media) const { return in(media, SaleStep::ping) || in(media, SaleStep::post); }
    // Of this step alone, in this media: bid parameters of the ping, personal data of the post.
    bool only(SaleMedia media, SaleStep step) const;
};

std::span<const SaleField> sale_fields();  // the top level; `drivers`, their `incidents` and `vehicles` are lists in it
const SaleField* sale_field(std::span<const SaleField> fields, std::string_view name);  // nullptr when there's none

const char* sale_media_name(SaleMedia media);

}  // namespace bindery
