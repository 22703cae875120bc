#include "engine/pull_step.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "core/dates.h"
#include "core/exact_json.h"
#include "core/template.h"
#include "engine/forget.h"
#include "engine/room.h"
#include "services/pager.h"
#include "store/job_sql.h"
#include "store/runs.h"
#include "store/staging.h"
#include "sync/completeness.h"
#include "sync/guard.h"

namespace bindery {
namespace {

Error failure_of(const Engine& engine, const std::string& dataset, const CallResult& result) {
    const std::string what = dataset + ": " + result.problem;
    switch (result.ending) {
        case CallEnding::out_of_time:
            return Error(ErrorCode::incomplete, dataset + ": the pull isn't finished (" + result.problem + ")",
                         "the job's next run goes on where this one stopped", Reach::step, Again::later);
        case CallEnding::barred:
            if (result.status < 400) return Error(ErrorCode::service, what, "write the address that it leads to into base_url of the service file", Reach::step);
            return Error(ErrorCode::unauthorized, what, "check " + key_and_place(engine, dataset.substr(0, dataset.find('.'))) + " and what it may read (`bindery check --online`)", Reach::step);
        case CallEnding::refused:
        case CallEnding::unsupported:
            return Error(ErrorCode::service, what, "check base_url and the path of the list in the service file", Reach::step);
        default:
            if (result.status >= 200 && result.status < 300) {
                return Error(ErrorCode::service, what, "look at what it answers: `base_url` and `envelope:` in the service file say where a list is (`bindery check --online`); the job's next run tries again",
                             Reach::step, Again::later);
            }
            return Error(ErrorCode::service, what, "the service may be down, or this machine offline; the job's next run tries again", Reach::step, Again::later);
    }
}

ListEnding ending_of(const ListPull& pull) {
    ListEnding ending;
    ending.closing_repeats = pull.closing_repeats;
    switch (pull.end) {
        case ListPull::End::told: ending.how = ListEnding::How::told; break;
        case ListPull::End::empty_page: ending.how = ListEnding::How::empty_page; break;
        case ListPull::End::no_new_key: ending.how = ListEnding::How::no_new_key; break;
        case ListPull::End::none: ending.how = ListEnding::How::cut_short; break;
    }
    // A page that failed makes a hole, whatever another page told of the end.
    if (pull.failure) {
        ending.how = ListEnding::How::cut_short;
        ending.why = pull.failure->problem;
    }
    return ending;
}

PullFacts facts_of(const StagedPull& staged, int first_page) {
    PullFacts facts;
    facts.resumed = staged.resumed;
    facts.pages = staged.pages;
    facts.first_page = first_page;
    facts.total = staged.total;
    facts.total_moved = staged.total_moved;
    facts.rows = staged.rows;
    facts.keys = staged.keys;
    facts.repeated = staged.repeated;
    facts.keyless = staged.keyless;
    facts.present = staged.present;
    return facts;
}

class ListStep {
  public:
    ListStep(const Engine& engine, Callers& callers, const PullStep& step, const PullContext& context, int number, DatasetReport& report,
             std::vector<std::string>& warnings)
        : engine_(engine), callers_(callers), step_(step), context_(context), number_(number), report_(report), warnings_(warnings) {}

