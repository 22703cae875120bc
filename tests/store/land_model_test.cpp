// Random lists over many pulls, held against a model of the rules that keeps everything in memory.
#include <catch2/catch.hpp>
#include <optional>
#include <tuple>

#include "core/error.h"
#include "core/random.h"
#include "store/pulls.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

namespace {

// What a service says of one record.
struct Said {
    int premium = 0;
    int note = 0;   // a member that no field maps
    int stamp = 0;  // ignored
    bool rejected = false;
    bool expired = false;
    bool same_content(const Said& other) const {
        return premium == other.premium && note == other.note && expired == other.expired;
    }
    bool operator==(const Said&) const = default;
    std::string json(const std::string& id) const {
        return Policy{.id = id,
                      .premium = "\"" + std::to_string(premium) + "\"",
                      .expires = expired ? "2026-01-01" : "2027-01-31",
                      .status = rejected ? "" : "active",
                      .more = ",\"note\":" + std::to_string(note) + ",\"updated_at\":" + std::to_string(stamp)}
            .json();
    }
};

struct Kept {
    Said said;
    WallTime read;
    std::optional<WallTime> missed, removed;
    bool stale = false;  // its latest reading was refused
};

struct Row {
    std::string key;
    Said said;
};

class Model {
  public:
    std::map<std::string, Kept> rows;
    std::optional<WallTime> whole;  // when the last whole list began

    LandCounts land(WallTime began, const std::vector<Row>& list, const LandOptions& options) {
        LandCounts counts;
        counts.seen = static_cast<std::int64_t>(list.size());
        std::map<std::string, Said> last;
        for (const Row& row : list) last[row.key] = row.said;
        counts.folded = counts.seen - static_cast<std::int64_t>(last.size());
        const bool older = whole && began < *whole;
        const bool proven = options.complete && !options.resumed && !older;
        std::int64_t live = 0;
        for (const auto& [key, kept] : rows) live += kept.removed ? 0 : 1;
        for (const auto& [key, said] : last) take(key, said, began, proven, counts);
        if (proven) {
            missing(began, last, options, live, counts);
            whole = began;
        }
        return counts;
    }

    WallTime reading(const Kept& kept) const {
        if (kept.removed) return std::max(kept.read, *kept.removed);
        if (kept.missed) return std::max(kept.read, *kept.missed);
        return kept.stale || !whole ? kept.read : std::max(kept.read, *whole);
    }
    // What the view shows.
    WallTime shown(const Kept& kept) const {
        return kept.removed || kept.missed || kept.stale ? kept.read : reading(kept);
    }

  private:
    void take(const std::string& key, const Said& said, WallTime began, bool proven, LandCounts& counts) {
        const auto found = rows.find(key);
        if (found == rows.end()) {
            if (said.rejected)
                ++counts.quarantined;
            else
                rows[key] = {said, began, {}, {}, false}, ++counts.added;
            return;
        }
        Kept& kept = found->second;
        if (began < reading(kept)) {
            ++(kept.said == said && !kept.removed ? counts.unchanged : counts.superseded);
            return;
        }
        if (said.rejected) {
            ++counts.quarantined;
            if (kept.removed) return;
            if (!kept.missed) kept.read = reading(kept);
            kept.missed.reset();
            kept.stale = true;
            return;
        }
        const bool untouched = kept.said == said && !kept.removed && !kept.missed && !kept.stale;
        if (kept.removed)
            ++counts.added;
        else
            ++(kept.said.same_content(said) ? counts.unchanged : counts.changed);
        if (!untouched || !proven) kept.read = began;  // an unchanged row of a whole list isn't written
        kept.said = said;
        kept.missed.reset();
        kept.removed.reset();
        kept.stale = false;
    }

    void missing(WallTime began, const std::map<std::string, Said>& last, const LandOptions& options, std::int64_t live,
                 LandCounts& counts) {
        std::vector<std::string> gone;
        for (auto& [key, kept] : rows) {
            if (kept.removed || last.count(key) > 0 || kept.read > began) continue;
            if (!kept.missed) {
                kept.read = kept.stale || !whole ? kept.read : std::max(kept.read, *whole);
                kept.missed = began;
                ++counts.missing_once;
            } else if (*kept.missed < began && kept.said.expired) {
                kept.removed = began;
                ++counts.expired;
                ++counts.removed;
            } else if (*kept.missed < began) {
                gone.push_back(key);
            }
        }
        const auto limit = static_cast<std::size_t>(static_cast<double>(live) * options.max_removed_percent / 100);
        if (gone.size() > limit) {
            counts.withheld = static_cast<std::int64_t>(gone.size());
            return;
        }
        for (const std::string& key : gone) rows[key].removed = began;
        counts.removed += static_cast<std::int64_t>(gone.size());
        counts.removed_keys = gone;
    }
};

std::string text(const LandCounts& c) {
    std::string line;
    for (const std::int64_t n : {c.seen, c.added, c.changed, c.removed, c.unchanged, c.folded, c.superseded,
                                 c.quarantined, c.expired, c.withheld, c.missing_once})
        line += std::to_string(n) + ' ';
    for (const std::string& key : c.removed_keys) line += key + ' ';
    return line;
}

// The service's side: records come, change and go.
class Service {
  public:
    explicit Service(Random& random) : random_(random) {}
    std::map<std::string, Said> truth;

