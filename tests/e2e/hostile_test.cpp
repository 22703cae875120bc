// Replies that no service should give: what a run makes of each, and that the next clean run heals all of it.
#include <set>

#include "support.h"

using namespace bindery::e2e;

namespace {

struct Reply {
    const char* about;
    json fault;
    int code;            // of the run that meets it
    const char* says;    // in its output; "" for nothing in particular
};

const Agency& quickened(const Agency& agency) {
    replace_in(agency.service_file("bindpilot"), "per_page: 100", "per_page: 20");
    replace_in(agency.service_file("bindpilot"), "total: 30s", "total: 1s");
    replace_in(agency.service_file("bi369"), "total: 30s", "total: 1s");
    return agency;
}

json everywhere(json fault) {
    fault["times"] = 0;
    if (!fault.contains("path_prefix")) fault["path_prefix"] = "/v1/renewals";
    return fault;
}

std::string live(const Agency& agency, const std::string& dataset) { return agency.cell("SELECT count(*) FROM " + dataset); }

}  // namespace

TEST_CASE("A hostile list removes nothing, crashes nothing, says what it was, and a clean run heals it") {
    const std::vector<Reply> replies{
        {"a body cut short", {{"kind", "cut_body"}}, 1, "bindpilot.renewals"},
        {"a proxy's page", {{"kind", "html_error"}}, 1, "502"},
        {"a proxy's page with 200", {{"kind", "html_error"}, {"status", 200}}, 1, "bindpilot.renewals"},
        {"an error status", {{"kind", "status"}, {"status", 503}}, 1, "503"},
        {"no answer at all", {{"kind", "drop_before"}}, 1, "bindpilot.renewals"},
        {"no answer after the work", {{"kind", "drop_after"}}, 1, "bindpilot.renewals"},
        {"an empty body", {{"kind", "empty_body"}}, 1, "bindpilot.renewals"},
        {"text before the JSON", {{"kind", "not_json"}}, 1, "bindpilot.renewals"},
        {"bytes that aren't UTF-8", {{"kind", "bad_charset"}}, 3, "the record holds bytes that aren't UTF-8"},
        {"a packed body", {{"kind", "gzip"}}, 0, ""},
        {"a body of 300 MB", {{"kind", "huge_body"}}, 1, "bindpilot.renewals"},
        {"latency beyond the time-out", {{"kind", "latency"}, {"latency_ms", 1500}}, 1, "bindpilot.renewals"},
        {"a total that is too high", {{"kind", "wrong_total"}}, 3, "incomplete"},
        {"no total", {{"kind", "no_total"}}, 0, ""},
        {"no meta", {{"kind", "no_meta"}}, 0, ""},
        {"an empty list", {{"kind", "empty_list"}}, -1, ""},
        {"half a list with the true total", {{"kind", "half_list"}}, 3, "incomplete"},
        {"half of each page", {{"kind", "short_page"}}, 3, "incomplete"},
        {"a row that comes twice", {{"kind", "duplicate_row"}}, -1, ""},
        {"rows that move between pages", {{"kind", "shifting"}}, -1, ""},
        {"an array one level deeper", {{"kind", "wrapped_list"}}, 0, ""},
        {"an end in sight by date", {{"kind", "retry_after"}, {"retry_after", "Wed, 21 Oct 2037 07:28:00 GMT"}}, -1, ""},
    };
    const Sandbox sandbox({"--policies", "120", "--renewals", "70"});
    const Agency agency(sandbox);
    quickened(agency);
    replace_in(agency.job_file(), "time_limit: 2h", "time_limit: 7s");
    agency.synced(0);
    const std::string before = live(agency, "bindpilot_renewals");
    const std::string policies = live(agency, "bindpilot_policies");
    const auto tasks = sandbox.tasks().size();
    for (const auto& reply : replies) {
        INFO(reply.about);
        fs::remove_all(agency / "state");  // a budget without the marks that the last fault left
        sandbox.fault(everywhere(reply.fault));
        const Ended met = agency.sync();
        INFO(met.out << "\n" << met.err);
        CHECK(met.signal == 0);
        if (reply.code >= 0) {
            CHECK(met.code == reply.code);
        } else {
            CHECK((met.code == 0 || met.code == 1 || met.code == 3 || met.code == 4));
        }
        CHECK(met.out.find(reply.says) != std::string::npos);
        const json report = met.object();
        CHECK(report.at("exit_code") == met.code);
        if (met.code == 1) {
            CHECK(report.at("error").at("message").get<std::string>().size() > 10);
            CHECK(report.at("error").at("hint").get<std::string>().size() > 10);
        }
        CHECK(met.seconds < 40);
        CHECK(live(agency, "bindpilot_renewals") == before);
        CHECK(live(agency, "bindpilot_policies") == policies);
        const json& read = report.at("datasets").at("bindpilot.renewals");
        CHECK(agency.cell("SELECT count(*) FROM quarantine") == std::to_string(read.at("quarantined").get<int>()));
        CHECK(sandbox.tasks().size() == tasks);
        sandbox.no_faults();
        fs::remove_all(agency / "state");
        const Ended clean = agency.sync();
        INFO(clean.out << "\n" << clean.err);
        CHECK(clean.code == 0);
        CHECK(live(agency, "bindpilot_renewals") == before);
        CHECK(agency.cell("SELECT count(*) FROM quarantine") == "0");
        const json healed = clean.object();
        CHECK(healed.at("datasets").at("bindpilot.renewals").at("complete") == true);
        CHECK(sandbox.tasks().size() == tasks);
    }
}

