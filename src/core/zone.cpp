#include "core/zone.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "core/error.h"
#include "core/nearest.h"
#include "core/text.h"

namespace bindery {

namespace {

// Names are made of these alone, so that none leads out of tzdata's folder; its lists (zone.tab, leapseconds) have a dot or no capital.
bool may_be_a_zone(const std::string& name) {
    if (name.empty() || name.front() < 'A' || name.front() > 'Z') return false;
    return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+'; });
}

// tzdata's folder has more than names: localtime, posixrules, and all zones once more under posix and right.
std::string nearest_zone(std::string name) {
    for (const std::string folder : {"posix/", "right/"}) {
        if (name.starts_with(folder)) name.erase(0, folder.size());
    }
    std::vector<std::string> names;
    for (const auto& zone : date::get_tzdb().zones) {
        if (may_be_a_zone(zone.name())) names.push_back(zone.name());
    }
    const std::string wanted = lower(name);
    for (const std::string before : {"", "/"}) {  // "america/denver", "denver"
        for (const auto& each : names) {
            const std::string folded = lower(each);
            if (before.empty() ? folded == wanted : folded.ends_with(before + wanted)) return each;
        }
    }
    return nearest(name, names);
}

}  // namespace

const date::time_zone* find_zone(const std::string& name) {
    struct Known {
        const date::time_zone* zone;
        bool readable;
    };
    // Never freed: the library keeps what its destructor needs to itself, and a process knows few zones.
    static std::mutex mutex;
    static auto* const known = new std::map<std::string, Known>;
    if (!may_be_a_zone(name)) return nullptr;
    const std::lock_guard lock(mutex);
    auto found = known->find(name);
    if (found == known->end()) {
        found = known->emplace(name, Known{new date::time_zone(name, date::detail::undocumented{}), false}).first;
        try {
            found->second.zone->get_info(date::sys_seconds{});  // reads its file
            found->second.readable = true;
        } catch (const std::exception&) {  // no such file, or none of zone data
        }
    }
    return found->second.readable ? found->second.zone : nullptr;
}

const date::time_zone& zone_named(const std::string& name) {
    if (const auto* found = find_zone(name)) return *found;
    const std::string close = nearest_zone(name);
    throw Error(ErrorCode::config, "unknown time zone '" + name + "'" + (close.empty() ? "" : "; did you mean '" + close + "'?"),
                name == "localtime" ? "Name the zone that this machine is set to (timedatectl shows it), e.g. America/Denver." : "Use a name of the IANA list, e.g. America/Denver.");
}

}  // namespace bindery
