#include "app/listening_notes.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/secrets.h"

namespace bindery {
namespace {

std::string names_joined(const std::set<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

bool reads_dataset(const Job& job, const std::string& dataset) {
    return std::any_of(job.steps.begin(), job.steps.end(), [&](const Step& step) {
        const auto* pull = std::get_if<PullStep>(&step);
        return pull != nullptr && pull->dataset() == dataset;
    });
}

void note_job(const Config& config, const Job& job, std::vector<std::string>& notes) {
    if (!job.schedule) notes.push_back("job " + job.name + " listens to webhooks and has no schedule, so one that is missed is never made up for: give it a schedule too");
    for (const Listen& listen : job.on) {
        const std::string resource = config.service(listen.service).webhooks->events.at(listen.event).resource;
        if (!resource.empty() && reads_dataset(job, listen.service + "." + resource)) continue;
        notes.push_back("job " + job.name + " pulls nothing that " + listen.word() + " tells of: each such event runs the whole job");
    }
}

}  // namespace

void need_good_hook_secrets(const Config& config, const Environment& environment) {
    if (!config.settings.webhooks.on()) return;
    for (const auto& [name, service] : config.services) {
        if (!service.webhooks) continue;
        for (const std::string& secret : {service.webhooks->secret, old_secret(service.webhooks->secret)}) find_secret(secret, environment, config.settings.secrets_dir);
    }
}

std::vector<std::string> listening_notes(const Config& config, const Environment& environment) {
    std::vector<std::string> notes;
    std::set<std::string> jobs;
    std::map<std::string, std::set<std::string>> jobs_of;  // service
    for (const auto& [name, job] : config.jobs) {
        if (job.on.empty()) continue;
        jobs.insert(name);
        for (const Listen& listen : job.on) jobs_of[listen.service].insert(name);
        note_job(config, job, notes);
    }
    if (jobs.empty()) return notes;
    if (!config.settings.webhooks.on()) {
        notes.insert(notes.begin(), names_joined(jobs) + " would also run on events, and webhooks aren't taken: set `webhooks: {port: …}` in bindery.yaml (docs/webhooks.md), or let the schedule do");
        return notes;
    }
    for (const auto& [service, listeners] : jobs_of) {
        const Webhooks& hooks = *config.service(service).webhooks;
        if (find_secret(hooks.secret, environment, config.settings.secrets_dir)) continue;
        const std::string how = hooks.register_by.empty() ? "set the webhook up at " + service + " and put its secret into secrets_dir/" + hooks.secret + ", mode 600"
                                                          : "run the daemon, then `bindery webhooks register --service " + service + "`";
        notes.push_back(names_joined(listeners) + (listeners.size() == 1 ? " hears nothing from " : " hear nothing from ") + service + ": the secret " + hooks.secret + " is nowhere; " + how);
    }
    return notes;
}

}  // namespace bindery
