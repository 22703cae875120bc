#include <algorithm>
#include <set>

#include "config/load_csv_step.h"
#include "config/load_reconcile.h"
#include "config/load_sell.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "config/shared_sql.h"
#include "core/dates.h"
#include "core/error.h"
#include "core/template.h"

namespace bindery {

namespace {

std::pair<std::string, std::string> split_dotted(const std::string& text) {
    const std::size_t dot = text.find('.');
    return {text.substr(0, dot), dot == std::string::npos ? std::string() : text.substr(dot + 1)};
}

// Reads one checked job file. What needs the services too is checked in load_config.cpp.
class JobReader {
  public:
    JobReader(const Tree& tree, const std::string& zone, Faults& faults) : read_(&tree), zone_(zone), faults_(faults) {}

    Job job() {
        job_.name = read_.text("job");
        job_.about = read_.text("about");
        job_.place = read_.place("job");
        job_.timezone = zone_;
        if (read_.has("schedule")) read_schedule();
        read_on();
        job_.stale_after = read_.duration("stale_after", job_.stale_after);
        job_.time_limit = read_.duration("time_limit", job_.time_limit);
        job_.ping = read_.text("ping");
        read_vars();
        read_guard();
        read_shared();
        for (const Member& member : read_.members("checks")) job_.checks.push_back({member.name, member.value->text, member.value->first_line});
        for (const auto& item : read_.items("steps")) read_step(*item);
        for (const Wait& wait : waits_) check_wait(wait);
        return std::move(job_);
    }

  private:
    struct Wait {  // one name of an `after:`
        std::string waiter, effect;
        Place place;
        bool above = false;  // the effect's step stands above
    };

    void read_schedule() {
        const Reader read = read_.below("schedule");
        Schedule schedule;
        if (read.has("cron") && read.has("every")) faults_.add(read.key_place("every"), "`schedule` takes either `cron` or `every`");
        if (!read.has("cron") && !read.has("every") && !read.has("after")) faults_.add(read_.key_place("schedule"), "`schedule` needs `cron`, `every` or `after`");
        schedule.cron = read.text("cron");
        schedule.every = read.duration("every", Duration::zero());
        schedule.after = read.texts("after");
        schedule.retry = read.duration("retry", schedule.retry);
        schedule.timezone = read.text("timezone");
        schedule.catch_up = read.text("catch_up", schedule.catch_up);
        schedule.jitter = read.duration("jitter", Duration::zero());
        if (!schedule.timezone.empty()) job_.timezone = schedule.timezone;
        job_.schedule = std::move(schedule);
    }

    void read_on() {
        std::set<std::string> seen;
        for (const auto& item : read_.items("on")) {
            Listen listen;
            listen.place = item->place;
            std::tie(listen.service, listen.event) = split_dotted(item->text);
            if (!is_name(listen.service) || listen.event.empty()) {
                faults_.add(item->place, "`on` takes SERVICE.EVENT, such as bi369.lead.updated");
            } else if (!seen.insert(item->text).second) {
                faults_.add(item->place, "`" + item->text + "` stands here already");
            } else {
                job_.on.push_back(std::move(listen));
            }
        }
    }

    void read_vars() {
        for (const Member& member : read_.members("vars")) {
            if (!is_name(member.name))
                faults_.add(member.place, "a var's name has small letters, digits and _, and begins with a letter");
            if (member.name == "today" || member.name == "now" || member.name == "vars") {
                faults_.add(member.place, "`" + member.name + "` is the run's own; choose another name");
            }
            job_.vars[member.name] = to_json(*member.value);
            job_.var_sources[member.name] = {member.value->place, member.value->written};
            note_places(member.name, member.place, *member.value);
        }
    }

    void note_places(const std::string& path, const Place& place, const Tree& value) {
        job_.var_places.emplace(path, place);
        for (const Member& member : value.members) note_places(path + "." + member.name, member.place, *member.value);
        for (std::size_t i = 0; i < value.items.size(); ++i) note_places(path + "[" + std::to_string(i) + "]", value.items[i]->place, *value.items[i]);
    }

