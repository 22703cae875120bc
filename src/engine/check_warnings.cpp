// What `bindery check` warns of: nothing that keeps a job from running, and most likely not what was meant.
#include "core/nearest.h"
#include "engine/check.h"

namespace bindery {
namespace {

namespace fs = std::filesystem;

constexpr Duration kCertificateKept = std::chrono::hours(72);  // by its issuer, unless it's claimed

// "Inbox" where there is "inbox".
std::string folder_beside(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code problem;
    for (fs::directory_iterator entry(folder.parent_path(), problem), end; !problem && entry != end; entry.increment(problem)) {
        if (std::error_code gone; entry->is_directory(gone)) names.push_back(entry->path().filename().string());
    }
    return nearest(folder.filename().string(), names);
}

void look_at(const Config& config, const ImportStep& step, std::vector<std::string>& warnings) {
    const fs::path folder = (config.settings.file.parent_path() / step.from).lexically_normal().parent_path();
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) return;
    const std::string close = folder_beside(folder);
    warnings.push_back(step.place.text() + ": no file comes into " + step.book + ": there is no folder " + folder.string() + (close.empty() ? "; make it, or change `from`" : "; did you mean `" + close + "`?"));
}

void look_at(const SellStep& step, std::vector<std::string>& warnings) {
    if (step.inbound || step.consent_life <= kCertificateKept) return;
    warnings.push_back(step.place.text() + ": `consent_life` is longer than the 72h for which TrustedForm keeps a certificate that nobody claimed: an older one may prove nothing");
}

}  // namespace

std::vector<std::string> doubtful(const Config& config, const Job& job) {
    std::vector<std::string> warnings;
    for (const auto& step : job.steps) {
        if (const auto* import = std::get_if<ImportStep>(&step)) look_at(config, *import, warnings);
        if (const auto* sell = std::get_if<SellStep>(&step)) look_at(*sell, warnings);
    }
    return warnings;
}

}  // namespace bindery
