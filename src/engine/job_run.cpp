#include "engine/job_run.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "core/dates.h"
#include "core/exact_json.h"
#include "engine/begin_run.h"
#include "engine/check.h"
#include "engine/decide.h"
#include "engine/deliver.h"
#include "engine/doubt.h"
#include "engine/export_csv.h"
#include "engine/follow.h"
#include "engine/ledger_owner.h"
#include "engine/planned_calls.h"
#include "engine/put_off.h"
#include "engine/read_steps.h"
#include "engine/reconcile.h"
#include "engine/sell_steps.h"
#include "engine/tally.h"
#include "engine/standing.h"
#include "engine/store_care.h"
#include "store/conflicts.h"
#include "store/lock.h"
#include "store/runs.h"
#include "sync/guard.h"

namespace bindery {
namespace {

bool writes(const Job& job) {
    return std::any_of(job.steps.begin(), job.steps.end(), [](const Step& step) {
        const auto* books = std::get_if<ReconcileStep>(&step);
        return std::holds_alternative<PushStep>(step) || std::holds_alternative<SellStep>(step) || (books != nullptr && !books->push.operation.empty());
    });
}

class JobRun {
  public:
    JobRun(const Engine& engine, const Job& job, const RunOptions& options, const Begun& begun)
        : engine_(engine),
          job_(job),
          options_(options),
          callers_(engine, "job " + job.name),
          ledger_(engine.store),
          sells_(engine, job, callers_, report_),
          runs_(engine.store),
          started_(engine.clock.boot()),
          deadline_(started_ + job.time_limit),
          reads_until_(writes(job) ? started_ + job.time_limit * 3 / 4 : deadline_) {
        report_.job = job.name;
        report_.kind = options.kind;
        report_.run = begun.row.id;
        report_.now = begun.row.now;
        report_.today = begun.row.today;
        cut_off_ = begun.cut_off;
    }

    RunReport run() {
        engine_.log.info("begins ({})", options_.kind);
        try {
            work();
        } catch (const Error& error) {
            fail(error);
        } catch (const std::exception& error) {
            fail(Error(ErrorCode::internal, std::string("unexpected: ") + error.what(), "please report this with `bindery show RUN`"));
        }
        end();
        return std::move(report_);
    }

  private:
    void work() {
        if (options_.kind != "plan" && options_.kind != "baseline") sells_.hand_off_left();
        if (!options_.plan) read();
        if (callers_.stop_asked()) return interrupted();
        reconcile_books(options_.kind != "sync" && options_.kind != "webhook");
        decide();
        if (options_.kind == "plan") return describe_plan();
        if (options_.plan && (!same_as_plan() || !reconcile_as_planned())) return;
        if (options_.kind == "baseline") return record_baseline();
        commit_decisions();
        if (may_write()) deliver();
        else if (sells_.keep_back(deadline_, barred_)) report_.incomplete = true;
        if (callers_.stop_asked()) return interrupted();
        if (!options_.hints) export_files();  // else at each event; the polls write them
    }

    PullContext pull_context() const {
        PullContext context;
        context.job = job_.name;
        context.run = report_.run;
        context.today = parse_date(report_.today).value();
        context.guard = job_.guard;
        context.allow_removed = options_.allow_removed;
        context.deadline = reads_until_;
        context.parameters = job_values(job_, report_.now, report_.today);
        return context;
    }

    void read() {
        for (const Error& problem : read_steps(engine_, callers_, job_, {pull_context(), options_.kind == "plan", options_.hints ? &*options_.hints : nullptr}, report_)) fail(problem);
    }

    // A dry one decides everything and leaves no trace: a plan, what `apply` holds against it, a baseline.
    void reconcile_books(bool dry) {
        for (std::size_t i = 0; i < job_.steps.size(); ++i) {
            const auto* step = std::get_if<ReconcileStep>(&job_.steps[i]);
            if (step == nullptr) continue;
            ReconcileContext context{report_.run, static_cast<int>(i), dry, job_values(job_, report_.now, report_.today), options_.allow_effects};
            Reconciled done = reconcile(engine_, job_, *step, context);
            report_.reconciled.push_back(done.report);
            for (auto& warning : done.warnings) report_.warnings.push_back(std::move(warning));
            for (auto& attention : done.attention) attend(report_, std::move(attention));
            share_ = done.guard;
            report_.worsen(done.asks ? ExitCode::doubt : done.report.not_taken > 0 ? ExitCode::partial : ExitCode::done);
            // What is new is known on a whole list only, which a run by webhook hasn't read.
            const auto makes = [&](const PushPlan& plan) { return step->push_only_ours && (plan.step == &step->create || step->create.operation.empty()); };
            for (auto& plan : done.plans) add_plan(std::move(plan), step->needs_complete || (options_.hints && makes(plan)));
        }
    }

