#include "app/choice_story.h"

#include <algorithm>

#include "app/commands.h"
#include "config/shared_sql.h"
#include "core/dates.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "engine/decide.h"
#include "store/datasets.h"
#include "store/job_sql.h"

namespace bindery {
namespace {

struct Choice {
    std::string word, reason, detail;
};

// What the step says of the record, as of now in the job's zone.
Choice choice_of(Session& session, const Job& job, const PassedOver& passed, const std::string& key) {
    const WallTime now = session.clock().wall();
    Choice choice{"not_looked_at", "", ""};
    try {
        JobSql sql(session.store_file(), job_values(job, rfc3339(now), format_date(date_in_zone(now, job.timezone))));
        sql.for_each(passed.select, [&](const Values& row) {
            if (scalar_text(row.at("key")) != key) return;
            choice.reason = scalar_text(row.at("reason")).value_or("");
            choice.word = choice.reason.empty() ? "chosen" : "passed_over";
            if (const auto detail = row.find("detail"); detail != row.end()) choice.detail = scalar_text(detail->second).value_or("");
        });
    } catch (const Error& error) {
        return {"not_told", std::string("its passed_over can't be read: ") + error.what(), ""};
    }
    return choice;
}

std::string sentence(const Choice& choice, bool sale) {
    if (choice.word == "chosen" && sale) return "its `select` looks at this record today; whether it may be sold and what became of it stand above, or come with the job's next run";
    if (choice.word == "chosen") return "chosen today; its write stands above, or comes with the job's next run";
    if (choice.word == "passed_over") return "not chosen today: " + choice.reason + (choice.detail.empty() ? "" : ", " + choice.detail);
    if (choice.word == "not_looked_at") return "not chosen today: the step doesn't look at this record";
    return "can't be told: " + choice.reason;
}

}  // namespace

Story choice_story(Session& session, const std::string& dataset, const std::string& key) {
    Story story{json::array(), ""};
    const std::string view = view_name(dataset);
    for (const auto& [name, job] : session.config().jobs) {
        for (const auto& step : job.steps) {
            const PushStep* push = std::get_if<PushStep>(&step);
            if (const auto* sell = std::get_if<SellStep>(&step)) push = &sell->post;
            if (push == nullptr) continue;
            const auto passed = std::find_if(push->passed_over.begin(), push->passed_over.end(), [&](const PassedOver& one) { return one.dataset == dataset; });
            const bool told = passed != push->passed_over.end();
            if (!told && !uses_name(push->select, view) && !uses_name(push->select, view + "_all")) continue;
            const Choice choice = told ? choice_of(session, job, *passed, key) : Choice{"not_told", "the step has no passed_over for " + dataset, ""};
            story.object.push_back({{"job", name}, {"effect", push->effect}, {"choice", choice.word}, {"reason", choice.reason}, {"detail", choice.detail}});
            story.text += "job " + name + ", " + push->effect + ": " + one_line(sentence(choice, std::holds_alternative<SellStep>(step))) + "\n";
        }
    }
    return story;
}

}  // namespace bindery
