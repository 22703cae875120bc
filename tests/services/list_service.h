#pragma once
// A service with one list, honest unless told otherwise, and the verdict on a pull of it.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/bench.h"
#include "services/pager.h"
#include "sync/completeness.h"

namespace bindery::test {

inline std::string thing(int id) { return R"({"id":"k)" + std::to_string(id) + R"(","name":"thing"})"; }

inline std::vector<std::string> things(int count, int from = 1) {
    std::vector<std::string> rows;
    for (int id = from; id < from + count; ++id) rows.push_back(thing(id));
    return rows;
}

// The page number that a request asks for; 1 without one.
inline int page_of(const HttpRequest& request) {
    const auto at = request.url.find("page=");
    return at == std::string::npos ? 1 : std::stoi(request.url.substr(at + 5));
}

struct ListService : Bench {
    std::vector<std::string> rows;
    int page_rows = 10;            // what it sends at most, whatever it's asked for
    std::optional<std::string> total;  // as JSON; none: not told
    std::function<std::optional<Answer>(int page)> instead;  // another answer for some pages
    std::function<Duration(int page)> latency = [](int) { return Duration(50ms); };
    Resource resource;
    TempFolder store;
    std::optional<Staging> staging_of_store;

    explicit ListService(int count = 0) : rows(things(count)) {
        service.in_flight = 4;
        service.paging.per_page = 10;
        resource.name = "things";
        resource.list = Call{"GET", "/things"};
        resource.mapping.dataset = "crm.things";
        resource.mapping.key_pointers = {"/id"};
        resource.mapping.fields = {{"name", FieldType::text, false, false, {"/name"}}};
        handler = [this](const HttpRequest& request, BootTime) { return answer(page_of(request)); };
    }

    Answer answer(int page) {
        if (instead) {
            if (auto other = instead(page)) {
                other->latency = latency(page);
                return *other;
            }
        }
        Answer plain = status(200, page_text(page - service.paging.first));
        plain.latency = latency(page);
        return plain;
    }
    std::string page_text(int index) const {
        std::string list;
        const auto size = static_cast<int>(rows.size());
        for (int i = index * page_rows; i < std::min((index + 1) * page_rows, size); ++i) list += (list.empty() ? "" : ",") + rows.at(static_cast<std::size_t>(i));
        return R"({"data":[)" + list + "]" + (total ? R"(,"meta":{"total":)" + *total + "}" : "") + "}";
    }

    Staging& staging() {
        if (!staging_of_store) staging_of_store.emplace(store / "s.db", "job", resource.mapping, clock);
        return *staging_of_store;
    }
    ListPull pull(Duration within = 1h, Duration resume_within = 30min) {
        return pull_list(caller(), resource, staging(), clock, resume_within, in(within), {});
    }
    // Another process: a new caller, and what the staging file holds.
    void start_again() {
        made.reset();
        staging_of_store.reset();
        wire.sent.clear();
    }
    std::vector<int> asked() const {
        std::vector<int> pages;
        for (const auto& sent : wire.sent) pages.push_back(page_of(sent.request));
        return pages;
    }
    std::size_t different_pages() const {
        const auto pages = asked();
        return std::set<int>(pages.begin(), pages.end()).size();
    }

    // As the engine judges it.
    std::string verdict(const ListPull& pull) const {
        PullFacts facts;
        facts.resumed = pull.facts.resumed;
        facts.pages = pull.facts.pages;
        facts.first_page = service.paging.first;
        facts.total = pull.facts.total;
        facts.total_moved = pull.facts.total_moved;
        facts.rows = pull.facts.rows;
        facts.keys = pull.facts.keys;
        facts.repeated = pull.facts.repeated;
        facts.keyless = pull.facts.keyless;
        ListEnding ending;
        ending.closing_repeats = pull.closing_repeats;
        switch (pull.end) {
            case ListPull::End::told: ending.how = ListEnding::How::told; break;
            case ListPull::End::empty_page: ending.how = ListEnding::How::empty_page; break;
            case ListPull::End::no_new_key: ending.how = ListEnding::How::no_new_key; break;
            case ListPull::End::none: break;
        }
        if (pull.failure) {
            ending.how = ListEnding::How::cut_short;
            ending.why = pull.failure->problem;
        }
        return judge_completeness(facts, ending).text;
    }
};

}  // namespace bindery::test
