// The rules of jobs/renewals.yaml for tasks, row by row.
#include "engine/renewals_store.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("A renewal is in one stage at a time, from its first day to the day it expires") {
    RenewalsStore agency;
    struct Case {
        const char* line;
        json premium;
        int days;
        const char* stage;
        std::string id = {};
    };
    const json large = 25000, small = json("24999.99");
    std::vector<Case> cases{
        {"homeowners", 1000, 46, "-"},
        {"homeowners", 1000, 45, "45-day"},
        {"homeowners", 1000, 41, "45-day"},
        {"homeowners", 1000, 31, "45-day"},
        {"homeowners", 1000, 30, "30-day"},
        {"homeowners", 1000, 11, "30-day"},
        {"personal_auto", 1000, 10, "10-day"},
        {"umbrella", 1000, 0, "10-day"},
        {"homeowners", 1000, -1, "-"},
        {"homeowners", large, 60, "-"},
        {"HomeOwners", 1000, 46, "-"},
        {"bop", small, 91, "-"},
        {"bop", small, 90, "90-day"},
        {"bop", small, 61, "90-day"},
        {"workers_comp", small, 60, "60-day"},
        {"commercial_auto", small, 31, "60-day"},
        {"bop", small, 30, "30-day"},
        {"bop", small, 0, "30-day"},
        {"bop", small, -1, "-"},
        {"bop", large, 121, "-"},
        {"bop", large, 120, "120-day"},
        {"bop", large, 91, "120-day"},
        {"bop", large, 90, "90-day"},
        {"bop", large, 60, "60-day"},
        {"bop", large, 30, "30-day"},
        {"bop", large, 0, "30-day"},
        {"bop", nullptr, 100, "-"},
        {"cyber", small, 91, "-"},
        {"cyber", small, 90, "90-day"},
        {"cyber", large, 120, "120-day"},
    };
    for (Case& c : cases) {
        c.id = agency.renewal(
            {{"line_of_business", c.line}, {"current_premium", c.premium}, {"expiration_date", in_days(c.days)}});
    }
    const std::string unknown = agency.renewal({{"line_of_business", nullptr}, {"expiration_date", in_days(75)}});
    const auto tasks = agency.tasks();
    for (const Case& c : cases) {
        CAPTURE(c.line, c.premium.dump(), c.days);
        CHECK(column(tasks, c.id, "stage") == c.stage);
        if (tasks.contains(c.id)) CHECK(column(tasks, c.id, "days_left") == std::to_string(c.days));
    }
    CHECK(column(tasks, unknown, "stage") == "90-day");
}

TEST_CASE("A stage brings its priority") {
    RenewalsStore agency;
    const std::string early = agency.renewal({{"expiration_date", in_days(44)}});
    const std::string middle = agency.renewal({{"expiration_date", in_days(20)}});
    const std::string late = agency.renewal({{"expiration_date", in_days(5)}});
    const auto tasks = agency.tasks();
    CHECK(column(tasks, early, "priority") == "low");
    CHECK(column(tasks, middle, "priority") == "normal");
    CHECK(column(tasks, late, "priority") == "high");
}

TEST_CASE("Stages, lines and thresholds are the agency's to change, and a slip in them drops nothing") {
    RenewalsStore agency;
    const std::string home = agency.renewal({{"expiration_date", in_days(55)}});
    const std::string bop = agency.renewal({{"line_of_business", "bop"}, {"expiration_date", in_days(20)}});
    agency.var("stages") =
        json::parse(R"({"personal": [{"days": 60}, {"days": 7}], "other": [{"days": 25, "stage": "last"}]})");
    agency.var("other_lines") = "no such group";
    agency.var("lines")["bop"] = "nor this";
    const std::string soon = agency.renewal({{"expiration_date", in_days(5)}});
    const auto tasks = agency.tasks();
    CHECK(column(tasks, home, "stage") == "60-day");
    CHECK(column(tasks, home, "priority") == "normal");
    CHECK(column(tasks, home, "due_date") == "2026-03-04");  // 7 days before it expires
    CHECK(column(tasks, soon, "stage") == "7-day");
    CHECK(column(tasks, soon, "due_date") == "2026-01-20");  // of the last one: the day it expires
    CHECK(column(tasks, bop, "stage") == "60-day");
    agency.var("other_lines") = "other";
    CHECK(column(agency.tasks(), bop, "stage") == "last");
}