TEST_CASE("A list that stays empty is withheld from the removals and says so, and comes back whole") {
    const Sandbox sandbox({"--policies", "120", "--renewals", "70"});
    const Agency agency(sandbox);
    agency.synced(0);
    const std::string before = live(agency, "bindpilot_policies");
    sandbox.fault({{"kind", "empty_list"}, {"path_prefix", "/v1/policies"}, {"times", 0}});
    CHECK(agency.sync().code != 1);  // once may be a slip: nothing is removed on one reading
    CHECK(live(agency, "bindpilot_policies") == before);
    for (int i = 0; i < 2; ++i) {
        const json report = agency.synced(4);
        CHECK(report.at("datasets").at("bindpilot.policies").at("withheld").get<int>() > 0);
        CHECK(report.at("datasets").at("bindpilot.policies").at("removed") == 0);
        CHECK(report.dump().find("--allow-removed") != std::string::npos);
        CHECK(live(agency, "bindpilot_policies") == before);
    }
    sandbox.no_faults();
    CHECK(agency.synced(0).at("datasets").at("bindpilot.policies").at("unchanged") == 120);
    CHECK(live(agency, "bindpilot_policies") == before);
}

TEST_CASE("A write whose reply was lost or is nonsense is named, sent once more at the most, and never forgotten") {
    struct Case {
        const char* about;
        json fault;
        int code;
        std::string state;  // of one effect after the run
        std::set<std::size_t> more;   // tasks of it after the next run: 2 where a double can't be told from a loss
    };
    const std::vector<Case> cases{
        {"the connection closed after the work", {{"kind", "drop_after"}}, 5, "in_doubt", {2}},
        {"the connection closed before the work", {{"kind", "drop_before"}}, 5, "in_doubt", {1}},
        {"a proxy's error", {{"kind", "html_error"}}, 5, "in_doubt", {1}},
        {"a proxy's error after the work", {{"kind", "html_error"}, {"act", true}}, 5, "in_doubt", {2}},
        {"an answer cut short", {{"kind", "cut_body"}}, 5, "in_doubt", {2}},
        {"an answer too late", {{"kind", "latency"}, {"latency_ms", 1500}}, 5, "in_doubt", {1, 2}},
        {"a refusal", {{"kind", "status"}, {"status", 422}}, 3, "rejected", {0}},
    };
    const Sandbox sandbox({"--policies", "80"});
    for (const auto& one : cases) {
        INFO(one.about);
        sandbox.reset();
        const Agency agency(sandbox);
        quickened(agency);
        json fault = one.fault;
        fault["method"] = "POST";
        fault["service"] = "bi369";
        fault["times"] = 1;
        sandbox.fault(fault);
        const Ended met = agency.sync();
        INFO(met.out << met.err);
        CHECK(met.code == one.code);
        const json report = met.object();
        CHECK(agency.cell("SELECT count(*) FROM effect WHERE state = '" + one.state + "'") == "1");
        REQUIRE(report.contains("attention"));
        CHECK(report.at("attention").at(0).at("state") == one.state);
        const std::string ref = report.at("attention").at(0).at("ref");
        const Ended next = agency.sync();
        INFO(next.out << next.err);
        CHECK(next.code == (one.state == "rejected" ? 3 : 0));
        std::size_t there = 0;
        for (const auto& task : sandbox.tasks()) there += task.dump().find(ref) != std::string::npos ? 1 : 0;
        CHECK(one.more.count(there) == 1);
        CHECK(agency.cell("SELECT count(*) FROM effect WHERE state NOT IN ('done', 'rejected')") == "0");
    }
}
