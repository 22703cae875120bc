#include "config/faults.h"

#include <algorithm>
#include <tuple>

#include "config/load.h"
#include "core/error.h"

namespace bindery {

namespace {
constexpr std::size_t kMostShown = 50;
}

std::string Place::text() const {
    if (line <= 0) return file;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void Faults::take(const Faults& other) {
    faults_.insert(faults_.end(), other.faults_.begin(), other.faults_.end());
}

std::vector<std::string> Faults::lines() const {
    std::vector<Fault> sorted = faults_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) {
        return std::tie(a.place.file, a.place.line, a.place.column) <
               std::tie(b.place.file, b.place.line, b.place.column);
    });
    std::vector<std::string> lines;
    for (const Fault& fault : sorted) lines.push_back(fault.place.text() + ": " + fault.text);
    return lines;
}

std::string Faults::about(const std::string& file) const {
    Faults own;
    for (const Fault& fault : faults_) {
        if (fault.place.file == file) own.faults_.push_back(fault);
    }
    return own.empty() ? std::string() : own.lines().front();
}

void Faults::throw_if_any() const {
    if (!faults_.empty()) throw_all_faults(lines());
}

void throw_all_faults(const std::vector<std::string>& all) {
    std::string message;
    for (std::size_t i = 0; i < all.size() && i < kMostShown; ++i) message += (i > 0 ? "\n" : "") + all[i];
    if (all.size() > kMostShown) message += "\n… and " + std::to_string(all.size() - kMostShown) + " more";
    throw Error(ErrorCode::config, message, "mend that; `bindery check` names every mistake in config and jobs", Reach::process);
}

std::string shown_path(const std::filesystem::path& path) {
    std::error_code error;
    const auto here = std::filesystem::current_path(error);
    if (error || !path.is_absolute()) return path.string();
    const std::string relative = path.lexically_relative(here).string();
    return relative.empty() || relative.starts_with("..") ? path.string() : relative;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const std::string near = nearest(word, known);
    return near.empty() ? "" : "; did you mean `" + near + "`?";
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 48 || text.front() < 'a' || text.front() > 'z') return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_job_name(std::string_view text) {
    std::string name(text);
    std::replace(name.begin(), name.end(), '-', '_');
    return is_name(name);
}

}  // namespace bindery
