// The rules of jobs/renewals.yaml for the alarm, row by row.
#include "engine/renewals_store.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("The alarm is raised for what expired 1 to 30 days ago and isn't renewed") {
    RenewalsStore agency;
    struct Case {
        json changes;
        bool raised;
        std::string id = {};
    };
    std::vector<Case> cases{
        {{{"expiration_date", in_days(0)}}, false},
        {{{"expiration_date", in_days(-1)}}, true},
        {{{"expiration_date", in_days(-30)}}, true},
        {{{"expiration_date", in_days(-31)}}, false},
        {{{"expiration_date", in_days(-2)}, {"status", "Renewed"}}, false},
        {{{"expiration_date", in_days(-2)}, {"status", "Lost"}}, true},
        {{{"expiration_date", in_days(-2)}, {"status", nullptr}}, true},
        {{{"expiration_date", in_days(-2)}, {"state", "CO"}}, true},
        {{{"expiration_date", in_days(-2)}, {"client_id", nullptr}, {"policy_number", "TBD"}}, true},
    };
    for (Case& c : cases) c.id = agency.renewal(c.changes);
    const std::string removed = agency.renewal({{"expiration_date", in_days(-3)}});
    agency.gone(removed);
    // It has neither client nor number nor line, and replaces nothing.
    agency.policy({{"client_id", nullptr}, {"policy_number", "PENDING"}, {"line_of_business", nullptr}});
    const auto alarms = agency.alarms();
    for (const Case& c : cases) {
        CAPTURE(c.changes.dump());
        CHECK(alarms.contains(c.id) == c.raised);
    }
    CHECK(alarms.contains(removed));
    CHECK(column(alarms, cases[1].id, "days_ago") == "1");
    CHECK_THAT(agency.body_text(cases[5].id), Contains("EXPIRED, no renewal seen: HO-") &&
                                                  Contains("last status: Lost") &&
                                                  Contains("The list of policies is complete."));
    agency.var("alarm_all_territories") = false;
    CHECK_FALSE(agency.alarms().contains(cases[7].id));
    CHECK(agency.alarms().contains(cases[1].id));
    agency.var("alarm_days") = 31;
    CHECK(agency.alarms().contains(cases[3].id));
}

TEST_CASE("A policy of the same number, or of the same client and line, takes the old one's place if its dates fit") {
    const std::string expired = in_days(-10);
    struct Case {
        json policy;
        bool raised;
    };
    const auto c = GENERATE_COPY(values<Case>({
        {{{"policy_number", "AB 12-34"}, {"effective_date", expired}}, false},
        {{{"policy_number", "ab1234"}, {"effective_date", expired}, {"line_of_business", "bop"}}, false},
        {{{"policy_number", "AB1235"}, {"effective_date", expired}}, true},
        {{{"client_id", "c_7"}, {"effective_date", expired}}, false},
        {{{"client_id", "c_7"}, {"effective_date", expired}, {"line_of_business", "Homeowners"}}, false},
        {{{"client_id", "c_7"}, {"effective_date", expired}, {"line_of_business", "umbrella"}}, true},
        {{{"client_id", "C_7"}, {"effective_date", expired}}, true},
        {{{"client_id", "c_7"}, {"effective_date", in_days(5)}}, false},
        {{{"client_id", "c_7"}, {"effective_date", in_days(6)}}, true},
        {{{"client_id", "c_7"}, {"effective_date", in_days(-25)}}, false},
        {{{"client_id", "c_7"}, {"effective_date", in_days(-26)}}, true},
        {{{"policy_number", "AB-1234"}, {"effective_date", in_days(5)}}, false},
        {{{"policy_number", "AB-1234"}, {"effective_date", in_days(6)}}, true},
        {{{"client_id", "c_7"}, {"effective_date", nullptr}}, true},
        {{{"client_id", "c_7"}, {"effective_date", expired}, {"status", "Cancelled"}}, true},
        {{{"policy_number", "AB-1234"}, {"effective_date", expired}, {"status", "canceled"}}, true},
        {{{"client_id", "c_7"}, {"effective_date", expired}, {"status", "pending"}}, false},
        {{{"client_id", "c_7"}, {"effective_date", expired}, {"status", nullptr}}, false},
        {{{"policy_number", "AB-1234"}, {"effective_date", in_days(-20)}, {"expiration_date", expired}}, true},
        {{{"client_id", nullptr}, {"effective_date", expired}}, true},
    }));
    RenewalsStore agency;
    const std::string id =
        agency.renewal({{"policy_number", "AB-1234"}, {"client_id", "c_7"}, {"expiration_date", expired}});
    agency.policy(c.policy);
    CAPTURE(c.policy.dump());
    CHECK(agency.alarms().contains(id) == c.raised);
}

TEST_CASE("The alarm is raised on old or incomplete policies too, and says so") {
    RenewalsStore agency;
    const std::string id = agency.renewal({{"expiration_date", in_days(-10)}});
    struct Case {
        std::optional<std::string> complete_at;
        const char* verdict;
        const char* says;
    };
    const Case cases[] = {
        {"2026-01-12T13:30:00.000Z", "complete", "The list of policies is complete."},
        {"2026-01-12T12:30:00.000Z", "complete", "the list of policies is old"},
        {"2026-01-15T12:30:00.000Z", "incomplete: the total moved", "reading of the policies is incomplete"},
        {"2026-01-15T12:30:00.000Z", "resumed", "The list of policies is complete."},
        {std::nullopt, "incomplete: stopped", "never read completely"},
    };
    for (const Case& c : cases) {
        agency.policies_read(c.complete_at, c.verdict);
        REQUIRE(agency.alarms().size() == 1);
        CAPTURE(c.verdict);
        CHECK_THAT(agency.body_text(id), Contains(c.says));
    }
    agency.policies_never_read();
    REQUIRE(agency.alarms().size() == 1);
    CHECK_THAT(agency.body_text(id), Contains("never read completely") && Contains("policies, as of never"));
}

TEST_CASE("The alarm goes to the renewal's owner, or to one person for all") {
    RenewalsStore agency;
    const std::string id = agency.renewal({{"expiration_date", in_days(-10)}, {"state", "OK"}});
    CHECK(column(agency.alarms(), id, "assignee") == "oklahoma@agency.example");
    agency.set_today("2026-01-17");
    CHECK(column(agency.alarms(), id, "due_date") == "2026-01-20");
    agency.var("alarm_owner") = "eo@agency.example";
    CHECK(column(agency.alarms(), id, "assignee") == "eo@agency.example");
    CHECK(column(agency.alarms(), id, "owner_rule") == "oklahoma");
}