    void add_plan(PushPlan plan, bool needs_complete) {
        plan.withheld = needs_complete && (options_.hints || !all_complete());
        if (plan.withheld && !options_.hints) {
            report_.warnings.push_back(plan.step->effect + ": nothing is sent, since the step needs complete pulls and one wasn't");
            report_.worsen(ExitCode::partial);
        }
        tally_plan(plan, cut_off_, report_);
        plans_.push_back(std::move(plan));
    }

    // `apply` found the plan unchanged; now the same for good.
    bool reconcile_as_planned() {
        if (report_.reconciled.empty()) return true;
        report_.reconciled.clear();
        plans_.clear();
        report_.effects = {};
        report_.attention.clear();
        report_.warnings.clear();
        reconcile_books(false);
        decide();
        return same_as_plan();
    }

    JobSql job_sql() {
        SqlLimits limits;
        limits.stop = [this] { return callers_.stop_asked(); };
        return JobSql(engine_.store.file(), job_values(job_, report_.now, report_.today), limits);
    }

    void decide() {
        JobSql sql = job_sql();
        const Values fixed = job_values(job_, report_.now, report_.today);
        for (std::size_t i = 0; i < job_.steps.size(); ++i) {
            const auto* step = std::get_if<PushStep>(&job_.steps[i]);
            if (step == nullptr) continue;
            PushPlan plan = decide_push(engine_, job_, *step, static_cast<int>(i), report_.run, sql, fixed);
            put_off(plan);
            add_plan(std::move(plan), step->needs_complete);
        }
        sells_.decide(sql, fixed, !options_.hints && all_complete(), options_.hints.has_value());
        foresee(plans_);
        if (const auto warning = sample_addresses(job_); warning && report_.effects.planned > 0) report_.warnings.push_back(*warning);
        for (const auto& plan : plans_) {
            if (plan.then > 0) report_.then_up_to[plan.step->effect] = plan.then;
        }
    }

    void put_off(PushPlan& plan) {
        const std::int64_t count = put_off_behind_corrections(plans_, plan);
        if (count == 0) return;
        report_.warnings.push_back(plan.step->effect + ": " + std::to_string(count) + " effects wait until a reading shows the corrections that go to the same records");
    }

    bool all_complete() const {
        return std::all_of(job_.steps.begin(), job_.steps.end(), [this](const Step& step) {
            const auto* pull = std::get_if<PullStep>(&step);
            if (pull == nullptr || !pull->for_select.empty()) return true;  // reads by id prove no list
            const auto found = report_.datasets.find(pull->dataset());
            return found == report_.datasets.end() || found->second.complete;
        });
    }

    void describe_plan() {
        report_.outcome = "planned";
        if (mapping_stop_) {
            report_.effects.planned = 0;
            report_.warnings.push_back("a run would send nothing: a service's records don't fit its file any more");
            return;
        }
        describe_plans(engine_, callers_, plans_, report_);
        sells_.describe();
        if (const auto verdict = guard(); verdict.stopped) report_.warnings.push_back("a run would stop here: " + verdict.message);
        for (const auto& plan : plans_) {
            if (const auto why = why_not_owner(engine_, account_of(plan), plan)) report_.warnings.push_back("a run would stop here: " + *why);
        }
    }

    GuardVerdict guard() const {
        const auto verdict = judge_effects(job_.name, report_.effects.planned + foreseen(plans_), job_.guard.max_effects, options_.allow_effects);
        return verdict.stopped ? verdict : share_;
    }