    std::optional<Error> run() {
        const Service& service = engine_.config.service(step_.service);
        const Resource& resource = service.resources.at(step_.resource);
        Staging staging(engine_.store.file(), context_.job, resource.mapping, engine_.clock);
        if (engine_.progress) engine_.progress(step_.dataset() + ": waiting for the first page");  // of a service that is down the word comes after all tries
        const ListPull pull = pull_list(callers_.to(step_.service), resource, staging, engine_.clock, engine_.config.settings.resume_within,
                                        context_.deadline, [this](const PullProgress& progress) { show(progress); });
        const PullFacts facts = facts_of(pull.facts, service.paging.first);
        const CompletenessVerdict verdict = judge_completeness(facts, ending_of(pull));
        report_.verdict = verdict.text;
        report_.complete = verdict.complete;
        report_.as_of = pull.facts.pages.empty() ? "" : rfc3339(pull.facts.began);
        engine_.log.info("{}: {} rows on {} pages, {}", step_.dataset(), facts.rows, facts.pages.size(), verdict.text);
        if (!facts.pages.empty()) {
            try {
                hold_against_file(service, resource, facts);
            } catch (const Error&) {
                staging.clear();  // pages that don't fit must not be gone on with: the next run reads the list anew
                throw;
            }
            land_staged(resource, staging, facts, verdict);
        }
        // A list that stopped part of the way is gone on with; one that ended and doesn't add up is read anew.
        if (!pull.failure) staging.clear();
        if (pull.failure) return failure_of(engine_, step_.dataset(), *pull.failure);
        if (verdict.complete || facts.resumed) return std::nullopt;
        return Error(ErrorCode::incomplete, step_.dataset() + " is " + verdict.text, "nothing is removed on such a list; the next run reads it anew",
                     Reach::step, Again::later);
    }

  private:
    // Page, rows, what the budget has left, and how long the rest takes.
    void show(const PullProgress& progress) const {
        if (!engine_.progress) return;
        const Account& account = callers_.to(step_.service).account();
        const auto rooms = room_for(engine_.budget, account, "GET", account.service->resources.at(step_.resource).list->path);
        std::string line = step_.dataset() + ": page " + std::to_string(progress.pages) + ", " + std::to_string(progress.rows) + " rows";
        if (progress.total) line += " of " + std::to_string(*progress.total);
        if (const int left = tokens_left(rooms); left >= 0) line += ", " + std::to_string(left) + " calls left in the budget";
        if (progress.total && progress.pages > 0 && progress.rows > 0 && *progress.total > progress.rows) {
            const std::int64_t page_rows = std::max<std::int64_t>(1, progress.rows / progress.pages);
            const std::int64_t pages = (*progress.total - progress.rows + page_rows - 1) / page_rows;
            line += ", about " + format_duration(estimate(pages, rooms, account.service->in_flight)) + " to go";
        }
        engine_.progress(line);
    }

    void hold_against_file(const Service& service, const Resource& resource, const PullFacts& facts) {
        const auto last = pull_state(engine_.store, step_.dataset());
        const MappingVerdict verdict = judge_mapping(resource.mapping, facts, last ? last->presence : std::vector<std::pair<std::string, double>>{}, service.file);
        for (const auto& warning : verdict.warnings) warnings_.push_back(step_.dataset() + ": " + warning);
        if (verdict.stop.empty()) return;
        report_.verdict = "failed: " + verdict.stop;
        report_.complete = false;
        throw Error(ErrorCode::mapping, verdict.stop, verdict.hint, Reach::job);
    }

    void land_staged(const Resource& resource, const Staging& staging, const PullFacts& facts, const CompletenessVerdict& verdict) {
        LandOptions options;
        options.run = context_.run;
        options.complete = verdict.complete && number_ >= 0;  // a look for one effect proves no removal
        options.resumed = facts.resumed;
        options.today = context_.today;
        options.max_removed = context_.guard.max_removed;
        if (context_.guard.percent) options.max_removed_percent = context_.guard.max_removed_percent;
        options.allow_removed = context_.allow_removed;
        options.verdict = verdict.text;
        report_.counts = land(engine_.store, resource.mapping, staging, options, [this] {
            if (number_ >= 0) Runs(engine_.store).place(context_.run, "pull", number_ + 1);
        });
        const LandCounts& counts = report_.counts;
        if (counts.quarantined > 0) {
            warnings_.push_back(step_.dataset() + ": " + std::to_string(counts.quarantined) + (counts.quarantined == 1 ? " record is" : " records are") +
                                " quarantined, the versions that landed before stay (the first: " + counts.quarantined_why +
                                "); look: bindery query \"SELECT key, reason FROM quarantine\"");
        }
        if (const auto back = forgotten_that_came_back(engine_.store, step_.dataset(), context_.run); back > 0) warnings_.push_back(came_back(step_.dataset(), back));
        for (const auto& line : report_.counts.unreadable) warnings_.push_back(step_.dataset() + ": " + line);
        if (!report_.counts.removed_keys.empty()) {
            engine_.log.info("{}: {} records removed", step_.dataset(), report_.counts.removed - report_.counts.expired);
        }
    }

