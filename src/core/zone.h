#pragma once
// Time zones of the machine's tzdata, read one file at a time: looking at all of them costs a short command milliseconds.
#include <date/tz.h>

#include <string>

namespace bindery {

// The IANA zone of that name, or nullptr. What it gives stays there for the life of the process; any thread may ask.
const date::time_zone* find_zone(const std::string& name);

// Error(config) that names the nearest known zone.
const date::time_zone& zone_named(const std::string& name);

}  // namespace bindery