    void read_guard() {
        const Reader read = read_.below("guard");
        job_.guard.max_effects = read.integer("max_effects", job_.guard.max_effects);
        if (const std::string corrected = read.text("max_corrected"); !corrected.empty()) {
            const bool share = corrected.ends_with('%');
            job_.guard.max_corrected = share ? 0 : read.integer("max_corrected", 0);
            job_.guard.max_corrected_percent = !share ? -1 : corrected == "100%" ? 100 : parse_share(corrected).value.value_or(0) * 100;
        }
        std::string removed = read.text("max_removed");
        if (removed.empty()) return;
        job_.guard.percent = removed.ends_with('%');
        if (!job_.guard.percent) {
            job_.guard.max_removed = read.integer("max_removed", 0);
            return;
        }
        job_.guard.max_removed_percent = removed == "100%" ? 100 : parse_share(removed).value.value_or(0) * 100;
    }

    void read_shared() {
        for (const Member& member : read_.members("with")) {
            job_.shared.emplace_back(member.value->first_line, with_shared(shared_, member.value->text));
            shared_.emplace_back(member.name, member.value->text);
        }
    }

    void read_step(const Tree& tree) {
        const Reader read(&tree);
        const std::string& kind = tree.members.front().name;
        const bool reads = kind == "pull" || kind == "import";
        if ((reads || kind == "reconcile") && first_write_ > 0)
            faults_.add(read.key_place(kind), (reads ? kind + "s come" : std::string("a reconcile comes")) + " before the first push or export (line " + std::to_string(first_write_) + ")");
        if (reads && reconciled_ > 0) faults_.add(read.key_place(kind), kind + "s come before the first reconcile (line " + std::to_string(reconciled_) + ")");
        if (kind == "reconcile" && reconciled_ > 0)
            faults_.add(read.key_place(kind), "a job reconciles two books once (line " + std::to_string(reconciled_) + "); give the others a job of their own");
        if (!reads && kind != "reconcile" && first_write_ == 0) first_write_ = read.key_place(kind).line;
        if (kind == "reconcile") reconciled_ = read.key_place(kind).line;
        if (kind == "pull") job_.steps.emplace_back(read_pull(read));
        if (kind == "import") job_.steps.emplace_back(read_import(read));
        if (kind == "reconcile") job_.steps.emplace_back(read_reconcile(read, effects_, faults_));
        if (kind == "push") job_.steps.emplace_back(read_push(read));
        if (kind == "sell") job_.steps.emplace_back(read_sale(read));
        if (kind == "export") job_.steps.emplace_back(read_export(read, shared_, faults_));
    }

    PullStep read_pull(const Reader& read) {
        PullStep step;
        step.place = read.place("pull");
        std::tie(step.service, step.resource) = split_dotted(read.text("pull"));
        step.for_select = with_shared(shared_, read.text("for"));
        if (!pulled_.insert(step.dataset()).second)
            faults_.add(step.place, "`" + step.dataset() + "` is pulled already");
        return step;
    }

    PushStep read_push(const Reader& read) {
        PushStep step;
        step.place = read.place("push");
        std::tie(step.service, step.operation) = split_dotted(read.text("push"));
        step.effect = read.text("effect");
        if (!effects_.insert(step.effect).second) {
            faults_.add(read.place("effect"),
                        "the effect `" + step.effect + "` is there already; each push has its own");
        }
        step.select = with_shared(shared_, read.text("select"));
        step.select_place = read.find("select")->first_line;
        for (const Member& member : read.members("once_per")) {
            step.once_per.emplace_back(member.name, field_type(member.value->text).value_or(FieldType::text));
        }
        step.when_in_doubt = read.text("when_in_doubt") == "retry" ? WhenInDoubt::retry : WhenInDoubt::hold;
        step.needs_complete = read.has("needs");
        read_templates(read, step);
        step.in_order_by = read.texts("in_order_by");
        step.count_by = read.texts("count_by");
        for (const Member& member : read.members("passed_over")) {
            step.passed_over.push_back({member.name, with_shared(shared_, member.value->text), member.value->first_line});
        }
        step.after = read.texts("after");
        for (const auto& item : read.items("after")) waits_.push_back({step.effect, item->text, item->place, effects_.contains(item->text)});
        return step;
    }

