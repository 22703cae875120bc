// docs/metrics.md against what /metrics says: each family is in its table with its type and labels, once, and none that isn't there.
#include <fstream>
#include <set>
#include <sstream>

#include "agency.h"
#include "core/text.h"

using namespace bindery;
using namespace bindery::test;

namespace {

struct Family {
    std::string type;
    std::set<std::string> labels;
    bool operator==(const Family& other) const { return type == other.type && labels == other.labels; }
};
using Families = std::map<std::string, Family>;

std::string told(const Family& family) {
    std::string text = family.type + " {";
    for (const auto& label : family.labels) text += label + " ";
    return text + "}";
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);) parts.emplace_back(trim(part));
    return parts;
}

// Rows of the form | `a`, `b` | gauge | label, label | words |
Families documented(std::vector<std::string>& twice) {
    Families all;
    std::ifstream file(std::string(BINDERY_SOURCE_DIR) + "/docs/metrics.md");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("| `bindery_", 0) != 0) continue;
        const auto cells = split(line, '|');
        REQUIRE(cells.size() >= 5);
        Family family{cells[2], {}};
        for (const auto& label : split(cells[3], ',')) {
            if (!label.empty()) family.labels.insert(label);
        }
        for (const auto& name : split(cells[1], ',')) {
            if (!all.emplace(name.substr(1, name.size() - 2), family).second) twice.push_back(name);
        }
    }
    return all;
}

Families scraped(const std::string& text) {
    Families all;
    std::istringstream lines(text);
    std::string name;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, what, type;
        if (line.rfind("# TYPE ", 0) == 0) {
            words >> hash >> what >> name >> type;
            all[name].type = type;
        }
        const auto open = line.find('{');
        if (line[0] == '#' || open == std::string::npos) continue;
        for (auto quote = line.find("=\""); quote != std::string::npos; quote = line.find("=\"", quote + 1)) {
            const auto from = line.find_last_of("{,", quote) + 1;
            all[name].labels.insert(line.substr(from, quote - from));
        }
    }
    return all;
}

// Something of everything that can be counted.
void fill(AgencyStore& agency) {
    JobFacts job;
    job.name = "renewals";
    job.last_good = job.next = agency.clock.wall();
    agency.jobs = {job};
    agency.services = {{"bindpilot", {{"100 per 60 s", 90, 3, std::chrono::seconds(4), 87}}, ""}};
    const auto run = agency.run("renewals", "done");
    agency.record("p1", "Ann", "ann@example.com", "note");
    agency.store.db().exec("UPDATE pull_state SET complete_read_at = last_read_at");
    agency.effect("p1", "in_doubt", "no reply");
    agency.sale("l1", "live", "2026-11-22", "rejected", "duplicate_phone");
    agency.store.transaction([&] {
        Tallies(agency.store).add_requests("bindpilot", 200, 5);
        Tallies(agency.store).add_waited("bindpilot", 1.5);
        Runs(agency.store).quarantine(run, "book.people", "p9", "why", "{}");
        ConflictRow conflict;
        conflict.job = "policies";
        conflict.kind = "gone";
        Conflicts(agency.store).open(conflict, run);
    });
}

Feed with_webhooks(Feed feed) {
    feed.webhooks = [] {
        InboxFacts facts;
        facts.requests[{"bi369", "kept"}] = 4;
        facts.waiting = 1;
        facts.oldest = WallTime(std::chrono::seconds(1795413000));
        return std::optional(facts);
    };
    return feed;
}

}  // namespace

TEST_CASE("the page about metrics lists what is there, each once, with its type and labels, and nothing else") {
    AgencyStore agency;
    fill(agency);
    Site site(with_webhooks(agency.feed()), {});
    site.set_port(kPort);
    std::vector<std::string> twice;
    const Families page = documented(twice), real = scraped(site.answer(request_of("GET", "/metrics")).body);
    CHECK(twice == std::vector<std::string>{});
    for (const auto& [name, family] : real) {
        INFO(name << ": " << told(family) << (page.count(name) == 0 ? ", missing in the page" : ", in the page " + told(page.at(name))));
        CHECK((page.count(name) == 1 && page.at(name) == family));
    }
    for (const auto& [name, family] : page) {
        INFO(name << " is in the page and isn't there");
        CHECK(real.count(name) == 1);
    }
    CHECK(real.size() > 20);
}

TEST_CASE("alert rules name metrics that are there") {
    AgencyStore agency;
    fill(agency);
    Site site(with_webhooks(agency.feed()), {});
    site.set_port(kPort);
    const Families real = scraped(site.answer(request_of("GET", "/metrics")).body);
    std::ifstream file(std::string(BINDERY_SOURCE_DIR) + "/packaging/prometheus/alerts.yml");
    int found = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.find("expr:") == std::string::npos) continue;
        for (auto at = line.find("bindery_"); at != std::string::npos; at = line.find("bindery_", at + 1)) {
            const std::string name = line.substr(at, line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", at) - at);
            INFO(name);
            CHECK(real.count(name) == 1);
            ++found;
        }
    }
    CHECK(found >= 7);
}