    bool same_as_plan() {
        PlanFile now{job_.name, report_.now, report_.today, {}};
        for (const auto& plan : plans_) {
            for (auto& call : calls_of(ledger_, plan)) now.calls.push_back(std::move(call));
        }
        for (auto& call : sells_.calls()) now.calls.push_back(std::move(call));
        const auto lines = plan_difference(*options_.plan, now);
        if (lines.empty()) return true;
        for (std::size_t i = 0; i < lines.size() && i < 50; ++i) report_.warnings.push_back(lines[i]);
        fail(Error(ErrorCode::guard, "the plan doesn't fit the present state any more: " + std::to_string(lines.size()) + " differences",
                   "make a new plan, look at it, and apply that"));
        return false;
    }

    void record_baseline() {
        engine_.store.transaction([&] {
            for (const auto& plan : plans_) report_.effects.done += note_baseline(engine_.store, plan);
            sells_.note_baseline();
            runs_.place(report_.run, "report", static_cast<int>(job_.steps.size()));
        });
        for (const auto& plan : plans_) remember_pusher(plan);
        sells_.become_owner();
    }

    void commit_decisions() {
        engine_.store.transaction([&] {
            for (const auto& plan : plans_) commit_plan(engine_.store, plan, report_.run);
            sells_.note();
            RunCalls(engine_.store).save(report_.run, callers_.log().calls());  // what a killed process leaves of them
            runs_.place(report_.run, "deliver", 0);
        });
    }

    bool may_write() {
        if (mapping_stop_) {
            report_.warnings.push_back("nothing is sent: a service's records don't fit its file any more; the effects stay pending");
            return false;
        }
        if (const auto verdict = guard(); verdict.stopped) {
            fail(Error(ErrorCode::guard, verdict.message, verdict.hint));
            return false;
        }
        for (const auto& plan : plans_) check_ledger_owner(engine_, account_of(plan), plan, job_.name, report_.run, options_.accept_ledger);
        sells_.check_owner(options_.accept_ledger);
        return true;
    }

    const Account& account_of(const PushPlan& plan) { return callers_.to(plan.step->service).account(); }

    void remember_pusher(const PushPlan& plan) { become_ledger_owner(engine_, account_of(plan), plan.step->effect, report_.run); }

    void deliver() {
        const PullContext pull = pull_context();
        const DeliveryContext context{&job_, report_.run, deadline_, &pull};
        for (auto& plan : plans_) {
            if (sells_.deliver_before(plan.number, deadline_, barred_)) report_.incomplete = true;
            if (!callers_.stop_asked()) ++begun_;
            if (plan.withheld || callers_.stop_asked() || barred_.count(plan.step->service) != 0) continue;
            if (!plan.step->after.empty()) follow(plan);
            deliver_step(plan, context);
            engine_.store.transaction([&] { runs_.place(report_.run, "deliver", plan.number + 1); });
        }
        if (sells_.deliver_before(static_cast<int>(job_.steps.size()), deadline_, barred_)) report_.incomplete = true;
    }

    // Files reach nobody by themselves: they are written also when a guard or a mapping keeps the effects back.
    void export_files() {
        for (const auto& step : job_.steps) {
            const auto* out = std::get_if<ExportStep>(&step);
            if (out == nullptr) continue;
            try {
                const ExportReport written = export_csv(engine_.config, engine_.store, export_request(engine_, *out, job_values(job_, report_.now, report_.today)));
                engine_.log.info("{}: {} rows written", out->to, written.rows);
            } catch (const Error& error) {
                fail(error);
            }
        }
    }

    // The replies that this step reads are there now.
    void follow(PushPlan& plan) {
        JobSql sql = job_sql();
        Followed followed = decide_again(engine_, job_, plan, report_.run, sql, job_values(job_, report_.now, report_.today));
        put_off_behind_corrections(plans_, followed.plan);
        engine_.store.transaction([&] {
            commit_plan(engine_.store, followed.plan, report_.run);
            runs_.place(report_.run, "deliver", plan.number);
        });
        const std::int64_t planned = report_.effects.planned + followed.plan.to_send() - plan.to_send();
        tally_plan(followed.news, cut_off_, report_);
        report_.effects.planned = planned;
        plan = std::move(followed.plan);
    }