    const Engine& engine_;
    Callers& callers_;
    const PullStep& step_;
    const PullContext& context_;
    int number_;
    DatasetReport& report_;
    std::vector<std::string>& warnings_;
};

// What `for:` selects.
std::vector<std::string> selected_ids(const Engine& engine, const PullStep& step, const PullContext& context) {
    std::vector<std::string> ids;
    JobSql sql(engine.store.file(), context.parameters);
    sql.for_each_cells(step.for_select, [&](const std::vector<json>& cells) {
        if (const auto id = scalar_text(cells.front())) ids.push_back(*id);
    });
    return ids;
}

// One GET an id. A record that the service doesn't know any more (404) is removed; no other answer removes anything.
std::optional<Error> read_by_id(const Engine& engine, Callers& callers, const PullStep& step, const PullContext& context, const std::vector<std::string>& ids,
                                DatasetReport& report, std::vector<std::string>& warnings) {
    const Service& service = engine.config.service(step.service);
    const Resource& resource = service.resources.at(step.resource);
    Caller& caller = callers.to(step.service);
    std::map<std::uint64_t, WallTime> began;
    std::size_t next = 0;
    std::optional<Error> problem;
    report.as_of = rfc3339(engine.clock.wall());
    while (true) {
        while (!problem && next < ids.size() && caller.has_room()) {
            CallSpec spec;
            spec.id = next;
            spec.path = render_path(resource.get->path, {{"id", ids[next]}});
            spec.before_send = [&began, id = next, &engine] { began[id] = engine.clock.wall(); };
            caller.submit(std::move(spec));
            ++next;
        }
        const auto result = caller.next(context.deadline);
        if (!result) break;
        const std::string& id = ids[result->id];
        if (result->ending == CallEnding::ok) {
            const json whole = parse_exact(result->body);
            const json* document = service.envelope.data.empty() ? &whole : find_pointer(whole, service.envelope.data);
            if (document == nullptr || !document->is_object()) {
                problem = Error(ErrorCode::service, step.dataset() + ": a reply has no record at " + (service.envelope.data.empty() ? "its top" : service.envelope.data),
                                "look at what it answers: `envelope:` in the service file says where a record is; the job's next run tries again", Reach::step, Again::later);
                continue;
            }
            add_counts(report.counts, land_one(engine.store, resource.mapping, id, dump_exact(*document), began[result->id], context.run));
        } else if (result->ending == CallEnding::refused && result->status == 404) {
            add_counts(report.counts, land_one(engine.store, resource.mapping, id, std::nullopt, began[result->id], context.run));
        } else if (!problem) {
            problem = failure_of(engine, step.dataset(), *result);
        }
    }
    if (const auto back = forgotten_that_came_back(engine.store, step.dataset(), context.run); back > 0) warnings.push_back(came_back(step.dataset(), back));
    report.complete = !problem;
    report.verdict = problem ? std::string("incomplete: ") + problem->what() : "complete";
    return problem;
}

}  // namespace

std::optional<Error> pull_dataset(const Engine& engine, Callers& callers, const PullStep& step, const PullContext& context, int step_number,
                                  DatasetReport& report, std::vector<std::string>& warnings) {
    if (!step.for_select.empty()) return read_by_id(engine, callers, step, context, selected_ids(engine, step, context), report, warnings);
    try {
        return ListStep(engine, callers, step, context, step_number, report, warnings).run();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::mapping) return error;
        throw;
    }
}

std::optional<Error> pull_records(const Engine& engine, Callers& callers, const PullStep& step, const PullContext& context, const std::vector<std::string>& keys,
                                  DatasetReport& report, std::vector<std::string>& warnings) {
    return read_by_id(engine, callers, step, context, keys, report, warnings);
}

}  // namespace bindery
