#include <algorithm>
#include <set>

#include "config/job_order.h"
#include "config/load_csv.h"
#include "config/load_webhooks.h"
#include "config/read_file.h"
#include "config/scalar.h"
#include "config/yaml_files.h"
#include "core/error.h"

namespace bindery {

namespace {

template <typename Map>
std::vector<std::string> names_of(const Map& map) {
    std::vector<std::string> names;
    for (const auto& [name, value] : map) names.push_back(name);
    return names;
}

// Checks jobs against services and against each other.
class CrossCheck {
  public:
    CrossCheck(const Config& config, std::set<std::string> broken, Faults& faults)
        : config_(config), broken_(std::move(broken)), faults_(faults) {}

    void check_tables() {
        std::map<std::string, std::string> tables;
        for (const auto& [name, service] : config_.services) {
            for (const auto& [resource, described] : service.resources) {
                const std::string dataset = name + "." + resource;
                const auto [found, fresh] = tables.emplace(name + "_" + resource, dataset);
                if (!fresh)
                    faults_.add({service.file, 0, 0},
                                "`" + dataset + "` and `" + found->second + "` would share the table " + found->first);
            }
        }
    }

    void check_job(const Job& job) {
        for (const Step& step : job.steps) {
            std::visit([&](const auto& known) { check_step(job, known); }, step);
        }
    }

    void check_retention() {
        for (const auto& [name, own] : config_.settings.retention.datasets) {
            if (is_dataset(name) || broken_.contains(name) || broken_.contains(name.substr(0, name.find('.')))) continue;
            faults_.add({shown_path(config_.settings.file), 0, 0}, "`retention.datasets` names `" + name + "`, and there is no such dataset" + near(name, datasets()));
        }
    }

    // Why the job's effects are another's too; empty: they aren't.
    std::string sharer(const std::string& job) const {
        const auto found = sharers_.find(job);
        return found == sharers_.end() ? std::string() : found->second;
    }

  private:
    void use_effect(const Job& job, const std::string& effect, const Place& place) {
        const auto [other, fresh] = effects_.emplace(effect, job.name);
        if (fresh || other->second == job.name) return;
        const std::string text = "the effect `" + effect + "` is one of the job `" + other->second + "` too; a name is used once";
        faults_.add(place, text);
        for (const std::string& sharer : {job.name, other->second}) sharers_.emplace(sharer, place.text() + ": " + text);
    }

    std::vector<std::string> datasets() const {
        std::vector<std::string> known;
        for (const auto& [name, described] : config_.services) {
            for (const auto& [resource, mapping] : described.resources) known.push_back(name + "." + resource);
        }
        for (const auto& [name, book] : config_.books) known.push_back("book." + name);
        return known;
    }

    bool is_dataset(const std::string& name) const {
        const auto known = datasets();
        return std::find(known.begin(), known.end(), name) != known.end();
    }

    // The step's service; nullptr when there's none, which is noted unless its own file is at fault.
    const Service* service(const std::string& name, const Place& place) {
        const auto found = config_.services.find(name);
        if (found != config_.services.end()) return &found->second;
        if (!broken_.contains(name))
            faults_.add(place, "there is no service `" + name + "`" + near(name, names_of(config_.services)));
        return nullptr;
    }

    static std::string near(const std::string& name, const std::vector<std::string>& known) {
        const std::string hint = did_you_mean(name, known);
        if (!hint.empty()) return hint;
        return known.empty() ? "; it has none" : "; there are " + listed(known);
    }

    void check_step(const Job&, const PullStep& step) {
        const Service* from = service(step.service, step.place);
        if (!from) return;
        const auto found = from->resources.find(step.resource);
        if (found == from->resources.end()) {
            faults_.add(step.place, "`" + step.service + "` has no resource `" + step.resource + "`" +
                                        near(step.resource, names_of(from->resources)));
            return;
        }
        if (step.for_select.empty() && !found->second.list) {
            faults_.add(step.place, "`" + step.dataset() + "` has no `list`; read it by id: `for: SELECT …`");
        }
        if (!step.for_select.empty() && !found->second.get) {
            faults_.add(step.place, "`" + step.dataset() + "` has no `get`, so `for` can't read it by id");
        }
    }