    SellStep read_sale(const Reader& read) {
        SellStep step = read_sell(read, shared_, faults_);
        if (!effects_.insert(step.post.effect).second) faults_.add(read.place("effect"), "the effect `" + step.post.effect + "` is there already; each step has its own");
        check_template(*read.find("lead"));
        return step;
    }

    // Steps go in the order of the file, so one waits for those above it only.
    void check_wait(const Wait& wait) {
        const bool sold = std::any_of(job_.steps.begin(), job_.steps.end(), [&](const Step& step) {
            const auto* sell = std::get_if<SellStep>(&step);
            return sell != nullptr && sell->post.effect == wait.effect;
        });
        if (sold) {
            faults_.add(wait.place, "`after` waits for pushes; what a sale came to is read in the job's next run");
        } else if (!effects_.contains(wait.effect)) {
            faults_.add(wait.place, "no push of this job has the effect `" + wait.effect + "`" +
                                        did_you_mean(wait.effect, {effects_.begin(), effects_.end()}));
        } else if (waits_for(wait.effect, wait.waiter)) {
            faults_.add(wait.place, wait.effect == wait.waiter ? "`" + wait.waiter + "` would wait for itself"
                                                               : "`" + wait.waiter + "` and `" + wait.effect + "` would wait for each other");
        } else if (!wait.above) {
            faults_.add(wait.place, "`" + wait.waiter + "` waits for `" + wait.effect + "`, which comes later; put that step above it");
        }
    }

    // Whether `waiter` waits for `effect`, itself or by way of others.
    bool waits_for(const std::string& waiter, const std::string& effect) const {
        std::set<std::string> reached{waiter};
        if (waiter == effect) return true;
        for (bool more = true; more;) {
            more = false;
            for (const Wait& wait : waits_) {
                if (!reached.contains(wait.waiter)) continue;
                if (wait.effect == effect) return true;
                more = reached.insert(wait.effect).second || more;
            }
        }
        return false;
    }

    void read_templates(const Reader& read, PushStep& step) {
        if (const Tree* path = read.find("path")) step.path = to_json(*path);
        if (const Tree* body = read.find("body")) {
            step.body = to_json(*body);
            check_template(*body);
        }
        for (const Member& member : read.members("path")) check_template(*member.value);
        std::vector<std::string> members;
        for (const Member& member : read.members("body")) members.push_back(member.name);
        for (const auto& item : read.items("volatile")) {
            step.volatile_members.push_back(item->text);
            if (step.body.contains(item->text)) continue;
            faults_.add(item->place, "the body has no member `" + item->text + "`" + did_you_mean(item->text, members));
        }
    }

    // Braces that don't pair, each at its own place.
    void check_template(const Tree& tree) {
        for (const auto& item : tree.items) check_template(*item);
        for (const Member& member : tree.members) check_template(*member.value);
        if (tree.kind != Tree::Kind::scalar) return;
        try {
            (void)template_names(json(tree.text));
        } catch (const Error& e) {
            faults_.add(tree.place, e.what());
        }
    }

    std::vector<Wait> waits_;
    SharedSelects shared_;
    Reader read_;
    std::string zone_;
    Faults& faults_;
    Job job_;
    int first_write_ = 0;  // line of the first push or export
    int reconciled_ = 0;  // line of the last reconcile
    std::set<std::string> effects_;
    std::set<std::string> pulled_;
};

}  // namespace

std::optional<Job> read_job(const std::filesystem::path& file, const std::string& zone, const Variables& variables,
                            Faults& faults) {
    const auto tree = read_checked(file, "job", variables, faults);
    if (!tree) return std::nullopt;
    Faults own;
    Job job = JobReader(*tree, zone, own).job();
    check_file_name(file, "job", job.name, job.place, own);
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return job;
}

Job load_job(const std::filesystem::path& file, const Settings& settings, const Variables& variables) {
    Faults faults;
    std::optional<Job> job = read_job(file, settings.timezone, variables, faults);
    faults.throw_if_any();
    return std::move(*job);
}

}  // namespace bindery
