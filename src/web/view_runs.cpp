#include "core/dates.h"
#include "core/error.h"
#include "core/exact_json.h"
#include "store/page_lists.h"
#include "web/chart.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

constexpr int kMostSent = 500;

std::string lasted(const std::string& from, const std::optional<std::string>& to) {
    const auto began = read_rfc3339(from), ended = read_rfc3339(to.value_or(""));
    return began && ended ? format_duration(*ended - *began) : "";
}

const nlohmann::json& part(const nlohmann::json& report, const char* name) {
    static const nlohmann::json kNone;
    const auto found = report.find(name);
    return found == report.end() ? kNone : *found;
}

std::string number_in(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number() ? std::to_string(found->get<std::int64_t>()) : "";
}

Html books_table(const nlohmann::json& report) {
    std::vector<std::vector<Html>> rows;
    for (const auto& pair : part(report, "reconciled")) {
        if (!pair.is_object()) continue;
        std::vector<Html> row{pair.value("ours", "") + " against " + pair.value("theirs", "")};
        for (const char* count : {"pairs", "differ", "only_ours", "only_theirs", "to_ours", "to_theirs", "confirmed", "conflicts_opened"}) row.emplace_back(number_in(pair, count));
        rows.push_back(std::move(row));
    }
    if (rows.empty()) return {};
    return tag("h2", "Books compared") +
           data_table("Pairs of records by books", {"Books", "Pairs", "Differ", "Only in ours", "Only in theirs", "Fields for ours", "Fields for theirs", "Confirmed", "Conflicts opened"}, rows);
}

Html seen_table(const nlohmann::json& report) {
    std::vector<std::vector<Html>> rows;
    for (const auto& [name, dataset] : part(report, "datasets").items()) {
        if (!dataset.is_object()) continue;
        std::vector<Html> row{name};
        for (const char* count : {"seen", "added", "changed", "removed", "unchanged", "folded", "superseded", "quarantined"}) row.emplace_back(number_in(dataset, count));
        const auto verdict = dataset.find("verdict");
        row.emplace_back(verdict != dataset.end() && verdict->is_string() ? verdict->get<std::string>() : "");
        rows.push_back(std::move(row));
    }
    if (rows.empty()) return {};
    return tag("h2", "What it saw") + data_table("Records by dataset", {"Dataset", "Seen", "Added", "Changed", "Removed", "Unchanged", "Folded", "Older", "Quarantined", "How the reading went"}, rows);
}

Html report_tables(const nlohmann::json& report) {
    Html out;
    std::vector<std::vector<Html>> rows;
    const auto counts = [&](const char* name, const char* heading, const char* column, const char* caption) {
        rows.clear();
        for (const auto& [what, count] : part(report, name).items()) {
            if (count.is_number_integer() && count.get<std::int64_t>() != 0) rows.push_back({state_words(what), Html::number(count.get<std::int64_t>())});
        }
        if (!rows.empty()) out += tag("h2", heading) + data_table(caption, {column, "Count"}, rows);
    };
    out += books_table(report);
    counts("effects", "What it did", "Effects", "Effects of this run");
    rows.clear();
    for (const auto& [effect, datasets] : part(report, "passed_over").items()) {
        for (const auto& [dataset, reasons] : datasets.items()) {
            for (const auto& [reason, count] : reasons.items()) {
                if (count.is_number_integer()) rows.push_back({effect, dataset, reason, Html::number(count.get<std::int64_t>())});
            }
        }
    }
    if (!rows.empty()) out += tag("h2", "What it passed over") + data_table("Records without an effect, by reason", {"Effect", "Dataset", "Why", "Count"}, rows);
    counts("requests", "Calls by service", "Service", "How many calls each service had");
    if (const auto& open = part(report, "conflicts"); open.is_number_integer() && open.get<std::int64_t>() > 0) {
        out += tag("p", link_to("/conflicts", counted(open.get<std::int64_t>(), "conflict waited for a person at its end", "conflicts waited for a person at its end")));
    }
    Html warnings;
    for (const auto& warning : part(report, "warnings")) {
        if (warning.is_string()) warnings += tag("li", sentence(warning.get<std::string>()));
    }
    if (!warnings.empty()) out += tag("h2", "Warnings") + tag("ul", warnings);
    return out;
}

