#include "app/session.h"

#include <unistd.h>

#include <iostream>
#include <set>

#include "app/commands.h"
#include "app/log.h"
#include "core/error.h"
#include "core/text.h"
#include "store/datasets.h"

namespace bindery {

std::filesystem::path find_config(const std::string& given) {
    if (!given.empty()) return given;
    for (const char* place : {"config/bindery.yaml", "/etc/bindery/bindery.yaml"}) {
        std::error_code ignored;
        if (std::filesystem::exists(place, ignored)) return place;
    }
    throw Error(ErrorCode::config, "no configuration: neither ./config/bindery.yaml nor /etc/bindery/bindery.yaml is there",
                "go to the folder that holds config/, or name the file with --config FILE");
}

namespace {

bool runs_jobs(const Options& options) { return options.command == "sync" || options.command == "plan" || options.command == "apply"; }

// A variable that a job's pushes need must not keep anybody from the store.
bool works_jobs(const Options& options) {
    static const std::set<std::string> working{"sync", "plan", "apply", "run"};
    return working.contains(options.command) || (options.command == "check" && !options.integrity);
}

// What must be sound for the command. A job file at fault keeps nobody from barring a person, pausing a job or looking; where records go
// for good, what says which they are must be whole. sync asks for more where it runs all jobs.
Sound needed(const Options& options) {
    if (options.command == "run" || (options.command == "check" && !options.integrity)) return Sound::all;
    return options.command == "purge" || options.command == "forget" ? Sound::records : Sound::settings;
}

}  // namespace

Session::Session(const Options& options, const StopFlag& stop) : options_(options), stop_(stop), environment_(process_environment()) {
    Variables variables(environment_);
    variables.keep_unset = !works_jobs(options);
    config_ = std::make_shared<const Config>(load_config_in_part(find_config(options.config), variables, needed(options), options.suggest));
    const bool terminal = isatty(STDERR_FILENO) != 0;
    std::string level = options.log_level.empty() ? config_->settings.log.level : options.log_level;
    // Who sits in front of a command has the progress line and the report; a log of what went well would only tear them apart.
    if (terminal && options.log_level.empty() && level == "info" && options.command != "run") level = "warn";
    log_ = make_log(level, config_->settings.log.format, environment_.count("JOURNAL_STREAM") != 0 && !terminal, terminal);
    if (!runs_jobs(options)) warn_of_left_out();
}

void Session::warn_of_left_out() const {
    if (config_->faults.empty()) return;
    const std::size_t more = config_->faults.size() - 1;
    std::cerr << "bindery: warning: this is left out: " << one_line(config_->faults.front())
              << (more == 0 ? "" : " (and " + std::to_string(more) + (more == 1 ? " more fault" : " more faults") + "; `bindery check` names them)") << "\n";
}

Session::Session(const Options& options, const StopFlag& stop, std::shared_ptr<const Config> config, std::shared_ptr<spdlog::logger> log)
    : options_(options), stop_(stop), environment_(process_environment()), config_(std::move(config)), log_(std::move(log)) {}

std::filesystem::path Session::store_file() const {
    // One file, one name: locks and staging are named after it, and a link must not make a second set.
    return std::filesystem::weakly_canonical(options_.store.empty() ? config_->settings.store : std::filesystem::absolute(options_.store));
}

Store& Session::store() {
    if (store_) return *store_;
    store_.emplace(store_file(), clock_);
    for (const auto& [name, service] : config_->services) {
        for (const auto& [resource_name, resource] : service.resources) ensure_dataset(*store_, resource.mapping);
    }
    for (const auto& [name, book] : config_->books) ensure_dataset(*store_, book.mapping);
    return *store_;
}

Store& Session::store_to_read() {
    if (!store_) store_.emplace(Store::open_read_only(store_file(), clock_));
    return *store_;
}

BudgetFile& Session::budget() {
    if (!budget_) budget_.emplace(config_->settings.budget, clock_);
    return *budget_;
}

std::function<std::unique_ptr<Wire>()> Session::wires() const {
    return [this] { return make_curl_wire(clock_, stop_, config_->settings.ca_file); };
}

Engine Session::engine() {
    Engine engine{*config_, environment_, store(), budget(), clock_, *log_, wires()};
    engine.make_wire_for_good = [this] { return make_curl_wire(clock_, never_, config_->settings.ca_file); };
    engine.make_disk = [this] { return std::make_unique<DiskThread>(store_->file()); };
    engine.seed = static_cast<std::uint64_t>(clock_.boot().count()) ^ (static_cast<std::uint64_t>(getpid()) << 32);
    engine.call_class = options_.trigger == "schedule" ? CallClass::schedule : CallClass::on_demand;
    engine.progress = progress();
    engine.stop_asked = [this] { return stop_.asked(); };
    return engine;
}

std::function<void(const std::string&)> Session::progress() const {
    if (isatty(STDERR_FILENO) == 0 || options_.output != "text") return {};
    return [](const std::string& line) { std::cerr << "\r\033[K" << line << std::flush; };
}

}  // namespace bindery