TEST_CASE("A policy is known by its number, else by BindPilot's ids") {
    RenewalsStore agency;
    struct Case {
        json number, policy_id;
        std::string policy;
        const char* title;
        std::string id = {};
    };
    std::vector<Case> cases{
        {"ho-77 1-a", "p_1", "HO771A", "Renew ho-77 1-a by"},
        {"TBD", "p_2", "policy p_2", "a policy without a number (Ann Roe)"},
        {"", "p_3", "policy p_3", "without a number"},
        {nullptr, "p_4", "policy p_4", "without a number"},
        {"TEMP123", "p_5", "policy p_5", "without a number"},
        {"0", nullptr, "", "without a number"},
    };
    for (Case& c : cases) c.id = agency.renewal({{"policy_number", c.number}, {"policy_id", c.policy_id}});
    cases.back().policy = "renewal " + cases.back().id;
    const auto tasks = agency.tasks();
    for (const Case& c : cases) {
        CAPTURE(c.number.dump());
        CHECK(column(tasks, c.id, "policy") == c.policy);
        CHECK_THAT(agency.body_text(c.id), Contains(c.title));
    }
}

TEST_CASE("Rows of one number and date are one task that names them all") {
    RenewalsStore agency;
    const json package{{"policy_number", "PK-1"}, {"line_of_business", "homeowners"}, {"current_premium", 900}};
    agency.renewal(package);
    json auto_row = package;
    auto_row.update({{"policy_number", "pk 1"}, {"line_of_business", "personal_auto"}, {"current_premium", 1800}});
    agency.renewal(auto_row);
    json next_year = package;
    next_year["expiration_date"] = in_days(20);
    agency.renewal(next_year);
    const auto tasks = agency.tasks();
    REQUIRE(tasks.size() == 2);
    std::string lines;
    for (const auto& [id, row] : tasks) lines += column(tasks, id, "line") + "|" + column(tasks, id, "together") + "|";
    CHECK_THAT(lines, Contains("personal auto|\nUnder one number: "));
    CHECK_THAT(lines,
               Contains("homeowners for Ann Roe") && Contains("personal_auto for Ann Roe") && Contains("homeowners||"));
}

TEST_CASE("The territory is states and ZIP prefixes, what can't be placed is worked") {
    struct Case {
        json state, zip;
        bool by_state, by_both, by_zip, strict;
    };
    const Case cases[] = {
        {"TX", "75001", true, true, false, true},       {"Texas", nullptr, true, true, true, true},
        {"CO", "80201", false, false, false, false},    {"CO", "78701", false, true, true, false},
        {"CO", "78701-1234", false, true, true, false}, {nullptr, nullptr, true, true, true, false},
        {nullptr, "80201", true, true, false, false},   {"CO", nullptr, false, true, true, false},
    };
    RenewalsStore agency;
    std::vector<std::string> ids;
    for (const Case& c : cases) ids.push_back(agency.renewal({{"state", c.state}, {"zip", c.zip}}));
    const auto by_state = agency.tasks();
    agency.var("work_unknown_place") = false;
    const auto strict = agency.tasks();
    agency.var("work_unknown_place") = true;
    agency.var("territory_zips") = json::array({787});
    const auto by_both = agency.tasks();
    agency.var("territory") = json::array();
    const auto by_zip = agency.tasks();
    agency.var("territory_zips") = json::array();
    CHECK(agency.tasks().size() == std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        CAPTURE(cases[i].state.dump(), cases[i].zip.dump());
        CHECK(by_state.contains(ids[i]) == cases[i].by_state);
        CHECK(strict.contains(ids[i]) == cases[i].strict);
        CHECK(by_both.contains(ids[i]) == cases[i].by_both);
        CHECK(by_zip.contains(ids[i]) == cases[i].by_zip);
    }
    agency.var("territory") = json::array({"texas", "co"});
    CHECK(agency.tasks().contains(ids[2]));
}

