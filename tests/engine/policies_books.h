#pragma once
// The AMS's book against BindPilot's list, for the tests of the shipped policies job.
#include <algorithm>
#include <catch2/catch.hpp>

#include "store/conflicts.h"
#include "support/world.h"

namespace bindery::test {

// The AMS's row of a policy, as an export has it.
inline json ams(int number, int days, const json& changed = json::object()) {
    json row = policy(number, days);
    for (const char* member : {"id", "client_id"}) row.erase(member);
    row.update(changed);
    return row;
}

struct Books {
    World world;
    std::vector<json> rows;

    explicit Books(int count = 4, const std::vector<std::pair<std::string, std::string>>& replaced = {}) {
        world.shipped_policies(replaced);
        for (int i = 0; i < count; ++i) {
            rows.push_back(ams(i, 30 + i));
            world.services.lists["/policies"].push_back(policy(i, 30 + i));
        }
    }
    json& theirs(int number) { return world.services.lists["/policies"].at(static_cast<std::size_t>(number)); }
    json& ours(int number) { return rows.at(static_cast<std::size_t>(number)); }
    // A new export of the AMS, then the job.
    RunReport both() {
        world.import_book(rows);
        return world.run("policies");
    }
    RunReport settle() {
        const RunReport report = both();
        INFO(to_text(report));
        REQUIRE(report.exit == ExitCode::done);
        return report;
    }
    std::vector<std::string> corrections() { return world.rows("SELECT dataset || ' ' || key || ' ' || field, had, wanted, state FROM correction ORDER BY id"); }
    std::vector<std::string> conflicts(const std::string& state = "open") {
        return world.rows("SELECT kind, field, ours_value, theirs_value FROM conflict WHERE state = '" + state + "' ORDER BY id");
    }
};

inline bool says(const RunReport& report, const std::string& words) {
    return std::any_of(report.warnings.begin(), report.warnings.end(), [&](const std::string& line) { return line.find(words) != std::string::npos; });
}

inline void quiet(Books& books) {
    const std::size_t writes = books.world.services.writes;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.effects.planned == 0);
    CHECK(books.world.services.writes == writes);
}

// A person's word about the only open conflict.
inline void resolve(Books& books, const std::string& take, const std::string& wanted) {
    books.world.with_engine([&](const Engine& engine) {
        engine.store.transaction([&] {
            Conflicts conflicts(engine.store);
            const auto open = conflicts.list({});
            REQUIRE(open.size() == 1);
            CHECK(conflicts.resolve(open[0].id, take, wanted));
        });
    });
}

}  // namespace bindery::test
