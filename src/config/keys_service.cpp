// A service file: the keys and what they mean.
#include "config/keys.h"
#include "core/field.h"

namespace bindery {

namespace {

constexpr std::int64_t kMostFields = 60;  // Glance counts fields in 64 bits

Shape member_or_members() {
    return either({scalar(Kind::member), list_of(scalar(Kind::member), 1, 10)});
}

Shape limits() {
    const Shape match = table({
        {"method", word({"GET", "POST", "PUT", "PATCH", "DELETE"}), "Only calls with this method."},
        {"path", scalar(Kind::text), "Only calls whose path (below base_url) begins like this."},
    });
    return list_of(table({
                       {"tokens", integer(1, 1'000'000), "Calls that the service takes in any window of `per`.", true},
                       {"per", duration(1), "Length of the window. A token returns this long after the reply.", true},
                       {"match", match, "Narrows the limit to some calls. Default: all."},
                   }),
                   1, 20);
}

Shape retry() {
    return table({
        {"statuses", list_of(integer(100, 599), 0, 50),
         "Replies that are worth another attempt: reads and repeatable calls; 429 for every call."},
        {"waits", list_of(duration(0), 0, 10),
         "The wait before the second attempt, the third, and so on; then it gives up."},
        {"jitter", word({"up", "none"}), "up: each wait grows by 0 to 25 %, at random. Default: up."},
    });
}

Shape field() {
    const Shape type = word(field_type_names());
    return either({type, table({
                             {"type", type, "How the value is read and compared. Default: text."},
                             {"required", scalar(Kind::flag), "A record without it can't land. Default: false."},
                             {"match", scalar(Kind::flag),
                              "Adds the indexed column NAME_key to match and join by. Default: false."},
                             {"values", list_of(scalar(Kind::text), 1, 200),
                              "Of a text: all that the service takes there. A correction to anything else is reported, never sent. Default: anything."},
                             {"from", member_or_members(),
                              "Where it is in the record: a member's name or a JSON pointer; of several the first that "
                              "is there. Default: the field's own name."},
                         })});
}

Shape resource() {
    const Shape window = either({scalar(Kind::flag), table({{"field", scalar(Kind::name), "The date field.", true}})});
    return table({
        {"list", scalar(Kind::call), "The call that lists all records."},
        {"get", scalar(Kind::call), "The call that reads one record; its path holds {id}."},
        {"key", member_or_members(), "Where a record's id is; of several places the first that is there. Default: id."},
        {"paged", scalar(Kind::flag), "false: the whole list comes in one reply. Default: true."},
        {"query", free_map_of(scalar(Kind::text)), "Parameters that every list call carries."},
        {"fields", map_of(field(), 1, kMostFields), "The columns, in their order: name, then type or a map.", true},
        {"ignore", list_of(scalar(Kind::text), 0, 50), "Top-level members whose change is no change, e.g. updated_at."},
        {"window", window,
         "Records leave the list as time passes: one that is gone after its date counts as no loss. true: by the field "
         "expiration_date. Default: false."},
    });
}

Shape operation() {
    const Shape find = either(
        {scalar(Kind::name), table({
                                 {"resource", scalar(Kind::name), "The resource that is listed and compared.", true},
                                 {"match", list_of(scalar(Kind::name), 0, 20),
                                  "Fields that must equal what was sent. Default: all that the body holds."},
                                 {"one_of", list_of(scalar(Kind::name), 0, 20),
                                  "Without a value in one of these fields it isn't looked up: a name alone finds somebody else. Default: none is needed."},
                             })});
    return table({
        {"call", scalar(Kind::call), "The call; a job's `path` fills its {places}.", true},
        {"repeatable", scalar(Kind::flag), "The service promises that a repeat does no harm. Default: false."},
        {"find", find, "Where to look whether a call whose reply was lost has arrived: a resource, or a map."},
        {"unsupported", list_of(integer(400, 499), 0, 10),
         "Replies that mean: this service doesn't take this write. The effects are held, not lost."},
        {"timeout", duration(1), "Longest wait for the reply. Default: the service's."},
        {"retry", retry(), "Attempts of this call; what it leaves out is the service's."},
        {"reply_id", scalar(Kind::pointer),
         "Where the reply has the new record's id. Default: /id below the envelope's data."},
    });
}

Shape webhooks() {
    const Shape event = either({scalar(Kind::name), table({
                                                    {"resource", scalar(Kind::name), "The resource that the record is of. Default: none."},
                                                    {"id", member_or_members(), "Where the record's key is, below `record`. Default: as the resource's `key` says."},
                                                })});
    return table({
        {"secret", scalar(Kind::secret), "Name of the secret that signs events. NAME_old is taken too, while one takes the other's place.", true},
        {"signature", table({{"header", scalar(Kind::text), "The header with the HMAC-SHA256 of the raw body, in hex.", true},
                             {"prefix", scalar(Kind::text), "What stands before the hex digits. Default: sha256=."}}),
         "How events are signed.", true},
        {"id", scalar(Kind::pointer), "Where an event has its own id. Default: /id."},
        {"event", scalar(Kind::pointer), "Where it says what happened. Default: /event."},
        {"timestamp", scalar(Kind::pointer), "Where it says when. Default: it doesn't."},
        {"record", scalar(Kind::pointer), "Where it has the record. Default: /data."},
        {"max_age", duration(1000), "An event whose timestamp is older is refused. Default: 1h."},
        {"register", either({scalar(Kind::name), table({
                                                     {"operation", scalar(Kind::name), "The operation.", true},
                                                     {"url", scalar(Kind::text), "The member of the request with our address. Default: url."},
                                                     {"events", scalar(Kind::text), "The member with the list of events. Default: events."},
                                                     {"secret", scalar(Kind::pointer), "Where the reply has the secret. Default: /data/secret."},
                                                 })}),
         "The operation by which `bindery webhooks register` asks for events, or a map. Default: they are set up by hand."},
        {"events", free_map_of(event), "The events: name, then the resource it is about, or a map.", true},
    });
}

Shape envelope() {
    return table({
        {"data", scalar(Kind::pointer),
         "Where a reply has its record or list; \"\" for the whole reply. Default: /data."},
        {"total", scalar(Kind::pointer), "Where a list's reply has the number of all records, if it has."},
        {"error_code", scalar(Kind::pointer), "Where an error has its code."},
        {"error_message", scalar(Kind::pointer), "Where an error has its text (kept in the store, never logged)."},
        {"success", scalar(Kind::pointer),
         "Where a reply tells how the call went: false, error, fail, failed or failure there is a no, also in a 2xx."},
    });
}

Shape paging() {
    return table({
        {"by", word({"page"}), "How lists are paged: by page number."},
        {"page", scalar(Kind::text), "The query parameter with the page's number. Default: page."},
        {"size", scalar(Kind::text), "The query parameter with the page's size. Default: per_page."},
        {"per_page", integer(1, 10'000), "The page size to ask for. Default: 100."},
        {"first", integer(0, 1), "The number of the first page. Default: 1."},
    });
}

}  // namespace

Shape service_shape() {
    return table({
        {"service", scalar(Kind::name), "The service's name; the file is called NAME.yaml.", true},
        {"base_url", scalar(Kind::url), "The address that all paths are below; https, or http to this machine.", true},
        {"auth", table({{"bearer", scalar(Kind::secret), "Name of the secret that is sent as Bearer token.", true}}),
         "How calls are authorized. Default: not at all."},
        {"account", scalar(Kind::text),
         "What shares one budget. Default: the address with a hash of the key, so one key is one account."},
        {"limits", limits(), "The service's limits; a call takes one token of each that matches."},
        {"plans", map_of(limits(), 1), "Limits by the plan one pays for, instead of `limits`."},
        {"plan", scalar(Kind::name), "Which of `plans` it is."},
        {"keep_back", scalar(Kind::share), "Share of the tokens left to people and tools on the same key. Default: 0."},
        {"in_flight", integer(1, 64), "Calls under way at once. Default: 4."},
        {"timeouts",
         table({{"connect", duration(1), "Longest wait for the connection. Default: 5s."},
                {"total", duration(1), "Longest wait for a whole reply. Default: 30s."}}),
         "How long to wait."},
        {"max_body", scalar(Kind::size), "A longer reply is refused. Default: 32MiB."},
        {"retry", retry(), "When and how often a call is tried again."},
        {"breaker",
         table({{"failures", integer(1, 1000), "Failures in a row after which the service is left alone. Default: 5."},
                {"cool_down", duration(1), "For how long, before one call tries. Default: 30s."}}),
         "When a service that is down is left alone."},
        {"envelope", envelope(), "Where replies have what we look for, as JSON pointers."},
        {"paging", paging(), "How lists are paged."},
        {"headers", free_map_of(scalar(Kind::text)), "Headers that every call carries. No secrets here: see `auth`."},
        {"resources", map_of(resource()), "What can be read."},
        {"operations", map_of(operation()), "What can be written."},
        {"webhooks", webhooks(), "Events that the service sends by itself. Default: none."},
    });
}

}  // namespace bindery