TEST_CASE("The first owner rule that fits names the owner, none leaves the default, counted as such") {
    RenewalsStore agency;
    struct Case {
        json changes;
        const char* rule;
        const char* assignee;
        std::string id = {};
    };
    std::vector<Case> cases{
        {{{"state", "NM"}}, "default", "renewals@agency.example"},
        {{{"state", "OK"}}, "oklahoma", "oklahoma@agency.example"},
        {{{"state", "TX"}, {"zip", "78701"}}, "austin", "austin@agency.example"},
        {{{"state", "TX"}, {"zip", "75001"}}, "default", "renewals@agency.example"},
        {{{"state", "NM"}, {"zip", "78701"}}, "default", "renewals@agency.example"},
        {{{"state", "OK"}, {"account_manager", "Maria@Agency.example"}}, "own_account", "Maria@Agency.example"},
        {{{"state", "OK"}, {"account_manager", "maria@elsewhere.example"}}, "oklahoma", "oklahoma@agency.example"},
        {{{"line_of_business", "workers_comp"}, {"account_manager", "maria@agency.example"}},
         "workers_comp",
         "workcomp@agency.example"},
        {{{"state", "NM"}, {"account_manager", nullptr}}, "default", "renewals@agency.example"},
    };
    for (Case& c : cases) c.id = agency.renewal(c.changes);
    const auto tasks = agency.tasks();
    for (const Case& c : cases) {
        CAPTURE(c.changes.dump());
        CHECK(column(tasks, c.id, "owner_rule") == c.rule);
        CHECK(column(tasks, c.id, "assignee") == c.assignee);
    }
    agency.var("owners") =
        json::parse(R"([{"rule": "bo", "manager": "bo *", "state": ["tx", "Oklahoma"], "to": "bo@agency.example"},
                                            {"line": ["homeowners", "bop"]}])");
    const auto again = agency.tasks();
    CHECK(column(again, cases[3].id, "owner_rule") == "bo");
    CHECK(column(again, cases[0].id, "owner_rule") == "rule 2");
    CHECK(column(again, cases[0].id, "assignee") == "renewals@agency.example");
    agency.var("owners") = json::array();
    CHECK(column(agency.tasks(), cases[1].id, "owner_rule") == "default");
    CHECK(agency.step("renewal_task").count_by.front() == "owner_rule");
}

TEST_CASE("A premium change above either limit is flagged, without an expiring premium there is none to tell") {
    RenewalsStore agency;
    struct Case {
        json before, after;
        const char* flag;
        const char* says;
        std::string id = {};
    };
    std::vector<Case> cases{
        {1000, 1100, "no", "1000.00 expiring, 1100.00 offered (+10.0 %)"},
        {1000, "1100.01", "yes", "1100.01 offered"},
        {1000, 900, "no", "-10.0 %"},
        {1000, "899.99", "yes", "899.99 offered (-10.0 %)"},
        {10000, 10500, "no", "+5.0 %"},
        {10000, "10500.01", "yes", "10500.01"},
        {1000, 1000, "no", "+0.0 %"},
        {0, 1200, "n/a", "0.00 expiring, 1200.00 offered."},
        {nullptr, 1200, "n/a", "expiring premium not stated, 1200.00 offered."},
        {-5, 1200, "n/a", "-5.00 expiring"},
        {1000, nullptr, "n/a", "1000.00 expiring, no offer yet."},
    };
    for (Case& c : cases) c.id = agency.renewal({{"current_premium", c.before}, {"renewal_premium", c.after}});
    const auto tasks = agency.tasks();
    for (const Case& c : cases) {
        CAPTURE(c.before.dump(), c.after.dump());
        CHECK(column(tasks, c.id, "premium_flag") == c.flag);
        CHECK_THAT(agency.body_text(c.id), Contains(c.says));
    }
    agency.var("flag_percent") = exact_number("10.5");
    CHECK(column(agency.tasks(), cases[1].id, "premium_flag") == "no");
}

