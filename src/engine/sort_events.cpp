#include "engine/sort_events.h"

#include "core/error.h"
#include "core/text.h"
#include "engine/echo.h"
#include "engine/hints.h"
#include "store/own_writes.h"
#include "store/record_by_key.h"

namespace bindery {
namespace {

constexpr int kSortedAtOnce = 200;
constexpr auto kBetween = std::chrono::seconds(5);  // from the caller's look at the clock to ours at the inbox, on a machine that is busy
constexpr auto kEchoWithin = std::chrono::hours(1);  // an event about one of our writes comes within that time

// What render_path refuses in a path.
bool fits_a_path(const std::string& key) { return !trim(key).empty() && key != "." && key != ".."; }

// The key of the record that an event is about, as the dataset has it. One that no call by id could be made with is none: it would fail
// the run, and all that others hint at with it.
std::string key_in(const HookEvent& event, const Mapping& mapping, const json& record) {
    for (const std::string& pointer : event.id.empty() ? mapping.key_pointers : event.id) {
        const json* value = find_pointer(record, pointer);
        if (value == nullptr) continue;
        if (const auto text = scalar_text(*value); text && fits_a_path(*text)) return *text;
    }
    return {};
}

class Sorter {
  public:
    Sorter(Inbox& inbox, Store& store, const Config& config, WallTime now) : inbox_(inbox), store_(store), config_(config), now_(now) {}

    Sorting run() {
        const auto events = inbox_.unsorted(kSortedAtOnce);
        if (events.empty()) return {};
        // What came in between isn't from the future; more than that, and the clock was set back.
        if (const WallTime last = events.back().received; last > now_ && last - now_ < kBetween) now_ = last;
        const bool full = events.size() == static_cast<std::size_t>(kSortedAtOnce);
        const WallTime at = sort_at(events.front().received, events.back().received, now_);
        if (at > now_ && !full) {
            done_.again = at;
            return done_;
        }
        std::vector<SortedEvent> sorted;
        for (const InboxEvent& event : events) {
            if (auto one = sort(event)) sorted.push_back(std::move(*one));
        }
        inbox_.sort(sorted);
        if (full && !sorted.empty()) done_.again = now_;
        else if (sorted.size() < events.size()) done_.again = now_ + kEchoAgain;
        return done_;
    }

  private:
    // nullopt: not yet.
    std::optional<SortedEvent> sort(const InboxEvent& event) {
        SortedEvent sorted{event.seq, "unheard", {}};
        const auto service = config_.services.find(event.service);
        if (service == config_.services.end() || !service->second.webhooks) return count(sorted);
        const Webhooks& hooks = *service->second.webhooks;
        const auto known = hooks.events.find(event.event);
        const Resource* resource = known == hooks.events.end() || known->second.resource.empty() ? nullptr : &service->second.resources.at(known->second.resource);
        const json whole = parse_or_null(event.body);
        const json* record = find_pointer(whole, hooks.record);
        std::string key;
        if (resource != nullptr && record != nullptr) key = key_in(known->second, resource->mapping, *record);
        sorted.hints = hints_of(config_.jobs, event.service + "." + event.event, resource == nullptr ? "" : resource->mapping.dataset, key);
        if (sorted.hints.empty()) return count(sorted);
        const Echo echoes = resource == nullptr || record == nullptr ? Echo::no : echo(*resource, key, *record, service->second);
        if (echoes == Echo::perhaps && event.received <= now_ && now_ - event.received < kEchoMost) return std::nullopt;
        sorted.state = echoes == Echo::yes ? "echo" : "hinted";
        if (echoes == Echo::yes) sorted.hints.clear();
        return count(sorted);
    }

    SortedEvent count(const SortedEvent& sorted) {
        ++(sorted.state == "echo" ? done_.echoes : sorted.state == "hinted" ? done_.hinted : done_.unheard);
        return sorted;
    }

    static json parse_or_null(const std::string& body) {
        try {
            return parse_exact(body);
        } catch (const Error&) {
            return {};  // it was JSON when it came
        }
    }

    Echo echo(const Resource& resource, const std::string& key, const json& record, const Service& service) {
        const auto view = key.empty() ? std::nullopt : record_by_key(store_, resource.mapping, key);
        const bool there = view && !view->removed_at;
        return echo_of(resource.mapping, key, record, there ? std::optional(parse_or_null(view->document)) : std::nullopt, writes_to(service), service.envelope.data, there ? view->read_at : "");
    }

    const std::vector<OwnWrite>& writes_to(const Service& service) {
        const auto found = writes_.find(service.name);
        if (found != writes_.end()) return found->second;
        return writes_[service.name] = own_writes(store_, service.name, now_ - kEchoWithin);
    }

    Inbox& inbox_;
    Store& store_;
    const Config& config_;
    WallTime now_;
    Sorting done_;
    std::map<std::string, std::vector<OwnWrite>> writes_;
};

}  // namespace

Sorting sort_events(Inbox& inbox, Store& store, const Config& config, WallTime now) { return Sorter(inbox, store, config, now).run(); }

}  // namespace bindery
