#pragma once
// A job file (jobs/NAME.yaml) as plain checked structs. Docs: docs/jobs.md.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/field.h"
#include "core/owner.h"

namespace bindery {

using json = nlohmann::json;

struct Place {  // where something stands in a file, for messages
    std::string file;
    int line = 0;              // from 1
    int column = 0;            // from 1
    std::string text() const;  // jobs/renewals.yaml:12:5
};

// When a job runs by itself. At least one of cron, every and after is there; cron and every not both. Docs: docs/schedule.md.
struct Schedule {
    std::string cron;               // five fields or @daily…; empty: none
    Duration every{0};              // 0: none
    std::vector<std::string> after; // jobs that go first; alone: runs whenever each of them has run
    std::string timezone;           // empty: the settings' zone
    std::string catch_up = "once";  // once | none
    Duration jitter{0};             // starts up to this much later, always by the same amount for a job
    Duration retry{std::chrono::minutes(30)};  // a run that failed or stayed incomplete is followed by another; 0: not before its time
};

// An event of a service that a job listens to: on: [bi369.lead.updated].
struct Listen {
    Place place;
    std::string service, event;  // the event as the service calls it
    std::string word() const { return service + "." + event; }
};

struct Guard {
    std::int64_t max_effects = 500;
    std::int64_t max_removed = 0;     // rows; 0 with percent 0: none may be removed
    double max_removed_percent = 10;  // used when `percent` is true
    bool percent = true;
    std::int64_t max_corrected = 0;     // pairs of a reconcile
    double max_corrected_percent = 10;  // of the pairs; ≥ 0: counts instead
};

struct PullStep {
    Place place;
    std::string service;
    std::string resource;
    std::string for_select;  // `for:` one GET a row, first column is the id; empty: the list
    std::string dataset() const { return service + "." + resource; }
};

// A CSV file, or all that a pattern finds, into one of the agency's own books. Paths are relative to the folder of bindery.yaml.
struct ImportStep {
    Place place;
    std::string book;            // book.NAME
    std::string from;            // a path; its last part may hold * and ?
    std::string profile;         // empty: the one that fits
    std::string done;            // the folder that files go to when they have landed; empty: they stay
    std::optional<bool> whole;   // `partial:`; empty: as the book says
    bool must_be_there = false;  // `missing: error`
};

// A CSV out: one of a dataset, a select, a job's corrections.
struct ExportStep {
    Place place;
    std::string dataset;
    std::string sql;
    std::string corrections;  // a job
    std::string to;           // relative to the folder of bindery.yaml; {today} is filled in
    bool bom = false, raw = false;
};

enum class WhenInDoubt { hold, retry };

// Why records of a dataset have no effect of a step today: `select` gives key, reason (NULL: chosen) and, if it likes, detail.
struct PassedOver {
    std::string dataset;
    std::string select;
    Place place;  // of the first line of the SQL
};

struct PushStep {
    Place place;
    std::string service;
    std::string operation;
    std::string effect;  // unique over all jobs
    std::string select;
    Place select_place;  // of the first line of the SQL
    std::vector<std::pair<std::string, FieldType>> once_per;
    WhenInDoubt when_in_doubt = WhenInDoubt::hold;
    bool needs_complete = false;                // `needs: complete`
    json path = json::object();                 // values of the call's {places}, templates
    json body = json::object();                 // template
    std::vector<std::string> volatile_members;  // top-level body members that don't count as changed content
    std::vector<std::string> in_order_by;       // columns: rows that share them go one after the other
    std::vector<std::string> count_by;          // columns whose values are counted in the report, e.g. owner_rule
    std::vector<PassedOver> passed_over;        // one a dataset
    std::vector<std::string> after;             // effects of earlier steps whose replies its select reads
};

// Two books that should agree. Docs: docs/reconcile.md.
struct ReconcileStep {
    Place place;
    std::string ours;    // book.NAME
    std::string theirs;  // service.resource
    std::vector<std::vector<std::string>> match;  // composite keys, tried in order
    std::vector<std::string> contradiction;
    Duration max_age{0};  // 0: ours counts whatever its age
    std::vector<std::pair<std::string, Owner>> fields;
    bool push_only_ours = false;     // only_ours: push
    bool adopt_only_theirs = false;  // only_theirs: adopt
    bool needs_complete = false;
    // How a correction goes out; without an operation differences are reported only. `select` and `once_per` aren't
    // used; an empty body is made of what differs.
    PushStep push;
    PushStep create;        // for a record that theirs lacks; without an operation `push` does it
};

// Leads or calls that are offered to a buyer: a ping asks for a bid, a post sells. Docs: docs/autobind.md. `post` carries the service,
// the effect's name, `once_per`, the select and, as its body, the whole lead; what a ping may know of it is services/sale_bodies.h.
struct SellStep {
    Place place;
    PushStep post;                // operation `post`; the service's `ping` and resource `lead_status` belong to it
    std::map<std::string, Place> lead_places;  // the keys of `lead:` as written: lead_type, drivers[0].gender
    bool call = false;            // kind: call
    bool live = false;            // mode: live; else everything goes to the test environment, which keeps nothing
    bool own_certificate = false;  // consent: own_certificate; one that another person has too isn't sold with
    bool inbound = false;         // consent: inbound; the person called, so there is no certificate
    bool send_birth_date = false; // in a ping, instead of the age
    Duration consent_life{std::chrono::hours(72)};
    Duration sold_window{std::chrono::hours(24 * 30)}, tried_window{std::chrono::hours(24)};
    int from_hour = 8, to_hour = 21;                // calls
    std::string floor = "0.00";                     // decimal text
    std::map<std::string, std::string> state_floors;
    std::optional<std::int64_t> daily_count;
    std::optional<std::string> daily_money;
    Duration bid_life{std::chrono::seconds(90)};
    int pings = 3;                                  // bids for one lead in one run
    std::vector<std::string> hand_command;          // calls: a program that is told of transfer_phone on its standard input
    std::string hand_url;                           // calls: an address that is told the same
    std::string hand_secret;                        // name of the secret that signs what the address is told; empty: unsigned
    Place hand_at, hand_secret_at;                  // of hand_off's command or url, and of its secret: for messages
    Duration hand_within{std::chrono::seconds(60)}; // calls: after the post; later the transfer is pointless
    Duration follow{0};                             // how long a sale's status is asked for
    Duration follow_every{std::chrono::minutes(3)};
};

using Step = std::variant<PullStep, ImportStep, ReconcileStep, PushStep, ExportStep, SellStep>;

struct VarSource {
    Place place;
    std::string written;  // as the file has it, before the environment is filled in
};

// A SELECT over the vars whose rows are faults of the file: `problem` says what to do, `var` where it stands.
struct VarCheck {
    std::string name;  // also the var that it is about, unless its rows say
    std::string select;
    Place place;  // of the first line of the SQL
};

struct Job {
    std::string name;
    std::string about;
    Place place;
    std::optional<Schedule> schedule;
    Duration stale_after{0};  // 0: never stale
    Duration time_limit{std::chrono::hours(1)};
    std::vector<Listen> on;   // events of services that start it
    std::string ping;      // an address that is called after each run, with /fail behind it when the run failed; empty: none
    std::string timezone;  // resolved: the schedule's or the settings'
    json vars = json::object();
    std::map<std::string, VarSource> var_sources;  // for messages
    std::map<std::string, Place> var_places;       // owners, owners[2], owners[2].to …: the key, or the item
    std::vector<VarCheck> checks;
    Guard guard;
    // Selects that steps share (`with:`), each with those that it reads in front of it, and its place. The steps' own have them in.
    std::vector<std::pair<Place, std::string>> shared;
    std::vector<Step> steps;
};

}  // namespace bindery