    void move() {
        for (int i = 0; i < 12; ++i) {
            const std::string key = "k" + std::to_string(i);
            switch (random_.below(12)) {
                case 0:
                    truth.erase(key);
                    break;
                case 1:
                case 2:
                    truth[key].premium = static_cast<int>(random_.below(4));
                    break;
                case 3:
                    truth[key].note = static_cast<int>(random_.below(3));
                    break;
                case 4:
                    truth[key].stamp = static_cast<int>(random_.below(3));
                    break;
                case 5:
                    truth[key].rejected = random_.below(3) == 0;
                    break;
                case 6:
                    truth[key].expired = random_.below(3) == 0;
                    break;
                default:
                    break;
            }
        }
    }
    std::vector<Row> list(bool whole) {
        std::vector<Row> rows;
        for (const auto& [key, said] : truth)
            if (whole || random_.below(2) == 0) rows.push_back({key, said});
        for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random_.below(i)]);
        return rows;
    }

  private:
    Random& random_;
};

void compare(Agency& agency, const Model& model) {
    std::string expected;
    for (const auto& [key, kept] : model.rows) {
        if (!expected.empty()) expected += '\n';
        expected += key + '|' + std::to_string(kept.said.premium) + ".00|" + kept.said.json(key) + '|' +
                    rfc3339(model.shown(kept)) + '|' + (kept.removed ? rfc3339(*kept.removed) : "-");
    }
    CHECK(agency.one("SELECT key, premium, doc, read_at, removed_at FROM bindpilot_policies_all ORDER BY key") ==
          expected);
}

}  // namespace

TEST_CASE("Random pulls land as a simple model of the rules says") {
    const auto seed = GENERATE(range(1, 13));
    CAPTURE(seed);
    Random random(static_cast<std::uint64_t>(seed));
    Agency agency;
    agency.mapping.window_field = "expires";
    Service service(random);
    Model model;
    std::vector<std::pair<WallTime, std::vector<Row>>> past;
    for (int round = 0; round < 40; ++round) {
        CAPTURE(round);
        service.move();
        agency.clock.advance(1min);
        WallTime began = agency.clock.wall();
        const auto kind = random.below(10);
        LandOptions options = agency.whole_list();
        options.max_removed_percent = random.below(3) == 0 ? 5 : 60;
        options.complete = kind < 7;
        options.resumed = kind == 6;
        std::vector<Row> list = service.list(kind < 7);
        if (kind == 9 && !past.empty()) {  // a list that was read long ago
            std::tie(began, list) = past[random.below(past.size())];
            options.complete = random.below(2) == 0;
        } else {
            past.emplace_back(began, list);
        }
        if (!list.empty() && !options.complete && random.below(2) == 0) list.push_back(list.front());
        std::vector<std::string> documents;
        for (const Row& row : list) documents.push_back(row.said.json(row.key));

        const auto live_before = std::stoll(agency.one("SELECT count(*) FROM bindpilot_policies"));
        const LandCounts counts = agency.pull_at(began, documents, options);
        CHECK(text(counts) == text(model.land(began, list, options)));
        CHECK(counts.seen == accounted(counts));
        CHECK(std::stoll(agency.one("SELECT count(*) FROM bindpilot_policies")) ==
              live_before + counts.added - counts.removed);
        compare(agency, model);
    }
    CHECK(agency.one("PRAGMA integrity_check") == "ok");
    // The history alone tells which records are live.
    CHECK(agency.one("SELECT coalesce(group_concat(key, ' '), '') FROM (SELECT key, sum(kind IN ('added','returned')) "
                     "- sum(kind = "
                     "'removed') AS n "
                     "FROM change GROUP BY key HAVING n = 1 ORDER BY key)") == agency.live());
}

TEST_CASE("Whatever fails half-way through a landing leaves the store as it was") {
    Agency agency;
    agency.pull({Policy{"a"}.json(), Policy{"b"}.json()});
    const auto everything = [&] {
        return agency.one("SELECT * FROM record_bindpilot_policies") + agency.one("SELECT * FROM change") +
               agency.one("SELECT * FROM pull_state") + agency.one("SELECT * FROM quarantine");
    };
    const std::string before = everything();
    const std::pair<const char*, const char*> writes[] = {{"change", "INSERT"},
                                                          {"quarantine", "INSERT"},
                                                          {"record_bindpilot_policies", "INSERT"},
                                                          {"record_bindpilot_policies", "UPDATE"},
                                                          {"pull_state", "UPDATE"}};
    for (const auto& [table, event] : writes) {
        CAPTURE(table, event);
        agency.store.db().exec(std::string("CREATE TRIGGER full BEFORE ") + event + " ON " + table +
                               " BEGIN SELECT RAISE(ABORT, 'no room'); END");
        CHECK_THROWS_AS(agency.pull({Policy{.id = "a", .status = "x"}.json(), Policy{"c"}.json(),
                                     Policy{.id = "d", .status = ""}.json()}),
                        Error);
        agency.store.db().exec("DROP TRIGGER full");
        CHECK(everything() == before);
    }
}
