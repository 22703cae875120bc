#include "year/hooks_in.h"

#include <catch2/catch.hpp>

#include "store/job_turns.h"

namespace bindery::test {
namespace {

web::HooksOptions options_of(World& world) {
    web::HooksOptions options;
    options.listener.threads = 1;
    options.store = world.store_file();
    options.clock = &world.clock;
    options.kept = [] {};
    options.warn = [](const std::string& line) { FAIL(line); };
    return options;
}

std::map<std::string, web::HookRules> rules_of(const Config& config, const std::map<std::string, std::string>& secrets) {
    std::map<std::string, web::HookRules> rules;
    for (const auto& [name, service] : config.services) {
        if (!service.webhooks) continue;
        const Webhooks& hooks = *service.webhooks;
        rules[name] = {name, {secrets.at(name)}, hooks.header, hooks.prefix, hooks.id, hooks.event, hooks.timestamp, hooks.max_age};
    }
    return rules;
}

std::string small(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// "bi369 leads/lead_7", "bindpilot renewals": what a GET is for, without its query.
std::string place_of(const HttpRequest& request) {
    const auto host = request.url.find("//api.") + 6, dot = request.url.find('.', host);
    std::string path = request.url.substr(0, request.url.find('?'));
    const std::string service = request.url.substr(host, dot - host);
    for (const char* root : {"/v1/", "crm/"}) {
        if (const auto at = path.rfind(root); at != std::string::npos) path = path.substr(at + std::string(root).size());
    }
    return service + " " + path;
}

}  // namespace

HooksIn::HooksIn(World& world, const std::map<std::string, std::string>& secrets) : world_(world), hooks_(options_of(world)), inbox_(world.store_file(), world.clock) {
    hooks_.set_rules(rules_of(world.config(), secrets));
}

int HooksIn::take(const sandbox::Delivery& delivery) {
    web::Request request;
    request.method = "POST";
    request.path = delivery.url.substr(delivery.url.find("/hooks/"));
    request.headers = {{small(delivery.signature_header), delivery.signature}};
    request.body = delivery.body;
    return hooks_.answer(request).status;
}

std::optional<WallTime> HooksIn::look(Store& store, const std::set<std::string>& busy) {
    const Config& config = world_.config();
    std::set<std::string> paused;
    for (const auto& [name, job] : config.jobs) {
        if (!job.on.empty() && JobTurns(store).read(name).paused_at) paused.insert(name);
    }
    return runs_.look(inbox_, store, config, world_.clock.wall(), busy, paused, [this](const std::string& job, const std::optional<HintedReads>& reads) { to_start.push_back({job, reads}); }).again;
}

void HooksIn::ended(const std::string& job, const std::optional<RunReport>& report, std::optional<ErrorCode> error) {
    runs_.ended(&inbox_, job, report ? &*report : nullptr, error, world_.clock.wall());
}

HooksEye::Leads HooksEye::leads_of_the_crm() {
    Leads leads;
    for (const auto& lead : services_.records("bi369", "leads")) leads[lead.at("id").get<std::string>()] = lead;
    return leads;
}

void HooksEye::run_begins(const std::string& job, const std::optional<HintedReads>& reads) {
    job_ = job;
    reads_ = reads;
    asked_.clear();
    before_.clear();
    if (job_ == "leads") before_ = leads_of_the_crm();
}

void HooksEye::asked(const HttpRequest& request) {
    if (request.method == "GET") asked_.push_back(place_of(request));
}

void HooksEye::run_ended(const RunReport& report) {
    INFO("run " << report.run << " of " << job_ << " at " << report.now << ", " << report.outcome);
    if (reads_) hold_to_the_named(report);
    const auto leads = report.datasets.find("bi369.leads");
    if (job_ != "leads" || leads == report.datasets.end() || report.error) return;
    if (!reads_ && !leads->second.complete) return;
    // What was the same before and after is in the store so.
    const Leads after = leads_of_the_crm();
    std::erase_if(before_, [&](const auto& lead) { return !after.contains(lead.first) || after.at(lead.first) != lead.second; });
    const bool all = !reads_ || reads_->at("bi369.leads").contains("");
    hold_against(before_, all ? nullptr : &reads_->at("bi369.leads"));
}

void HooksEye::hold_to_the_named(const RunReport& report) {
    ++counts.runs;
    for (const auto& [dataset, read] : report.datasets) {
        INFO(dataset);
        CHECK((reads_->contains(dataset) || dataset.starts_with("book.")));
    }
    std::set<std::string> may, whole;
    for (const auto& [dataset, keys] : *reads_) {
        const auto dot = dataset.find('.');
        const std::string service = dataset.substr(0, dot), resource = dataset.substr(dot + 1);
        const bool one_by_one = world_.config().service(service).resources.at(resource).get.has_value() && !keys.contains("");
        if (!one_by_one) whole.insert(dataset);
        if (!one_by_one || keys.size() > kFewReads) may.insert(service + " " + resource);
        for (const auto& key : keys) may.insert(service + " " + resource + "/" + key);
        counts.records += one_by_one ? keys.size() : 0;
        counts.lists += one_by_one ? 0 : 1;
    }
    for (const auto& place : asked_) {
        INFO("asks for " << place);
        CHECK(may.contains(place));
    }
    for (const auto& row : world_.rows("SELECT DISTINCT dataset, key FROM change WHERE run = " + std::to_string(report.run))) {
        INFO("changes " << row);
        const std::string dataset = row.substr(0, row.find('|')), key = row.substr(row.find('|') + 1);
        const auto named = reads_->find(dataset);
        CHECK((named != reads_->end() && (whole.contains(dataset) || named->second.contains(key) || named->second.size() > kFewReads)));
    }
}

void HooksEye::hold_against(const Leads& truth, const std::set<std::string>* keys) {
    Leads stored;
    for (const auto& row : world_.rows("SELECT key, doc FROM bi369_leads")) stored[row.substr(0, row.find('|'))] = json::parse(row.substr(row.find('|') + 1));
    for (const auto& [key, lead] : truth) {
        if (keys != nullptr && !keys->contains(key)) continue;
        ++counts.compared;
        const bool there = stored.contains(key);
        INFO(key << " in the CRM " << lead.dump() << "\nin the store " << (there ? stored.at(key).dump() : "nowhere"));
        CHECK((there && stored.at(key) == lead));
    }
}

void HooksEye::close() { hold_against(leads_of_the_crm(), nullptr); }

}  // namespace bindery::test
