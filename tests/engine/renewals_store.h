#pragma once
// The shipped renewals job on the real tables, on a Thursday in January 2026: what its SQL selects, by renewal.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <map>

#include "config/load.h"
#include "core/dates.h"
#include "core/exact_json.h"
#include "store/datasets.h"
#include "store/job_sql.h"
#include "store/store.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

namespace bindery::test {

using Catch::Matchers::Contains;

inline constexpr const char* kToday = "2026-01-15";
inline constexpr const char* kNow = "2026-01-15T13:00:00.000Z";

inline std::string in_days(int days) {
    return format_date(*parse_date(kToday) + std::chrono::days(days));
}

inline std::string digits(int number) {
    return std::to_string(100000 + number);
}

class RenewalsStore {
  public:
    RenewalsStore() : clock_(parse_rfc3339(kNow)), store_(folder_ / "bindery.db", clock_) {
        store_.db().exec("PRAGMA synchronous = OFF");
        const std::filesystem::path source = BINDERY_SOURCE_DIR;
        const Environment environment{{"BI369_PROJECT", "prj_1"}};
        Settings settings;
        job_ = load_job(source / "jobs" / "renewals.yaml", settings, environment);
        const Service service = load_service(source / "config" / "services" / "bindpilot.yaml", environment);
        for (const char* name : {"renewals", "policies", "carriers"}) {
            mappings_[name] = service.resources.at(name).mapping;
            ensure_dataset(store_, mappings_[name]);
        }
        policies_read("2026-01-15T12:30:00.000Z", "complete");
    }

    // A homeowners renewal in Texas, due in 40 days, unless `changed` says otherwise. Gives its id.
    std::string renewal(const json& changed = json::object()) {
        const int number = ++made_;
        json document{{"id", "r_" + digits(number)},
                      {"policy_id", "p_" + digits(number)},
                      {"policy_number", "HO-" + digits(number)},
                      {"client_id", "c_" + digits(number)},
                      {"client_name", "Ann Roe"},
                      {"client_email", nullptr},
                      {"client_phone", nullptr},
                      {"carrier", "Pecos Valley"},
                      {"line_of_business", "homeowners"},
                      {"state", "TX"},
                      {"zip", "75001"},
                      {"expiration_date", in_days(40)},
                      {"current_premium", 1000},
                      {"renewal_premium", 1050},
                      {"status", "Pending"},
                      {"account_manager", "Bo Field"}};
        document.update(changed);
        return land("renewals", document);
    }

    std::string policy(const json& changed) {
        const int number = ++made_;
        json document{{"id", "p_" + digits(number)},
                      {"policy_number", "ZZ-" + digits(number)},
                      {"client_id", "c_" + digits(number)},
                      {"client_name", "Ann Roe"},
                      {"client_email", nullptr},
                      {"client_phone", nullptr},
                      {"carrier", "Pecos Valley"},
                      {"line_of_business", "homeowners"},
                      {"state", "TX"},
                      {"premium", 1000},
                      {"effective_date", in_days(-5)},
                      {"expiration_date", in_days(360)},
                      {"status", "active"},
                      {"producer", nullptr}};
        document.update(changed);
        return land("policies", document);
    }

    void carrier(const std::string& name, const std::string& status, const std::string& appetite) {
        land("carriers", {{"id", "carrier_" + digits(++made_)}, {"name", name}, {"status", status}, {"appetite", appetite}});
    }

    void gone(const std::string& id) {
        clock_.advance(std::chrono::seconds(1));
        land_one(store_, mappings_["renewals"], id, std::nullopt, clock_.wall(), 1);
    }

    void policies_read(const std::optional<std::string>& complete_at, const std::string& verdict) {
        store_.db().exec("DELETE FROM pull_state WHERE dataset = 'bindpilot.policies'");
        SQLite::Statement insert(store_.db(),
                                 "INSERT INTO pull_state (dataset, complete_read_at, last_read_at, last_verdict) "
                                 "VALUES ('bindpilot.policies', ?, '2026-01-15T12:30:00.000Z', ?)");
        if (complete_at) insert.bind(1, *complete_at);
        insert.bind(2, verdict);
        insert.exec();
    }
    void policies_never_read() { store_.db().exec("DELETE FROM pull_state"); }

