#include <unistd.h>

#include <sys/stat.h>

#include "config/secrets.h"
#include "core/error.h"
#include "engine/tell_people.h"

namespace bindery {
namespace {

bool is_program(const std::string& file) {
    struct stat there {};
    return ::stat(file.c_str(), &there) == 0 && S_ISREG(there.st_mode) && ::access(file.c_str(), X_OK) == 0;
}

// As pipe_to finds it.
bool is_found(const std::string& program, const Environment& environment) {
    if (program.find('/') != std::string::npos) return is_program(program);
    const auto path = environment.find("PATH");
    const std::string folders = path == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : path->second;
    for (std::size_t from = 0; from <= folders.size();) {
        const std::size_t to = std::min(folders.find(':', from), folders.size());
        const std::string folder = folders.substr(from, to - from);
        if (is_program((folder.empty() ? "." : folder) + "/" + program)) return true;
        from = to + 1;
    }
    return false;
}

// `lost`: what doesn't come about without it.
void check_program(const std::vector<std::string>& command, const std::string& place, const std::string& lost, const Environment& environment, std::vector<std::string>& faults) {
    if (command.empty() || is_found(command.front(), environment)) return;
    faults.push_back(place + ": " + lost + " by command: " + command.front() + " isn't there, or isn't a program that this account may run; give its whole path, and chmod +x it");
}

void check_secret(const std::string& name, const std::string& place, const std::string& lost, const Settings& settings, const Environment& environment, std::vector<std::string>& faults) {
    if (name.empty()) return;
    try {
        read_secret(name, environment, settings.secrets_dir);
    } catch (const Error& error) {
        faults.push_back(place + ": " + lost + ": " + error.what() + (error.hint().empty() ? "" : "; " + error.hint()));
    }
}

}  // namespace

std::vector<std::string> channel_faults(const Settings& settings, const Environment& environment) {
    const NotifySettings& notify = settings.notify;
    std::vector<std::string> faults;
    check_program(notify.command, notify.command_at, "nobody is told", environment, faults);
    check_secret(notify.webhook_secret, notify.webhook_secret_at, "nobody is told by webhook", settings, environment, faults);
    check_secret(notify.mail_secret, notify.mail_secret_at, "nobody is told by mail", settings, environment, faults);
    if (!notify.mail_user.empty() && notify.mail_secret.empty()) {
        faults.push_back(notify.mail_secret_at + ": `user` " + notify.mail_user + " logs in at the mail server without a password, which few servers take; name its `secret`");
    }
    return faults;
}

std::vector<std::string> hand_off_faults(const Config& config, const Job& job, const Environment& environment) {
    std::vector<std::string> faults;
    for (const auto& step : job.steps) {
        const auto* sell = std::get_if<SellStep>(&step);
        if (sell == nullptr) continue;
        check_program(sell->hand_command, sell->hand_at.text(), "no sold call is transferred", environment, faults);
        check_secret(sell->hand_secret, sell->hand_secret_at.text(), "no sold call is transferred by url", config.settings, environment, faults);
    }
    return faults;
}

}  // namespace bindery