    void check_step(const Job&, const ImportStep& step) {
        const std::string name = step.book.starts_with("book.") ? step.book.substr(5) : std::string();
        if (config_.books.count(name) == 0) {
            if (!broken_.contains(step.book)) faults_.add(step.place, "`import` fills one of the agency's own books: book.NAME" + near(name, names_of(config_.books)));
            return;
        }
        if (step.profile.empty() || broken_.contains("csv." + step.profile)) return;
        const auto profile = config_.csv.find(step.profile);
        if (profile == config_.csv.end()) {
            faults_.add(step.place, "there is no profile `" + step.profile + "`" + near(step.profile, names_of(config_.csv)));
        } else if (profile->second.into != name) {
            faults_.add(step.place, "the profile `" + step.profile + "` is for `book." + profile->second.into + "`, not for `" + step.book + "`");
        }
    }

    void check_step(const Job&, const ExportStep& step) {
        if (!step.corrections.empty() && config_.jobs.count(step.corrections) == 0 && !broken_.contains("job." + step.corrections))
            faults_.add(step.place, "there is no job `" + step.corrections + "`" + near(step.corrections, names_of(config_.jobs)));
        if (step.dataset.empty() || step.dataset == "runs" || step.dataset == "history") return;
        try {
            config_.mapping(step.dataset);
        } catch (const Error& error) {
            if (!broken_.contains(step.dataset)) faults_.add(step.place, error.what());
        }
    }

    void check_step(const Job& job, const PushStep& step) {
        use_effect(job, step.effect, step.place);
        for (const PassedOver& passed : step.passed_over) check_dataset(passed);
        const Service* to = service(step.service, step.place);
        if (!to) return;
        const auto found = to->operations.find(step.operation);
        if (found == to->operations.end()) {
            faults_.add(step.place, "`" + step.service + "` has no operation `" + step.operation + "`" +
                                        near(step.operation, names_of(to->operations)));
            return;
        }
        const std::vector<std::string> places = call_places(found->second.call.path);
        const std::string call = "`" + found->second.call.method + " " + found->second.call.path + "`";
        for (const std::string& place : places) {
            if (!step.path.contains(place)) faults_.add(step.place, "`path` must give `" + place + "` for " + call);
        }
        for (const auto& [name, value] : step.path.items()) {
            if (std::find(places.begin(), places.end(), name) != places.end()) continue;
            faults_.add(step.place,
                        "`path` gives `" + name + "`, which " + call + " doesn't have" + did_you_mean(name, places));
        }
    }

    void check_step(const Job& job, const SellStep& step) {
        use_effect(job, step.post.effect, step.place);
        for (const PassedOver& passed : step.post.passed_over) check_dataset(passed);
        const Service* to = service(step.post.service, step.place);
        if (!to) return;
        for (const char* operation : {"ping", "post"}) {
            const auto found = to->operations.find(operation);
            if (found == to->operations.end()) faults_.add(step.place, "`" + to->name + "` has no operation `" + operation + "`, so it can't be sold to" + near(operation, names_of(to->operations)));
            else if (!call_places(found->second.call.path).empty()) faults_.add(step.place, std::string("the operation `") + operation + "` of `" + to->name + "` must have a path without {places}");
        }
        const auto status = to->resources.find("lead_status");
        if (status == to->resources.end() || !status->second.get) faults_.add(step.place, "`" + to->name + "` has no resource `lead_status` with `get`, by which a lost sale is looked up");
    }

    void check_dataset(const PassedOver& passed) {
        const std::string& name = passed.dataset;
        if (is_dataset(name) || name == "sales") return;  // the latter: the view of what was offered
        if (broken_.contains(name) || broken_.contains(name.substr(0, name.find('.')))) return;
        faults_.add(passed.place, "`passed_over` is about `" + name + "`, and there is no such dataset" + did_you_mean(name, datasets()));
    }

    // The two books, the fields of both, and what carries corrections.
    void check_step(const Job& job, const ReconcileStep& step) {
        const Mapping* ours = book_mapping(step);
        const Mapping* theirs = resource_mapping(step);
        if (ours != nullptr && step.adopt_only_theirs && config_.books.at(step.ours.substr(5)).authority == Authority::outside) {
            faults_.add(step.place, "`only_theirs: adopt` writes into `" + step.ours + "`, which is another program's book (authority: outside); report them");
        }
        for (const auto& [name, owner] : step.fields) check_field(step, name, ours, theirs, false);
        for (const auto& list : step.match) {
            for (const auto& name : list) check_field(step, name, ours, theirs, true);
        }
        for (const auto& name : step.contradiction) check_field(step, name, ours, theirs, false);
        for (const PushStep* push : {&step.push, &step.create}) {
            if (!push->operation.empty()) check_target(job, step, *push);
        }
    }

