#pragma once
// The pages, each as a function from what it looks at to markup. They only read. Lists come a page at a time (kPageRows).
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "store/records.h"
#include "store/runs.h"
#include "store/tallies.h"
#include "web/feed.h"
#include "web/html.h"
#include "web/http.h"

namespace bindery::web {

inline constexpr int kPageRows = 50;
inline constexpr std::int64_t kMostCounted = 10'000;

struct Look {
    Store& store;
    const Feed& feed;
    const Request& request;
    std::string form_token;
    std::string zone;
};

struct View {
    std::string title;
    std::string here;  // entry of the menu
    Html content;
    int status = 200;
};

View overview_view(const Look& look);
View runs_view(const Look& look);
View run_view(const Look& look);         // ?id=; ?changes_after=, of its changes alone
View effects_view(const Look& look);     // ?state=
View effect_view(const Look& look);      // ?id=, its identity
View conflicts_view(const Look& look);
View quarantine_view(const Look& look);
View record_view(const Look& look);      // ?dataset=&key=
View sales_view(const Look& look);        // ?before=, a day
View search_view(const Look& look);      // ?q=

// The state of everything in one line, and what isn't well, worst first. Pure.
struct Overall {
    std::string tone;  // good | part (something waits for a person) | bad
    std::string headline;
    std::vector<std::pair<std::string, std::string>> points;  // sentence, where to look
};
struct JobState {
    JobFacts facts;
    std::string last_outcome;
};
Overall overall(const std::vector<JobState>& jobs, const std::vector<ServiceFacts>& services, const Waiting& waiting, const std::vector<HookFacts>& hooks = {});
Html hook_card(const Look& look, const HookFacts& hook);

// "1 effect", "3 effects", "10000 or more effects".
std::string counted(std::int64_t count, const std::string& one, const std::string& many);
std::string record_address(const std::string& dataset, const std::string& key);
// A link to a record where it is kept, else the key alone.
Html record_link(const Look& look, const std::string& dataset, const std::string& key);
// What a person knows a record by: the values of the fields that it is matched by. Empty when it isn't kept.
std::string record_words(const Look& look, const std::string& dataset, const std::string& key);
std::string known_by(const Mapping& mapping, const RecordView& record);
const Mapping* mapping_named(const std::vector<Mapping>& mappings, const std::string& dataset);
std::optional<RecordView> kept_record(const Look& look, const Mapping* mapping, const std::string& key);  // nullopt also without a mapping
Html changes_section(const Look& look, const RunRow& run);  // the records that a run changed, ?changes_after= a row of history; empty: none
Html calls_section(const Look& look, const RunRow& run);  // what a run asked for, and where it waited; empty: nothing was noted
std::int64_t number_argument(const Request& request, std::string_view name);  // 0 when it's none
Html run_sales(const nlohmann::json& report);  // what a run offered for sale; empty: it has no sell step
Html run_link(std::int64_t run);           // "run 7"
std::string state_words(const std::string& state);        // of an effect: "in_doubt" gives "in doubt"
std::string once_per_words(const std::string& once_per);  // {"a":"x","b":1} gives "a x · b 1"

}  // namespace bindery::web
