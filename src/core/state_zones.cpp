#include "core/state_zones.h"

#include <algorithm>
#include <array>

namespace bindery {
namespace {

struct StateZone {
    std::string_view code, zone;
};

constexpr std::string_view kEast = "America/New_York";
constexpr std::string_view kCentral = "America/Chicago";
constexpr std::string_view kMountain = "America/Denver";
constexpr std::string_view kPacific = "America/Los_Angeles";

// A state with several has a row for each.
constexpr std::array<StateZone, 78> kStateZones{{
    {"AL", kCentral},  {"AK", "America/Anchorage"}, {"AK", "America/Adak"}, {"AZ", "America/Phoenix"}, {"AZ", kMountain}, {"AR", kCentral},
    {"CA", kPacific},  {"CO", kMountain}, {"CT", kEast},     {"DE", kEast},     {"DC", kEast},    {"FL", kEast},
    {"FL", kCentral},  {"GA", kEast},     {"HI", "Pacific/Honolulu"}, {"ID", "America/Boise"}, {"ID", kPacific}, {"IL", kCentral},
    {"IN", "America/Indiana/Indianapolis"}, {"IN", kCentral}, {"IA", kCentral}, {"KS", kCentral}, {"KS", kMountain}, {"KY", kEast},
    {"KY", kCentral},  {"LA", kCentral},  {"ME", kEast},     {"MD", kEast},     {"MA", kEast},    {"MI", "America/Detroit"},
    {"MI", kCentral},  {"MN", kCentral},  {"MS", kCentral},  {"MO", kCentral},  {"MT", kMountain}, {"NE", kCentral},
    {"NE", kMountain}, {"NV", kPacific},  {"NV", kMountain}, {"NH", kEast},     {"NJ", kEast},    {"NM", kMountain},
    {"NY", kEast},     {"NC", kEast},     {"ND", kCentral},  {"ND", kMountain}, {"OH", kEast},    {"OK", kCentral},
    {"OK", kMountain}, {"OR", kPacific},  {"OR", "America/Boise"}, {"PA", kEast}, {"RI", kEast},  {"SC", kEast},
    {"SD", kCentral},  {"SD", kMountain}, {"TN", kEast},     {"TN", kCentral},  {"TX", kCentral}, {"TX", kMountain},
    {"UT", kMountain}, {"VT", kEast},     {"VA", kEast},     {"WA", kPacific},  {"WV", kEast},    {"WI", kCentral},
    {"WY", kMountain}, {"AS", "Pacific/Pago_Pago"}, {"GU", "Pacific/Guam"}, {"MP", "Pacific/Saipan"}, {"PR", "America/Puerto_Rico"},
    {"VI", "America/St_Thomas"}, {"FM", "Pacific/Chuuk"}, {"FM", "Pacific/Pohnpei"}, {"FM", "Pacific/Kosrae"}, {"MH", "Pacific/Majuro"},
    {"MH", "Pacific/Kwajalein"}, {"AL", kEast},  // Phenix City keeps the time of Georgia
}};

}  // namespace

std::vector<std::string> zones_of_state(std::string_view code) {
    std::vector<std::string> zones;
    for (const StateZone& each : kStateZones) {
        if (each.code == code) zones.emplace_back(each.zone);
    }
    return zones;
}

}  // namespace bindery
