#pragma once
// One table of keys a file kind. The checker (check.h), the messages and the JSON Schemas (schema.cpp) all walk it, so
// they can't tell different stories. What a key means beyond its own value is checked where the structs are made.
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

enum class Kind {
    text,            // any scalar
    sql,             // text that isn't blank
    name,            // small letters, digits, _
    job_name,        // the same with -
    dotted,          // service.resource
    secret,          // the name of a secret; never quoted in a message
    word,            // one of `words`
    integer,         // from `least` to `most`
    share,           // 10% or 0.1
    count_or_share,  // 50 or 10%
    duration,        // at least `least` milliseconds
    keep,            // 90d, 7y or forever; at least `least` days
    size,            // 32MiB
    flag,            // true, false
    pointer,         // JSON pointer, or "" for the whole
    member,          // a member's name or a JSON pointer
    url,      // that paths come behind
    address,  // that is called as it is; may have a query
    call,  // GET /clients/{id}
    cron,
    zone,
    file,  // a path; relative to the file's folder
    anything,
    any_map,  // a map of anything
    list,     // of[0]; at least `least` items, at most `most`
    map,      // names → of[0]; at least `least`, at most `most`
    table,    // keys
    either,   // the first of `of` that fits a scalar, a list or a map
    step      // of: tables; the first key of the map says which
};

struct Key;

struct Shape {
    Kind kind = Kind::text;
    std::vector<std::string> words;
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    bool free_names = false;  // of a map: any name, not only small letters
    std::vector<Shape> of;
    std::vector<Key> keys;
};

struct Key {
    std::string name;
    Shape shape;
    std::string about;
    bool required = false;
};

// "bindery", "service", "book", "csv" or "job"; throws Error(internal) for another kind.
const Shape& file_shape(std::string_view kind);

Shape settings_shape();
Shape service_shape();
Shape job_shape();
Shape book_shape();
Shape csv_shape();

Shape scalar(Kind kind);
Shape word(std::vector<std::string> words);
Shape integer(std::int64_t least, std::int64_t most);
Shape duration(std::int64_t least_milliseconds);
Shape list_of(Shape item, std::int64_t least = 0, std::int64_t most = 1000);
Shape map_of(Shape item, std::int64_t least = 0, std::int64_t most = 1000);
Shape free_map_of(Shape item);
Shape table(std::vector<Key> keys);
Shape either(std::vector<Shape> shapes);

// What a value of this shape looks like, for "must be …".
std::string described(const Shape& shape);

}  // namespace bindery
