// The list of what only one of two books has.
#include <fstream>
#include <iterator>

#include "engine/export_csv.h"
#include "policies_books.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("what only one book has can be listed, as the job's last run paired them") {
    Books books(3);
    const auto listed = [&] {
        const auto to = books.world.folder() / "unmatched.csv";
        books.world.with_engine([&](const Engine& engine) {
            ExportRequest request;
            request.unmatched = "policies";
            request.to = to;
            export_csv(engine.config, engine.store, request);
        });
        std::ifstream in(to, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    books.world.import_book(books.rows);
    CHECK_THROWS_WITH(listed(), Catch::Matchers::Contains("hasn't compared its books yet"));
    books.rows.push_back(ams(7, 40, {{"policy_number", "HO-700007"}, {"client_name", "Only Ours"}}));
    books.world.services.lists["/policies"].push_back(policy(8, 41));
    books.world.services.lists["/policies"].back()["client_name"] = "Only Theirs";
    const RunReport report = books.both();
    INFO(to_text(report));
    REQUIRE(report.reconciled.size() == 1);
    CHECK(report.reconciled[0].only_ours == 1);
    CHECK(report.reconciled[0].only_theirs == 1);
    const std::string list = listed();
    INFO(list);
    CHECK_THAT(list, Catch::Matchers::StartsWith("only_in,record,policy_number,") && Catch::Matchers::Contains("\r\nbook.policies,\"HO700007|") && Catch::Matchers::Contains("Only Ours") &&
                         Catch::Matchers::Contains("\r\nbindpilot.policies,p_1008,") && Catch::Matchers::Contains("Only Theirs"));
    CHECK(std::count(list.begin(), list.end(), '\n') == 3);
}
