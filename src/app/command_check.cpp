// check: everything that can be known before a run.
#include <unistd.h>

#include <filesystem>
#include <set>

#include "app/commands.h"
#include "app/listening_notes.h"
#include "config/secrets.h"
#include "core/error.h"
#include "core/text.h"
#include "engine/check.h"
#include "engine/tell_people.h"
#include "store/datasets.h"

namespace bindery {
namespace {

// A store made for the check alone: SQL is compiled against the views that the present config makes, whatever the real one holds.
class ScratchStore {
  public:
    ScratchStore(const Config& config, const Clock& clock) : folder_(make_folder()), store_(std::make_unique<Store>(folder_ / "check.db", clock)) {
        for (const auto& [name, service] : config.services) {
            for (const auto& [resource_name, resource] : service.resources) ensure_dataset(*store_, resource.mapping);
        }
        for (const auto& [name, book] : config.books) ensure_dataset(*store_, book.mapping);
    }
    ~ScratchStore() {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    ScratchStore(const ScratchStore&) = delete;
    ScratchStore& operator=(const ScratchStore&) = delete;
    const std::filesystem::path& file() const { return store_->file(); }

  private:
    static std::filesystem::path make_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "bindery-check-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw Error(ErrorCode::store, "can't make a folder in " + std::filesystem::temp_directory_path().string());
        return name;
    }
    std::filesystem::path folder_;
    std::unique_ptr<Store> store_;
};

void add_ids(Session& session, json& object, std::string& text, bool& failed) {
    object["ids"] = json::array();
    for (const auto& check : check_ids_online(session.engine())) {
        std::string jobs;
        for (const auto& job : check.jobs) jobs += (jobs.empty() ? "" : ", ") + job;
        text += "\n" + check.dataset + " `" + check.id + "`, to which " + jobs + (check.jobs.size() == 1 ? " writes: " : " write: ");
        text += check.problem.empty() ? "it is there\n" : "FAILED: " + one_line(check.problem) + "\n  what to do: " + check.hint + "\n";
        failed = failed || !check.problem.empty();
        json one{{"dataset", check.dataset}, {"id", check.id}, {"jobs", check.jobs}};
        if (!check.problem.empty()) one.update({{"problem", check.problem}, {"hint", check.hint}});
        object["ids"].push_back(one);
    }
}

void add_keys(Session& session, json& object, std::string& text, bool& failed) {
    object["keys"] = json::array();
    for (const auto& check : check_keys_online(session.engine())) {
        text += "\n" + check.service + ": " + (check.problem.empty() ? "takes the key\n" : "FAILED: " + one_line(check.problem) + "\n  what to do: " + check.hint + "\n");
        failed = failed || !check.problem.empty();
        json one{{"service", check.service}};
        if (!check.problem.empty()) one.update({{"problem", check.problem}, {"hint", check.hint}});
        object["keys"].push_back(one);
    }
}

void add_online(Session& session, json& object, std::string& text, bool& failed) {
    object["online"] = json::array();
    for (const auto& check : check_online(session.engine())) {
        json extras = json::array();
        text += "\n" + check.dataset + ": ";
        if (!check.problem.empty()) {
            failed = true;
            text += "FAILED: " + one_line(check.problem) + "\n  what to do: " + check.hint + "\n";
            object["online"].push_back({{"dataset", check.dataset}, {"problem", check.problem}, {"hint", check.hint}});
            continue;
        }
        text += std::to_string(check.records) + " records on a sample page\n";
        const auto line = [&](const char* what, const std::vector<std::string>& names) {
            if (names.empty()) return;
            text += std::string("  ") + what + ":";
            for (const auto& name : names) text += " " + name;
            text += "\n";
        };
        line("found", check.found);
        if (check.records > 0) line("MAPPED BUT MISSING", check.missing);
        line("UNREADABLE", check.unreadable);
        for (const auto& extra : check.extra) {
            text += "  present but not mapped: " + extra.member + "    add to its fields:  " + extra.suggestion + "\n";
            extras.push_back({{"member", extra.member}, {"suggestion", extra.suggestion}});
        }
        object["online"].push_back({{"dataset", check.dataset}, {"records", check.records}, {"found", check.found}, {"missing", check.missing},
                                    {"unreadable", check.unreadable}, {"not_mapped", extras}});
    }
    add_keys(session, object, text, failed);
    add_ids(session, object, text, failed);
    text += "\nWhether the keys may write is unknown until the first write.\n";
}

std::set<std::string> services_used(const Config& config) {
    std::set<std::string> names;
    for (const auto& [job_name, job] : config.jobs) {
        for (const auto& step : job.steps) {
            if (const auto* pull = std::get_if<PullStep>(&step)) names.insert(pull->service);
            if (const auto* push = std::get_if<PushStep>(&step)) names.insert(push->service);
            if (const auto* sell = std::get_if<SellStep>(&step)) names.insert(sell->post.service);
            const auto* books = std::get_if<ReconcileStep>(&step);
            for (const PushStep* push : {books != nullptr ? &books->push : nullptr, books != nullptr ? &books->create : nullptr}) {
                if (push != nullptr && !push->operation.empty()) names.insert(push->service);
            }
        }
    }
    return names;
}

// A configuration can be checked without the keys; that a run couldn't begin must be seen here all the same.
json missing_keys(Session& session, std::string& text) {
    json warnings = json::array();
    for (const auto& name : services_used(session.config())) {
        const Service& service = session.config().service(name);
        if (service.bearer_secret.empty()) continue;
        try {
            read_secret(service.bearer_secret, session.environment(), session.config().settings.secrets_dir);
        } catch (const Error& error) {
            warnings.push_back("no run of a job that uses " + name + " can begin: " + error.what());
            text += "warning: " + warnings.back().get<std::string>() + "\n";
        }
    }
    return warnings;
}

std::string counted(std::size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

}  // namespace

int command_check(Session& session) {
    if (session.options().integrity) return command_check_integrity(session);
    const ScratchStore scratch(session.config(), session.clock());
    json jobs = json::object();
    std::string text = "Configuration: " + session.config().settings.file.string() + " with " + counted(session.config().services.size(), "service") + " and " +
                       counted(session.config().jobs.size(), "job") + "\n";
    std::string faults;
    for (const auto& [name, job] : session.config().jobs) {
        try {
            check_job_sql(job, scratch.file(), true);
        } catch (const Error& error) {
            faults += (faults.empty() ? "" : "\n") + std::string(error.what());
            continue;
        }
        jobs[name] = {{"promises", delivery_promises(session.config(), job)}};
        text += "job " + name + ": good\n";
        for (const auto& promise : delivery_promises(session.config(), job)) text += "  " + promise + "\n";
        std::vector<std::string> warnings = hand_off_faults(session.config(), job, session.environment());
        for (auto& doubt : doubtful(session.config(), job)) warnings.push_back(std::move(doubt));
        if (const auto sample = sample_addresses(job)) warnings.push_back(*sample);
        for (const auto& warning : warnings) text += "  warning: " + warning + "\n";
        if (!warnings.empty()) jobs[name]["warnings"] = warnings;
    }
    std::error_code ignored;
    if (std::filesystem::exists(session.store_file(), ignored)) {
        for (const auto& line : vanished_effects(session.config(), session.store_to_read())) faults += (faults.empty() ? "" : "\n") + line;
    }
    if (!faults.empty()) throw Error(ErrorCode::config, faults, "mend the job files and check again");
    json object{{"jobs", jobs}, {"services", json::array()}};
    for (const auto& [name, service] : session.config().services) object["services"].push_back(name);
    object["warnings"] = missing_keys(session, text);
    for (const auto& fault : channel_faults(session.config().settings, session.environment())) {
        object["warnings"].push_back(fault);
        text += "warning: " + fault + "\n";
    }
    need_good_hook_secrets(session.config(), session.environment());
    object["notes"] = json::array();
    for (const auto& note : listening_notes(session.config(), session.environment())) {
        object["notes"].push_back(note);
        text += "note: " + note + "\n";
    }
    bool failed = false;
    if (session.options().online) add_online(session, object, text, failed);
    // Calls that were broken off for it say nothing about a service.
    if (session.stop().asked()) throw Error(ErrorCode::interrupted, "stopped by a signal", "check again", Reach::process, Again::later);
    print(session, object, printable(text));
    return failed ? 1 : 0;
}

}  // namespace bindery
