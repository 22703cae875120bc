#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "store/row_sorter.h"
#include "support/temp_folder.h"

using namespace bindery;

namespace {

struct Row {
    std::string key;
    std::uint64_t hash;
};

std::vector<Row> sorted_by(std::size_t memory, const std::vector<Row>& rows) {
    RowSorter sorter(std::filesystem::temp_directory_path(), memory);
    for (std::size_t i = 0; i < rows.size(); ++i) sorter.add(rows[i].key, rows[i].hash, {i * 100, static_cast<std::int64_t>(i) + 2});
    sorter.sort();
    CHECK(sorter.count() == static_cast<std::int64_t>(rows.size()));
    std::vector<Row> sorted;
    for (SortedRow row; sorter.next(row);) {
        CHECK(rows.at(row.place.offset / 100).hash == row.hash);
        CHECK(row.place.line == static_cast<std::int64_t>(row.place.offset / 100) + 2);
        sorted.push_back({std::string(row.key), row.hash});
    }
    SortedRow none;
    CHECK_FALSE(sorter.next(none));
    return sorted;
}

void check_sorted(std::vector<Row> rows, std::size_t memory) {
    INFO("memory " << memory);
    const auto sorted = sorted_by(memory, rows);
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
    REQUIRE(sorted.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(sorted[i].key == rows[i].key);
        CHECK(sorted[i].hash == rows[i].hash);
    }
}

}  // namespace

TEST_CASE("Rows come in the order of their keys' bytes, those of one key as they were added, however little memory there is") {
    const std::vector<Row> by_hand{{"HO-2", 1}, {"HO-10", 2}, {"HO-1", 3}, {"HO-2", 4}, {"HO", 5}, {"", 6}, {"HO-\xC3\xA9", 7}, {"HO-1\x01", 8}, {"HO-2", 9}, {std::string("HO-1\0", 5), 10}};
    for (const std::size_t memory : {std::size_t{1}, std::size_t{100}, std::size_t{150}, RowSorter::kMemory}) check_sorted(by_hand, memory);
    std::mt19937 random(7);
    std::vector<Row> many;
    for (std::uint64_t i = 0; i < 3000; ++i) many.push_back({"policy-" + std::to_string(random() % 900) + std::string(random() % 20, 'x'), i});
    for (const std::size_t memory : {std::size_t{500}, std::size_t{20'000}, RowSorter::kMemory}) check_sorted(many, memory);
    many.push_back({std::string(200'000, 'k'), 3000});  // more than a part is read by
    check_sorted(many, 20'000);
    check_sorted({}, RowSorter::kMemory);
}

TEST_CASE("What doesn't fit in memory leaves no file behind") {
    const test::TempFolder folder;
    RowSorter sorter(folder.path(), 50);
    for (std::uint64_t i = 0; i < 10; ++i) sorter.add("key " + std::to_string(i), i, {});
    CHECK(std::filesystem::is_empty(folder.path()));
    sorter.sort();
    CHECK(std::filesystem::is_empty(folder.path()));
}