TEST_CASE("What BindPilot calls renewed needs no task, every other word is worked and shown") {
    RenewalsStore agency;
    for (const char* word : {"Renewed", "renewed", "RENEWED "}) agency.renewal({{"status", word}});
    CHECK(agency.tasks().empty());
    const std::string fresh = agency.renewal({{"status", "Escalated"}});
    const std::string none = agency.renewal({{"status", nullptr}});
    const auto tasks = agency.tasks();
    CHECK(tasks.size() == 2);
    CHECK_THAT(agency.body_text(fresh), Contains("BindPilot's status: Escalated."));
    CHECK(tasks.contains(none));
    agency.var("no_task_for") = json::array({"Renewed", "Escalated", nullptr});
    CHECK(agency.tasks().size() == 1);
    agency.var("no_task_for") = json::array();
    CHECK(agency.tasks().size() == 5);
}

TEST_CASE("A due date is a business day, not before today and not after the expiration") {
    RenewalsStore agency;
    struct Case {
        const char* today;
        const char* expires;
        const char* due;
        std::string id = {};
    };
    std::vector<Case> cases{
        {"2026-01-15", "2026-03-01", "2026-01-23"},  // 35 days before is a Sunday: the Friday
        {"2026-01-15", "2026-02-08", "2026-01-16"},  // 20 days before is Monday the 19th, a holiday: the Friday
        {"2026-01-15", "2026-02-18", "2026-01-15"},  // that day has passed: today
        {"2026-01-17", "2026-02-21", "2026-01-20"},  // on a Saturday, Monday being a holiday: Tuesday
        {"2026-01-17", "2026-01-19", "2026-01-17"},  // no business day left: today
        {"2026-01-17", "2026-01-20", "2026-01-20"},  // the last day itself
        {"2026-01-18", "2026-01-18", "2026-01-18"},
    };
    for (Case& c : cases) c.id = agency.renewal({{"expiration_date", c.expires}});
    for (const Case& c : cases) {
        CAPTURE(c.today, c.expires);
        agency.set_today(c.today);
        CHECK(column(agency.tasks(), c.id, "due_date") == c.due);
    }
}

TEST_CASE("A renewal that left BindPilot's list gets no task") {
    RenewalsStore agency;
    agency.gone(agency.renewal());
    CHECK(agency.tasks().empty());
    CHECK(agency.alarms().empty());
}

TEST_CASE("The renewals job reads before it writes, and a doubt is sent once more") {
    const RenewalsStore agency;
    for (const char* effect : {"renewal_task", "expired_alarm"}) {
        const PushStep& step = agency.step(effect);
        CHECK(step.when_in_doubt == WhenInDoubt::retry);
        CHECK(step.volatile_members == std::vector<std::string>{"description", "dueDate"});
        CHECK(step.body.at("description").get<std::string>().find("{ref}") != std::string::npos);
    }
}

TEST_CASE("A renewal whose carrier is inactive or closed is flagged in its task, and the flag alone sends nothing again") {
    RenewalsStore agency;
    agency.carrier("Pecos Valley", "Active", "Full");
    agency.carrier("Shut Mutual", "Active", "Closed");
    agency.carrier("GONE Casualty ", "Inactive", "Selective");
    agency.carrier("Waiting National", "Pending", "Selective");
    const std::string good = agency.renewal();
    const std::string closed = agency.renewal({{"carrier", "shut mutual"}});
    const std::string inactive = agency.renewal({{"carrier", "Gone Casualty"}});
    const std::string pending = agency.renewal({{"carrier", "Waiting National"}});
    const std::string unknown = agency.renewal({{"carrier", "Nobody's"}});
    const std::string blank = agency.renewal({{"carrier", nullptr}});
    auto tasks = agency.tasks();
    for (const auto& id : {good, pending, unknown, blank}) {
        CHECK(column(tasks, id, "carrier_flag") == "no");
        CHECK_THAT(agency.body_text(id), !Contains("CAUTION"));
    }
    CHECK_THAT(agency.body_text(closed), Contains("\nCAUTION, carrier: shut mutual is closed (its appetite) in BindPilot (as of 2026-01-15): place it elsewhere."));
    CHECK_THAT(agency.body_text(inactive), Contains("Gone Casualty is inactive in BindPilot"));
    CHECK(column(tasks, closed, "carrier_flag") == "yes");
    const auto& moves = agency.step("renewal_task").volatile_members;
    CHECK(std::find(moves.begin(), moves.end(), "description") != moves.end());
    agency.var("carrier_flags") = json::array();
    tasks = agency.tasks();
    CHECK(column(tasks, closed, "carrier_flag") == "no");
}