    const Mapping* book_mapping(const ReconcileStep& step) {
        if (!step.ours.starts_with("book.")) {
            faults_.add(step.place, "`ours` is one of the agency's own books: book.NAME");
            return nullptr;
        }
        const auto found = config_.books.find(step.ours.substr(5));
        if (found != config_.books.end()) return &found->second.mapping;
        if (!broken_.contains(step.ours)) faults_.add(step.place, "there is no book `" + step.ours.substr(5) + "`" + near(step.ours.substr(5), names_of(config_.books)));
        return nullptr;
    }

    const Mapping* resource_mapping(const ReconcileStep& step) {
        const std::size_t dot = step.theirs.find('.');
        const Service* from = service(step.theirs.substr(0, dot), step.place);
        if (from == nullptr) return nullptr;
        const auto found = from->resources.find(step.theirs.substr(dot + 1));
        if (found != from->resources.end()) return &found->second.mapping;
        faults_.add(step.place, "`" + from->name + "` has no resource `" + step.theirs.substr(dot + 1) + "`" + near(step.theirs.substr(dot + 1), names_of(from->resources)));
        return nullptr;
    }

    // Both sides have it, with one type; what is matched by must be found by an index where spellings differ.
    void check_field(const ReconcileStep& step, const std::string& name, const Mapping* ours, const Mapping* theirs, bool matched) {
        std::optional<FieldType> type;
        for (const Mapping* side : {ours, theirs}) {
            if (side == nullptr) continue;
            std::vector<std::string> names;
            const Field* found = nullptr;
            for (const Field& field : side->fields) {
                names.push_back(field.name);
                if (field.name == name) found = &field;
            }
            if (found == nullptr) {
                faults_.add(step.place, "`" + side->dataset + "` has no field `" + name + "`" + did_you_mean(name, names));
                continue;
            }
            if (type && *type != found->type) {
                faults_.add(step.place, "`" + name + "` is " + field_type_name(*type) + " in `" + ours->dataset + "` and " + field_type_name(found->type) + " in `" + side->dataset + "`; give it one type");
            }
            type = found->type;
            const bool spelled = found->type == FieldType::text || found->type == FieldType::policy_number || found->type == FieldType::phone;
            if (matched && spelled && !found->match) faults_.add(step.place, "`" + name + "` of `" + side->dataset + "` needs `match: true` to be matched by");
            if (matched && found->type == FieldType::json_value) faults_.add(step.place, "`" + name + "` is json: records can't be matched by it");
        }
    }

    void check_target(const Job& job, const ReconcileStep& step, const PushStep& push) {
        use_effect(job, push.effect, push.place);
        const Service* to = service(push.service, push.place);
        if (to == nullptr) return;
        const auto found = to->operations.find(push.operation);
        if (found == to->operations.end()) {
            faults_.add(push.place, "`" + push.service + "` has no operation `" + push.operation + "`" + near(push.operation, names_of(to->operations)));
            return;
        }
        if (step.theirs.substr(0, step.theirs.find('.')) != push.service) faults_.add(push.place, "corrections of `" + step.theirs + "` go to its own service");
        const std::vector<std::string> places = call_places(found->second.call.path);
        if (places.size() > 1 && push.path.empty()) faults_.add(push.place, "`path` must give the places of `" + found->second.call.path + "`: " + listed(places));
        for (const auto& [name, value] : push.path.items()) {
            if (std::find(places.begin(), places.end(), name) == places.end()) faults_.add(push.place, "`path` gives `" + name + "`, which the call doesn't have" + did_you_mean(name, places));
        }
    }

