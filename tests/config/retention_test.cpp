// bindery.yaml `retention:`.
#include <catch2/catch.hpp>
#include <filesystem>

#include "config/load.h"
#include "config/scalar.h"
#include "folder.h"

using namespace bindery;

namespace {

const Environment kEnvironment{{"HOME", "/home/agent"}};

std::string yaml(const std::string& retention) {
    const std::filesystem::path shipped = std::filesystem::path(BINDERY_SOURCE_DIR) / "config";
    return "services: " + (shipped / "services").string() + "\nbooks: " + (shipped / "books").string() + "\njobs: jobs\n" + retention;
}

}  // namespace

TEST_CASE("How long something is kept: days, weeks, months and years counted long, or forever") {
    struct Row {
        const char* text;
        int days;  // 0: none
    };
    const Row rows[] = {{"90d", 90}, {"2w", 14}, {"18mo", 558}, {"7y", 2562}, {"100y", 36600}, {"forever", kKeepForever}, {"101y", 0}, {"0d", 0},
                        {"7", 0},    {"y", 0},   {"-1y", 0},    {"1.5y", 0},  {"7 y", 0},      {"always", 0},             {"", 0},     {"99999999999d", 0}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(parse_keep(row.text).value.value_or(0) == row.days);
    }
}

TEST_CASE("Retention has defaults of years, and a dataset its own where it says so") {
    const Folder folder;
    std::filesystem::create_directories(folder.path() / "jobs");
    const Retention plain = load_config(folder.write("a.yaml", yaml("")), kEnvironment).settings.retention;
    CHECK(plain.removed == 7 * kDaysAYear);
    CHECK(plain.runs == 3 * kDaysAYear);
    CHECK(plain.datasets.empty());
    const Retention given =
        load_config(folder.write("b.yaml", yaml("retention: {runs: forever, history: 2y, datasets: {bindpilot.quotes: {removed: 1y}, book.policies: {history: 90d}}}\n")), kEnvironment).settings.retention;
    CHECK(given.runs == kKeepForever);
    CHECK(given.history == 2 * kDaysAYear);
    CHECK(given.datasets.at("bindpilot.quotes").removed == kDaysAYear);
    CHECK_FALSE(given.datasets.at("bindpilot.quotes").history);
    CHECK(given.datasets.at("book.policies").history == 90);
}

TEST_CASE("A fault of retention names the key and what it must be") {
    struct Row {
        const char* text;
        const char* fault;
    };
    const Row rows[] = {
        {"retention: {removed: 30d}\n", "`retention.removed` must be a time such as 90d, 18mo, 7y, or forever; at least 90d, not `30d`"},
        {"retention: {audit: 1y}\n", "unknown key `audit`"},
        {"retention: {datasets: {bindpilot.quotes: {runs: 1y}}}\n", "unknown key `runs`"},
        {"retention: {datasets: {bindpilot.quote: {removed: 1y}}}\n", "`retention.datasets` names `bindpilot.quote`, and there is no such dataset; did you mean `bindpilot.quotes`?"},
    };
    const Folder folder;
    std::filesystem::create_directories(folder.path() / "jobs");
    for (const Row& row : rows) {
        INFO(row.text);
        const auto file = folder.write("bindery.yaml", yaml(row.text));
        CHECK_THAT(folder.message([&] { return load_config(file, kEnvironment); }), Catch::Contains(row.fault));
    }
}
