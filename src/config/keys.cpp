#include "config/keys.h"

#include "config/faults.h"
#include "core/error.h"

namespace bindery {

const Shape& file_shape(std::string_view kind) {
    static const Shape settings = settings_shape();
    static const Shape service = service_shape();
    static const Shape job = job_shape();
    static const Shape book = book_shape();
    static const Shape csv = csv_shape();
    if (kind == "bindery") return settings;
    if (kind == "service") return service;
    if (kind == "job") return job;
    if (kind == "book") return book;
    if (kind == "csv") return csv;
    throw Error(ErrorCode::internal, "no table of keys is called " + std::string(kind));
}

Shape scalar(Kind kind) {
    Shape shape;
    shape.kind = kind;
    return shape;
}

Shape word(std::vector<std::string> words) {
    Shape shape = scalar(Kind::word);
    shape.words = std::move(words);
    return shape;
}

Shape integer(std::int64_t least, std::int64_t most) {
    Shape shape = scalar(Kind::integer);
    shape.least = least;
    shape.most = most;
    return shape;
}

Shape duration(std::int64_t least_milliseconds) {
    Shape shape = scalar(Kind::duration);
    shape.least = least_milliseconds;
    return shape;
}

Shape list_of(Shape item, std::int64_t least, std::int64_t most) {
    Shape shape = scalar(Kind::list);
    shape.least = least;
    shape.most = most;
    shape.of.push_back(std::move(item));
    return shape;
}

Shape map_of(Shape item, std::int64_t least, std::int64_t most) {
    Shape shape = list_of(std::move(item), least, most);
    shape.kind = Kind::map;
    return shape;
}

Shape free_map_of(Shape item) {
    Shape shape = map_of(std::move(item));
    shape.free_names = true;
    return shape;
}

Shape table(std::vector<Key> keys) {
    Shape shape = scalar(Kind::table);
    shape.keys = std::move(keys);
    return shape;
}

Shape either(std::vector<Shape> shapes) {
    Shape shape = scalar(Kind::either);
    shape.of = std::move(shapes);
    return shape;
}

std::string described(const Shape& shape) {
    switch (shape.kind) {
        case Kind::text:
            return "text";
        case Kind::sql:
            return "a SELECT";
        case Kind::name:
            return "a name in small letters, digits and _";
        case Kind::job_name:
            return "a name in small letters, digits, _ and -";
        case Kind::dotted:
            return "two names with a dot, such as bindpilot.renewals";
        case Kind::secret:
            return "the name of a secret, such as bindpilot_api_key (never the key itself)";
        case Kind::word:
            return (shape.words.size() > 1 ? "one of " : "") + listed(shape.words);
        case Kind::integer:
            return "a whole number from " + std::to_string(shape.least) + " to " + std::to_string(shape.most);
        case Kind::share:
            return "a share such as 10% or 0.1, below 100%";
        case Kind::count_or_share:
            return "a number of rows, or a share such as 10%";
        case Kind::duration:
            return "a duration such as 500ms, 90s, 15m, 2h, 3d";
        case Kind::keep:
            return "a time such as 90d, 18mo, 7y, or forever; at least " + std::to_string(shape.least) + "d";
        case Kind::size:
            return "a size such as 32MiB, at most 1GiB";
        case Kind::flag:
            return "true or false";
        case Kind::pointer:
            return "a JSON pointer such as /data, or \"\" for the whole reply";
        case Kind::member:
            return "a member's name or a JSON pointer such as /data/id";
        case Kind::url:
            return "an address such as https://api.example.com/v1";
        case Kind::address:
            return "an address such as https://alerts.example/push?token=…";
        case Kind::call:
            return "a call such as `GET /clients/{id}`";
        case Kind::cron:
            return "a cron line of five fields such as \"0 6 * * *\", or @daily";
        case Kind::zone:
            return "a time zone such as America/Denver";
        case Kind::file:
            return "a path";
        case Kind::anything:
            return "a value";
        case Kind::any_map:
        case Kind::map:
        case Kind::table:
        case Kind::step:
            return "a map (name: value)";
        case Kind::list:
            return "a list";
        case Kind::either: {
            std::vector<std::string> ways;
            for (const Shape& way : shape.of) ways.push_back(described(way));
            return listed(ways);
        }
    }
    return "a value";
}

}  // namespace bindery
