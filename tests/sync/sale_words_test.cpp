// Each reason for which a lead isn't sold has words for people, and stands in docs/autobind.md's table of reasons; none stands there that
// the program doesn't give.
#include "core/sale_words.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "sync/sale_bars.h"

using namespace bindery;

namespace {

std::set<std::string> names_in_code() {
    std::set<std::string> names;
    for (const SaleReason& reason : sale_reasons()) names.insert(reason.name);
    return names;
}

// Of rows of the form | `name` | words | …, below the heading.
std::set<std::string> names_in_docs() {
    std::set<std::string> names;
    std::ifstream file(std::string(BINDERY_SOURCE_DIR) + "/docs/autobind.md");
    bool below = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) below = line == "## Why a lead isn't sold";
        if (!below || !line.starts_with("| `")) continue;
        const std::string cell = line.substr(0, line.find('|', 2));
        for (std::size_t at = cell.find('`'); at != std::string::npos;) {
            const std::size_t end = cell.find('`', at + 1);
            names.insert(cell.substr(at + 1, end - at - 1));
            at = cell.find('`', end + 1);
        }
    }
    return names;
}

}  // namespace

TEST_CASE("Every bar has words for people, and says its name with them") {
    const std::set<std::string> names = names_in_code();
    for (int bar = static_cast<int>(Bar::none) + 1; bar <= static_cast<int>(Bar::cap_money); ++bar) CHECK(names.count(bar_name(static_cast<Bar>(bar))) == 1);
    CHECK(sale_reason_words("hour") == "too early or too late there to call (hour)");
    CHECK(sale_reason_words("no reply within 10 s") == "no reply within 10 s");
}

TEST_CASE("The guide names every reason for which a lead isn't sold, and no other") {
    CHECK(names_in_docs() == names_in_code());
}