    const Config& config_;
    std::set<std::string> broken_;
    Faults& faults_;
    std::map<std::string, std::string> effects_;  // name → job
    std::map<std::string, std::string> sharers_;  // job → why
};

// x.yaml and x.yml are both called x: one of them would be passed over.
template <typename Value>
void add(std::map<std::string, Value>& known, Value value, const std::filesystem::path& path, Faults& faults) {
    const std::string name = value.name;
    if (!known.emplace(name, std::move(value)).second) {
        faults.add({shown_path(path), 0, 0}, "`" + name + "` is there already, as .yaml or .yml; remove one of them");
    }
}

}  // namespace

namespace {

using Files = std::vector<std::filesystem::path>;

// A folder that can't be read is no configuration without files: nobody goes on without what may be in it.
Files files_of(const std::filesystem::path& folder, const std::string& key, Faults& faults) {
    Files files = yaml_files(folder, key, faults);
    if (!faults.about(shown_path(folder)).empty()) faults.throw_if_any();
    return files;
}

// What is at fault by its own file is taken out of `found`, and noted as KIND.NAME.
template <typename Map>
void leave_out(Config& config, Map& found, const Files& files, const std::string& kind, std::set<std::string>& broken, const Faults& faults) {
    for (const auto& file : files) {
        const std::string name = file.stem().string(), fault = faults.about(shown_path(file));
        if (fault.empty()) continue;
        found.erase(name);
        config.left_out.emplace(kind + "." + name, fault);
        broken.insert(kind == "service" ? name : kind + "." + name);
    }
}

void read_records(Config& config, const Variables& variables, std::set<std::string>& broken, Faults& faults) {
    const Files services = files_of(config.settings.services, "services", faults);
    for (const auto& path : services) {
        std::optional<Service> service = read_service(path, variables, faults);
        if (service) add(config.services, std::move(*service), path, faults);
    }
    Files books;
    if (std::error_code none; std::filesystem::exists(config.settings.books, none)) books = files_of(config.settings.books, "books", faults);
    for (const auto& path : books) {
        std::optional<Book> book = read_book(path, variables, faults);
        if (book) add(config.books, std::move(*book), path, faults);
    }
    CrossCheck(config, broken, faults).check_tables();
    leave_out(config, config.services, services, "service", broken, faults);
    leave_out(config, config.books, books, "book", broken, faults);
    CrossCheck(config, broken, faults).check_retention();
}

void read_profiles(Config& config, const Variables& variables, bool skip_empty, std::set<std::string>& broken, Faults& faults) {
    if (std::error_code none; !std::filesystem::exists(config.settings.csv, none)) return;
    const Files files = files_of(config.settings.csv, "csv", faults);
    for (const auto& path : files) {
        if (std::error_code unread; skip_empty && std::filesystem::is_empty(path, unread)) continue;
        const std::optional<ProfileFile> found = read_csv_profile(path, variables, faults);
        if (!found) continue;
        if (!broken.contains("book." + found->profile.into)) check_profile(*found, config.books, faults);
        add(config.csv, found->profile, path, faults);
    }
    leave_out(config, config.csv, files, "csv", broken, faults);
}

// A job is also left out when it shares an effect with another, or needs a file that is at fault.
void read_jobs(Config& config, const Variables& variables, const std::set<std::string>& broken_records, Faults& faults) {
    std::set<std::string> broken = broken_records;
    const Files files = files_of(config.settings.jobs, "jobs", faults);
    for (const auto& path : files) {
        std::optional<Job> job = read_job(path, config.settings.timezone, variables, faults);
        if (!job) broken.insert("job." + path.stem().string());
        if (job) add(config.jobs, std::move(*job), path, faults);
    }
    check_order(config.jobs, broken, faults);
    CrossCheck cross(config, broken, faults);
    Faults unforgiven;
    CrossCheck strict(config, {}, unforgiven);
    for (const auto& [name, job] : config.jobs) {
        cross.check_job(job);
        check_listens(job, config.services, broken, faults);
        strict.check_job(job);
        check_listens(job, config.services, {}, unforgiven);
    }
    const std::map<std::string, Job> all = config.jobs;
    leave_out(config, config.jobs, files, "job", broken, faults);
    for (const auto& [name, job] : all) {
        std::string why = cross.sharer(name);
        if (why.empty() && !unforgiven.about(job.place.file).empty()) why = unforgiven.about(job.place.file) + ", since another file is at fault";
        if (why.empty()) why = config.fault_of_what_it_reads(job.place.file);
        if (!why.empty() && config.left_out.emplace("job." + name, why).second) config.jobs.erase(name);
    }
}

Config read_config(const std::filesystem::path& file, const Variables& variables, bool skip_empty_profiles, Sound sound) {
    Faults faults;
    Config config;
    const std::optional<Settings> settings = read_settings(file, Environment(variables), faults);
    faults.throw_if_any();
    config.settings = *settings;
    std::set<std::string> broken;
    read_records(config, variables, broken, faults);
    const bool records = faults.empty();
    read_profiles(config, variables, skip_empty_profiles, broken, faults);
    read_jobs(config, variables, broken, faults);
    if (sound == Sound::all || (sound == Sound::records && !records)) faults.throw_if_any();
    config.faults = faults.lines();
    return config;
}

}  // namespace

Config load_config(const std::filesystem::path& file, const Variables& variables, bool skip_empty_profiles) {
    return read_config(file, variables, skip_empty_profiles, Sound::all);
}

Config load_config_in_part(const std::filesystem::path& file, const Variables& variables, Sound sound, bool skip_empty_profiles) {
    return read_config(file, variables, skip_empty_profiles, sound);
}

}  // namespace bindery