Html sent_table(const Look& look, std::int64_t run) {
    std::vector<std::vector<Html>> rows;
    for (const auto& line : PageLists(look.store).sent_by(run, kMostSent)) {
        const std::string ending = line.ending.value_or("no reply was seen: the process ended");
        const Html effect = line.ref.empty() ? Html("purged") : link_to(address("/effect", {{"id", line.identity}}), line.ref);
        rows.push_back({effect, line.effect, time_tag(line.started_at, look.zone), ending + (line.status ? " " + std::to_string(*line.status) : ""), lasted(line.started_at, line.ended_at),
                        line.problem.value_or(""), state_words(line.state)});
    }
    if (rows.empty()) return {};
    const std::string caption = "Each attempt, in the order in which they left" + std::string(rows.size() == kMostSent ? " (the first " + std::to_string(kMostSent) + ")" : "");
    return tag("h2", "What it sent") + data_table(caption, {"Reference", "Effect", "Sent", "Ending", "Took", "Problem", "State now"}, rows);
}

// Those that the list of what it sent doesn't name.
Html effects_table(const Look& look, std::int64_t run) {
    std::vector<std::vector<Html>> rows;
    for (const auto& effect : PageLists(look.store).unsent_of(run, kMostSent)) {
        rows.push_back({link_to(address("/effect", {{"id", effect.identity}}), effect.ref), effect.name, state_words(effect.state), once_per_words(effect.once_per), effect.reason.value_or("")});
    }
    if (rows.empty()) return {};
    const std::string first = rows.size() == kMostSent ? " (the first " + std::to_string(kMostSent) + ")" : "";
    return tag("h2", "Decided, and not sent by it") + data_table("Effects that this run decided or settled" + first, {"Reference", "Effect", "State", "About", "Why"}, rows);
}

}  // namespace

Html run_link(std::int64_t run) { return link_to(address("/run", {{"id", std::to_string(run)}}), "run " + std::to_string(run)); }

View runs_view(const Look& look) {
    const std::string job = look.request.argument("job");
    const auto runs = PageLists(look.store).runs(job, number_argument(look.request, "before"), kPageRows);
    std::vector<std::vector<Html>> rows;
    for (const auto& run : runs) {
        rows.push_back({run_link(run.id), run.job, run.kind, outcome_badge(run.outcome.value_or(run.state == "running" ? "" : run.state)),
                        time_tag(run.started_at, look.zone), lasted(run.started_at, run.ended_at), run.message.value_or("")});
    }
    View view{job.empty() ? "Runs" : "Runs of " + job, "/runs", {}};
    if (!job.empty()) view.content += tag("p", link_to("/runs", "Runs of all jobs"));
    view.content += rows.empty() ? tag("p", "No runs here.") : data_table("Runs, newest first", {"Run", "Job", "Kind", "Outcome", "Started", "Took", "Message"}, rows);
    if (static_cast<int>(runs.size()) == kPageRows) {
        view.content += tag("p", link_to(address("/runs", {{"job", job}, {"before", std::to_string(runs.back().id)}}), "Older runs"));
    }
    return view;
}

View run_view(const Look& look) {
    const std::int64_t id = number_argument(look.request, "id");
    const auto run = Runs(look.store).find(id);
    if (!run) throw Error(ErrorCode::not_found, "There is no such run.");
    View view{"Run " + std::to_string(id) + " of " + run->job, "/runs", {}};
    if (number_argument(look.request, "changes_after") > 0) {
        view.content += tag("p", "Changes, from where the page before ended. All else is on the page of " + run_link(id) + ".") + changes_section(look, *run);
        return view;
    }
    view.content += facts({{"Outcome", outcome_badge(run->outcome.value_or(run->state == "running" ? "" : run->state))},
                           {"Kind", run->kind},
                           {"Started", time_tag(run->started_at, look.zone)},
                           {"Ended", time_tag(run->ended_at.value_or(""), look.zone)},
                           {"Took", lasted(run->started_at, run->ended_at)},
                           {"Today was", run->today + " (" + run->timezone + ")"},
                           {"Got to", run->ended_at ? Html() : Html(run->phase)},
                           {"Error", sentence(run->message.value_or(""))},
                           {"What to do", sentence(run->hint.value_or(""))}});
    const auto report = run->report ? nlohmann::json::parse(*run->report, nullptr, false) : nlohmann::json();
    if (report.is_object()) {
        if (const auto waited = report.find("waited_seconds"); waited != report.end() && waited->is_number() && waited->get<double>() >= 0.05) {
            view.content += tag("p", "It stood still for " + format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(waited->get<double>() * 1000))) + " in all, waiting for tokens, pauses or a second try.");
        }
        view.content += seen_table(report);
        view.content += run_sales(report);
    }
    view.content += changes_section(look, *run);
    if (report.is_object()) view.content += report_tables(report);
    view.content += sent_table(look, id) + effects_table(look, id) + calls_section(look, *run);
    return view;
}

}  // namespace bindery::web