    void deliver_step(const PushPlan& plan, const DeliveryContext& context) {
        Delivery delivery;
        if (plan.to_send() > 0) remember_pusher(plan);
        settle_doubts(engine_, callers_, plan, context, delivery);
        if (!delivery.barred && !delivery.down) {
            auto rows = ledger_.list(job_.name, plan.step->effect, {"pending"});
            std::erase_if(rows, [&](const EffectRow& row) { return plan.put_off.count(row.identity) != 0; });
            order_as_selected(plan, rows);
            if (const auto later = keep_to_bound(plan, rows); later > 0) {
                report_.worsen(ExitCode::partial);
                report_.incomplete = true;
                report_.warnings.push_back(plan.step->effect + ": " + std::to_string(later) + " effects are left for the job's next run: more follow from " +
                                           "this run's replies than its guard has counted");
            }
            if (!rows.empty()) send_effects(engine_, callers_.to(plan.step->service), *plan.operation, context, rows, false, delivery);
            if (plan.operation->find && delivery.in_doubt > 0 && !delivery.barred && !delivery.down && !delivery.out_of_time) {
                settle_doubts(engine_, callers_, plan, context, delivery);
            }
        }
        digest(plan, delivery);
    }

    void digest(const PushPlan& plan, const Delivery& delivery) {
        // One that fell in doubt may have been found or sent again since.
        const auto in_doubt = ledger_.list(job_.name, plan.step->effect, {"in_doubt"});
        if (tally_delivery(plan, delivery, in_doubt, cut_off_, report_)) report_.incomplete = true;
        if (delivery.barred) {
            barred_.insert(plan.step->service);
            fail(*delivery.barred);
        }
        if (delivery.down) fail(*delivery.down);
    }

    void interrupted() {
        tally_not_begun(plans_, begun_, report_);
        fail(Error(ErrorCode::interrupted, "stopped by a signal; nothing is lost", "the job's next run goes on from here", Reach::process, Again::later));
    }

    void fail(const Error& error) {
        report_.fail(error);
        if (error.code() == ErrorCode::mapping && error.reach() != Reach::step) mapping_stop_ = true;
        if (error.code() == ErrorCode::incomplete) report_.incomplete = true;
        engine_.log.warn("{}", error.what());
    }

    void end() {
        report_.outcome = outcome_of(report_);
        auto states = ledger_.count_by_state(job_.name);
        report_.effects.in_doubt = states["in_doubt"];
        report_.effects.held = states["held"];
        tell_what_stands(ledger_, job_, plans_, report_);
        report_.conflicts = Conflicts(engine_.store).count_open(job_.name);
        tally_calls(callers_.stats(), report_);
        report_.seconds = std::chrono::duration<double>(engine_.clock.boot() - started_).count();
        end_run(engine_.store, report_, callers_.log().calls());
        engine_.log.info("ends: {} ({} done, {} planned, {} s)", report_.outcome, report_.effects.done,
                         report_.effects.planned, static_cast<std::int64_t>(report_.seconds));
    }

    const Engine& engine_;
    const Job& job_;
    const RunOptions& options_;
    Callers callers_;
    Ledger ledger_;
    SellSteps sells_;
    Runs runs_;
    BootTime started_, deadline_;
    BootTime reads_until_;  // a slow or paused service must not take the time in which another's effects go out
    RunReport report_;
    std::vector<PushPlan> plans_;
    std::size_t begun_ = 0;  // of the plans: delivered, or begun
    std::set<std::string> barred_;
    GuardVerdict share_;  // of max_corrected
    bool mapping_stop_ = false;
    bool cut_off_ = false;  // an earlier run's process died with effects under way
};

}  // namespace

RunReport run_job(const Engine& engine, const Job& job, const RunOptions& options) {
    const auto lock = JobLock::take(engine.store.file(), job.name);
    if (!lock) {
        const long holder = JobLock::holder(engine.store.file(), job.name);
        throw Error(ErrorCode::running_elsewhere, "job " + job.name + " is running already" + (holder > 0 ? " (process " + std::to_string(holder) + ")" : ""),
                    "wait until it has ended; `bindery status` shows it", Reach::job, Again::later);
    }
    need_ready(engine, job, options);
    check_store_when_due(engine.store, engine.log, engine.stop_asked);
    const Begun begun = begin_run(engine, job, options);
    // Each line of the log names the run.
    const auto log = engine.log.clone(job.name + " run " + std::to_string(begun.row.id));
    const Engine own{engine.config, engine.environment, engine.store, engine.budget,     engine.clock,
                     *log,          engine.make_wire,   engine.seed,  engine.call_class, engine.progress, engine.stop_asked, engine.make_wire_for_good, engine.make_disk};
    return JobRun(own, job, options, begun).run();
}

}  // namespace bindery
