// `bindery check --online`: what the services say of the service files and of the ids in job files.
#include <algorithm>
#include <set>

#include "core/nearest.h"
#include "core/template.h"
#include "engine/check.h"
#include "engine/decide.h"
#include "engine/sell_life.h"
#include "services/pager.h"

namespace bindery {
namespace {

constexpr int kPagesLookedAt = 50;   // of a list in which an id is looked for
constexpr std::size_t kIdsNamed = 5;
constexpr auto kPatience = std::chrono::minutes(2);

std::string hint_for(const Engine& engine, const Service& service, const std::optional<CallResult>& result) {
    if (!result || result->ending == CallEnding::not_sent) return "is this machine online, and the service up? Else check base_url in the service file";
    if (result->ending == CallEnding::barred) return "check " + key_and_place(engine, service.name) + ": is it valid, is it for this account?";
    return "check base_url and the path of the list in the service file";
}

std::string query_of(const Service& service, const Resource& resource, int page) {
    std::string query;
    for (const auto& [name, value] : resource.query) query += (query.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
    if (resource.paged) {
        query += (query.empty() ? "" : "&") + service.paging.page + "=" + std::to_string(page);
        if (!service.paging.size.empty()) query += "&" + service.paging.size + "=" + std::to_string(service.paging.per_page);
    }
    return query;
}

std::optional<CallResult> read_list(Callers& callers, const Engine& engine, const Service& service, const Resource& resource, int page) {
    CallSpec spec;
    spec.path = resource.list->path;
    spec.query = query_of(service, resource, page);
    spec.check = [&](const HttpReply& reply) { return read_page(service.envelope, reply.body).problem; };
    Caller& caller = callers.to(service.name);
    caller.submit(spec);
    return caller.next(engine.clock.boot() + kPatience);
}

FieldCheck check_list(Callers& callers, const Engine& engine, const Service& service, const Resource& resource) {
    const auto result = read_list(callers, engine, service, resource, service.paging.first);
    if (result && result->ending == CallEnding::ok) return hold_against_mapping(resource.mapping, read_page(service.envelope, result->body).documents);
    FieldCheck check;
    check.dataset = resource.mapping.dataset;
    check.problem = result ? result->problem : "no answer";
    check.hint = hint_for(engine, service, result);
    return check;
}

// The resource whose records are named by what stands at `place` of a path: that of the list before it (/projects/{project_id}/tasks).
const Resource* resource_at(const Service& service, const std::string& path, const std::string& place) {
    const auto at = path.find("/{" + place + "}");
    if (at == std::string::npos) return nullptr;
    const std::string before = path.substr(0, at);
    for (const auto& [name, resource] : service.resources) {
        const bool listed = resource.list && resource.list->path == before;
        const bool got = resource.get && resource.get->path.starts_with(before + "/{") && resource.get->path.find('/', before.size() + 1) == std::string::npos;
        if (listed || got) return &resource;
    }
    return nullptr;
}

// An id that the job file itself gives, the same for every row.
struct GivenId {
    const Service* service = nullptr;
    const Resource* resource = nullptr;
    std::string id;
    std::vector<std::string> jobs{}, places{};
};

void add_given(std::vector<GivenId>& given, GivenId one, const std::string& job, const std::string& place) {
    auto known = std::find_if(given.begin(), given.end(), [&](const GivenId& each) { return each.resource == one.resource && each.id == one.id; });
    if (known == given.end()) known = given.insert(given.end(), std::move(one));
    if (std::find(known->jobs.begin(), known->jobs.end(), job) == known->jobs.end()) known->jobs.push_back(job);
    if (std::find(known->places.begin(), known->places.end(), place) == known->places.end()) known->places.push_back(place);
}

void add_ids_of(std::vector<GivenId>& given, const Engine& engine, const Job& job, const PushStep& step) {
    const Service& service = engine.config.service(step.service);
    const std::string& path = service.operations.at(step.operation).call.path;
    const auto columns = JobSql(engine.store.file(), job_values(job, "2026-01-01T00:00:00.000Z", "2026-01-01")).columns(step.select);
    for (const auto& [place, text] : step.path.items()) {
        const Resource* resource = resource_at(service, path, place);
        if (resource == nullptr) continue;
        std::string where = step.place.text();
        bool of_a_row = false;
        for (const auto& name : template_names(text)) {
            of_a_row = of_a_row || !job.vars.contains(name) || std::find(columns.begin(), columns.end(), name) != columns.end();
            if (of_a_row) break;
            const VarSource& source = job.var_sources.at(name);
            where = source.place.text() + (source.written.find("${") == std::string::npos ? "" : " (taken from " + source.written + ")");
        }
        if (of_a_row) continue;
        const std::string id = scalar_text(render(text, Values(job.vars.get<Values>()))).value_or("");
        if (!id.empty()) add_given(given, {&service, resource, id}, job.name, where);
    }
}

class IdSearch {
  public:
    IdSearch(Callers& callers, const Engine& engine, const GivenId& given) : callers_(callers), engine_(engine), given_(given) {}

    IdCheck look() {
        check_.dataset = given_.resource->mapping.dataset;
        check_.id = given_.id;
        check_.jobs = given_.jobs;
        if (given_.resource->get) by_itself();
        else in_the_list();
        return check_;
    }

  private:
    void unread(const std::optional<CallResult>& result) {
        check_.problem = "can't be looked up: " + (result ? result->problem : "no answer");
        check_.hint = hint_for(engine_, *given_.service, result);
    }

    void missing() {
        check_.problem = "there is no such record, and every write of it would be refused";
        check_.hint = "write the right id at ";
        for (std::size_t i = 0; i < given_.places.size(); ++i) check_.hint += (i > 0 ? ", " : "") + given_.places[i];
        const std::string close = nearest(given_.id, ids_);
        if (!named_.empty()) check_.hint += "; what stands there is a name, its id is `" + named_ + "`";
        else if (!close.empty()) check_.hint += "; did you mean `" + close + "`?";
        else if (!ids_.empty()) check_.hint += "; there are" + some_ids();
    }

    std::string some_ids() const {
        std::string text;
        for (std::size_t i = 0; i < ids_.size() && i < kIdsNamed; ++i) text += (i > 0 ? ", `" : " `") + ids_[i] + "`";
        return ids_.size() > kIdsNamed ? text + " and others" : text;
    }

    void by_itself() {
        const std::string& path = given_.resource->get->path;
        const auto from = path.find('{'), to = path.find('}', from);
        CallSpec spec;
        spec.path = path.substr(0, from) + percent_encode(given_.id) + path.substr(to + 1);
        Caller& caller = callers_.to(given_.service->name);
        caller.submit(spec);
        const auto result = caller.next(engine_.clock.boot() + kPatience);
        if (result && result->ending == CallEnding::refused && (result->status == 404 || result->status == 410)) missing();
        else if (!result || result->ending != CallEnding::ok) unread(result);
    }

    void in_the_list() {
        const int first = given_.service->paging.first;
        for (int page = first; page < first + kPagesLookedAt; ++page) {
            const auto result = read_list(callers_, engine_, *given_.service, *given_.resource, page);
            if (!result || result->ending != CallEnding::ok) return unread(result);
            if (found_in(read_page(given_.service->envelope, result->body))) return;
            if (ended_ || !given_.resource->paged) return missing();
        }
        check_.problem = "isn't among the first " + std::to_string(ids_.size()) + " records of the list; it wasn't looked for further";
        check_.hint = "look whether it is right";
    }

    // Also gathers what helps to mend it. A page that brings no new record ends the list.
    bool found_in(const Page& page) {
        ended_ = true;
        for (const auto text : page.documents) {
            const MappedRecord record = map_record(given_.resource->mapping, parse_exact(text));
            if (record.key == given_.id) return true;
            if (record.key.empty() || !seen_.insert(record.key).second) continue;
            ended_ = false;
            ids_.push_back(record.key);
            for (std::size_t i = 0; i < record.values.size(); ++i) {
                const Field& field = given_.resource->mapping.fields[i];
                if (field.match && record.values[i] && match_key(field.type, *record.values[i]) == match_key(field.type, given_.id)) named_ = record.key;
            }
        }
        return false;
    }

    Callers& callers_;
    const Engine& engine_;
    const GivenId& given_;
    IdCheck check_;
    bool ended_ = false;
    std::set<std::string> seen_;
    std::vector<std::string> ids_;
    std::string named_;  // the record that has what was given as its name
};

constexpr const char* kNobodysBid = "00000000-0000-4000-8000-000000000000";

KeyCheck check_key(Callers& callers, const Engine& engine, const Service& service, const Resource& status, bool live) {
    KeyCheck check;
    check.service = service.name;
    CallSpec spec;
    spec.path = status.get->path.substr(0, status.get->path.find('{')) + kNobodysBid;
    if (!live) spec.query = kTestQuery;
    Caller& caller = callers.to(service.name);
    caller.submit(spec);
    const auto result = caller.next(engine.clock.boot() + kPatience);
    if (result && (result->ending == CallEnding::ok || (result->ending == CallEnding::refused && json::parse(result->body, nullptr, false).is_object()))) return check;
    check.problem = result ? result->problem : "no answer";
    check.hint = hint_for(engine, service, result);
    return check;
}

}  // namespace

std::vector<KeyCheck> check_keys_online(const Engine& engine) {
    std::map<std::string, bool> buyers;  // name → does a job sell to it in earnest?
    for (const auto& [name, job] : engine.config.jobs) {
        for (const auto& step : job.steps) {
            if (const auto* sell = std::get_if<SellStep>(&step)) buyers[sell->post.service] = buyers[sell->post.service] || sell->live;
        }
    }
    Callers callers(engine, "check");
    std::vector<KeyCheck> checks;
    for (const auto& [name, live] : buyers) {
        const Service& service = engine.config.service(name);
        const bool listed = std::any_of(service.resources.begin(), service.resources.end(), [](const auto& resource) { return resource.second.list.has_value(); });
        if (listed) continue;  // its key was looked at with the list
        try {
            checks.push_back(check_key(callers, engine, service, service.resources.at("lead_status"), live));
        } catch (const Error& error) {
            checks.push_back({name, error.what(), error.hint()});  // no key, say
        }
    }
    return checks;
}

std::vector<FieldCheck> check_online(const Engine& engine) {
    std::set<std::string> datasets;
    for (const auto& [name, job] : engine.config.jobs) {
        for (const auto& step : job.steps) {
            if (const auto* pull = std::get_if<PullStep>(&step)) datasets.insert(pull->dataset());
        }
    }
    Callers callers(engine, "check");
    std::vector<FieldCheck> checks;
    for (const auto& [name, service] : engine.config.services) {
        bool looked = false;
        const Resource* first = nullptr;
        for (const auto& [resource_name, resource] : service.resources) {
            if (!resource.list) continue;
            if (first == nullptr) first = &resource;
            if (datasets.count(resource.mapping.dataset) == 0) continue;
            checks.push_back(check_list(callers, engine, service, resource));
            looked = true;
        }
        if (!looked && first != nullptr) checks.push_back(check_list(callers, engine, service, *first));
    }
    return checks;
}

std::vector<IdCheck> check_ids_online(const Engine& engine) {
    std::vector<GivenId> given;
    for (const auto& [name, job] : engine.config.jobs) {
        for (const auto& step : job.steps) {
            if (const auto* push = std::get_if<PushStep>(&step)) add_ids_of(given, engine, job, *push);
        }
    }
    Callers callers(engine, "check");
    std::vector<IdCheck> checks;
    for (const auto& each : given) checks.push_back(IdSearch(callers, engine, each).look());
    return checks;
}

}  // namespace bindery