    json& var(const std::string& name) { return job_.vars.at(name); }
    void set_today(const std::string& today) { today_ = today; }

    // What the step of this effect selects: by the first of its source ids.
    std::map<std::string, Values> rows(const std::string& effect) {
        Values values{{"now", kNow}, {"today", today_}};
        for (const auto& [name, value] : job_.vars.items()) values[name] = value;
        JobSql sql(store_.file(), values);
        std::map<std::string, Values> found;
        sql.for_each(step(effect).select, [&](const Values& row) {
            const std::string ids = row.at("source_ids");
            CHECK(found.try_emplace(ids.substr(0, ids.find(',')), row).second);
            check_templates(step(effect), row, values);
        });
        return found;
    }
    // What `passed_over` of the step says of each renewal: its reason and detail, "" when it's chosen.
    std::map<std::string, std::string> choices(const std::string& effect) {
        Values values{{"now", kNow}, {"today", today_}};
        for (const auto& [name, value] : job_.vars.items()) values[name] = value;
        JobSql sql(store_.file(), values);
        std::map<std::string, std::string> found;
        const auto& passed = step(effect).passed_over;
        REQUIRE(passed.size() == 1);
        CHECK(passed[0].dataset == "bindpilot.renewals");
        sql.for_each(passed[0].select, [&](const Values& row) {
            std::string text = scalar_text(row.at("reason")).value_or("");
            if (const auto detail = scalar_text(row.at("detail"))) text += ", " + *detail;
            CHECK(found.try_emplace(row.at("key"), text).second);
        });
        return found;
    }
    std::map<std::string, Values> tasks() { return rows("renewal_task"); }
    std::map<std::string, Values> alarms() { return rows("expired_alarm"); }

    const PushStep& step(const std::string& effect) const {
        for (const Step& each : job_.steps) {
            if (const auto* push = std::get_if<PushStep>(&each); push != nullptr && push->effect == effect)
                return *push;
        }
        throw std::out_of_range(effect);
    }
    const std::string& body_text(const std::string& id) const { return texts_.at(id); }

  private:
    std::string land(const std::string& resource, const json& document) {
        const std::string id = document.at("id");
        const LandCounts counts = land_one(store_, mappings_[resource], id, dump_exact(document), clock_.wall(), 1);
        REQUIRE(counts.quarantined == 0);
        return id;
    }

    // Every place of the body is filled in, and no identity is blank.
    void check_templates(const PushStep& push, const Values& row, Values values) {
        for (const auto& [name, value] : row) values[name] = value;
        values["ref"] = "REF1";
        const json body = render(push.body, values);
        for (const char* member : {"title", "description", "dueDate", "assigneeEmail", "priority"}) {
            REQUIRE(body.contains(member));
            CHECK_FALSE(body.at(member).get<std::string>().empty());
        }
        CHECK_THAT(body.at("description").get<std::string>(),
                   Contains("Ref REF1") && Contains("as of 2026-01-15 13:00 UTC"));
        const std::string due = body.at("dueDate");
        CHECK(due >= today_);
        for (const auto& [name, type] : push.once_per) {
            CHECK(canonicalize(type, row.at(name)).state == Canonical::State::value);
        }
        const std::string ids = row.at("source_ids");
        texts_[ids.substr(0, ids.find(','))] =
            body.at("title").get<std::string>() + "\n" + body.at("description").get<std::string>();
    }

    TempFolder folder_;
    SimClock clock_;
    Store store_;
    Job job_;
    std::map<std::string, Mapping> mappings_;
    std::map<std::string, std::string> texts_;
    std::string today_ = kToday;
    int made_ = 0;
};

// A column of the row of `id` as text; "-" when there is no such row.
inline std::string column(const std::map<std::string, Values>& rows, const std::string& id, const std::string& name) {
    const auto row = rows.find(id);
    return row == rows.end() ? "-" : scalar_text(row->second.at(name)).value_or("NULL");
}

}  // namespace bindery::test
