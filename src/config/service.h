#pragma once
// A service file (config/services/NAME.yaml) as plain checked structs. Docs: docs/services.md.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/backoff.h"
#include "core/limits.h"
#include "core/mapping.h"

namespace bindery {

struct Envelope {  // JSON pointers; empty: the whole reply / none
    std::string data = "/data";
    std::string total;  // optional in replies
    std::string error_code;
    std::string error_message;
    std::string success;  // of the whole reply: false, error, fail, failed or failure there is a no
};

struct Paging {
    std::string page = "page";  // query parameter names
    std::string size = "per_page";
    int per_page = 100;
    int first = 1;
};

struct Call {
    std::string method;  // GET POST PUT PATCH DELETE
    std::string path;    // below base_url, with {places}
};

struct Resource {
    std::string name;
    std::optional<Call> list;
    std::optional<Call> get;                   // by id: GET /quotes/{id}
    std::map<std::string, std::string> query;  // fixed query parameters of the list
    bool paged = true;                         // false: the list comes in one reply
    Mapping mapping;                           // mapping.dataset is "service.resource"
};

// How a doubt about a write is settled; see docs/effects.md.
struct Find {
    std::string resource;  // listed and compared
    std::vector<std::string>
        match;  // fields of the resource that must equal the body's members of the same place; empty: all it shares
    std::vector<std::string> one_of;  // a body without any of these could be found in a record of somebody else, so it isn't looked up
};

struct Operation {
    std::string name;
    Call call;
    bool repeatable = false;            // the service promises that a repeat does no harm
    std::optional<Find> find;           // else it can be looked up
    std::vector<int> unsupported;       // statuses that mean: this service doesn't take this write
    std::optional<Duration> timeout;    // else the service's
    std::optional<RetryPolicy> retry;   // else the service's
    std::string reply_id = "/data/id";  // pointer to the new record's id in the whole reply
};

// An event that the service may send.
struct HookEvent {
    std::string resource;             // whose record it is about; empty: of none that can be read
    std::vector<std::string> id;      // pointers below `record` to the record's key; empty: as the resource's `key` says
};

// How the service's webhooks look. Docs: docs/webhooks.md.
struct Webhooks {
    std::string secret;               // name of the secret that signs; NAME_old is taken too
    std::string header;               // in small letters; holds the signature of the raw body
    std::string prefix = "sha256=";   // before the hex digits
    std::string id = "/id", event = "/event", record = "/data";
    std::string timestamp;            // empty: events carry none
    Duration max_age{std::chrono::hours(1)};
    // How `bindery webhooks register` asks for them.
    std::string register_by;          // operation; empty: they are set up by hand
    std::string register_url = "url", register_events = "events";  // members of the request
    std::string register_secret = "/data/secret";                  // where the reply has the secret
    std::map<std::string, HookEvent> events;  // by the service's name for it
};
// The name of the secret that was good before, and is taken while one rotates.
inline std::string old_secret(const std::string& name) { return name + "_old"; }

struct Service {
    std::string name;
    std::string file;
    std::string base_url;       // no trailing slash
    std::string bearer_secret;  // name of the secret; empty: no auth
    std::string account;        // empty: base_url + hash of the key
    std::vector<Limit> limits;  // those of the chosen plan
    double keep_back = 0.0;     // 0 ≤ … < 1
    int in_flight = 4;
    RetryPolicy retry;
    Duration connect_timeout{std::chrono::seconds(5)};
    Duration timeout{std::chrono::seconds(30)};
    std::size_t max_body = 32u << 20;
    int breaker_failures = 5;
    Duration breaker_cool_down{std::chrono::seconds(30)};
    Envelope envelope;
    Paging paging;
    std::map<std::string, std::string> headers;
    std::map<std::string, Resource> resources;
    std::map<std::string, Operation> operations;
    std::optional<Webhooks> webhooks;
};

}  // namespace bindery
