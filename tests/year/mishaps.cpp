// What happens to a daemon in a year, beside its death: outages of services, keys that are changed, a clock that is wrong, a machine
// that is booted or off; and what is only life: a day at BindPilot, an export of the AMS.
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/dates.h"
#include "store/job_turns.h"
#include "year/daemon_life.h"

namespace bindery::test {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// The key that the service takes now becomes ours.
void DaemonLife::take_key(const std::string& service) {
    const auto file = world.folder() / "secrets" / (service + "_api_key");
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << services.keys.at(service) << "\n";
    ::chmod(file.c_str(), 0600);
}

void DaemonLife::plan_outages(WallTime until) {
    for (const char* service : {"bindpilot", "bi369", "autobind"}) {
        for (WallTime at = start_ + hours(roll(48, 200)); at < until; at += hours(roll(60, 360))) {
            const int kind = roll(1, 10);
            const auto length = kind <= 6 ? minutes(roll(5, 300)) : kind <= 9 ? minutes(roll(300, 1800)) : minutes(roll(2 * 1440, 4 * 1440));
            services.outages.push_back({service, at, at + length, static_cast<Failing>(roll(0, 3))});
            if (service != std::string("autobind")) excuses.push_back({at, at + length});
            at += length;
        }
        for (WallTime at = start_ + hours(roll(100, 700)); at < until; at += hours(roll(700, 1400))) plan(at, std::string("new key ") + service);
    }
    for (WallTime at = start_ + hours(roll(100, 300)); at < until; at += hours(roll(300, 900))) {
        const minutes wrong = std::vector<minutes>{60min, -60min, -5min, 20min, -170min}[static_cast<std::size_t>(roll(0, 4))], length = minutes(roll(30, 1500));
        plan(at, "clock " + std::to_string(wrong.count()));
        plan(at + length, "clock 0");
        excuses.push_back({at - 4h, at + length + 4h});
        at += length;
    }
    for (WallTime at = start_ + hours(roll(200, 500)); at < until; at += hours(roll(500, 1200))) {
        plan(at, "pause");
        at += minutes(roll(60, 2000));
        plan(at, "resume");
    }
    for (WallTime at = start_ + hours(roll(50, 200)); at < until; at += hours(roll(100, 300))) plan(at, "restart");
    for (WallTime at = start_ + hours(roll(300, 700)); at < until; at += hours(roll(500, 900))) plan(at, "boot");
    for (WallTime at = start_ + hours(roll(400, 900)); at < until; at += hours(roll(800, 1600))) plan(at, "off");
}

void DaemonLife::happen(const Engine& engine, const std::string& what) {
    if (what == "a day at BindPilot") {
        agency.live_through(date_in_zone(now(), "America/Denver"));
    } else if (what == "an export of the AMS") {
        const auto file = world.folder() / "config/inbox" / ("policies-" + format_date(date_in_zone(now(), "UTC")) + ".csv");
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << agency.export_of_the_ams();
        const auto second = std::chrono::floor<seconds>(world.clock.wall()).time_since_epoch().count();
        const struct timespec times[2] = {{second, 0}, {second, 0}};
        ::utimensat(AT_FDCWD, file.c_str(), times, 0);
    } else if (what.rfind("new key ", 0) == 0) {
        new_key(what.substr(8));
    } else if (what.rfind("their key ", 0) == 0) {
        take_key(what.substr(10));
    } else if (what.rfind("clock ", 0) == 0) {
        set_ahead(minutes(std::stoi(what.substr(6))));
    } else if (what == "pause" || what == "resume") {
        pause(engine, what == "pause");
    } else if (what == "restart") {
        ++counts.restarts;
        stop_ = true;
    } else if (what == "boot") {
        ++counts.boots;
        stop_ = true;
        world.clock.reboot("boot-" + std::to_string(++boots_), minutes(roll(1, 9)));
    } else if (what == "off") {
        ++counts.days_off;
        stop_ = true;
        world.clock.advance(minutes(roll(200, 2000)));
    }
}

// The service takes another key from now on; ours comes later, when somebody has noticed.
void DaemonLife::new_key(const std::string& service) {
    ++counts.new_keys;
    services.keys[service] = service + "-key-" + std::to_string(counts.new_keys);
    const WallTime later = now() + minutes(roll(-1, 1) < 0 ? 0 : roll(60, 1900));
    plan(later, "their key " + service);
    excuses.push_back({now(), later + 1min});
}

// A person keeps the renewals back for a while.
void DaemonLife::pause(const Engine& engine, bool on) {
    JobTurns turns(engine.store);
    if (on) {
        ++counts.pauses;
        paused_ = now();
        turns.pause("renewals", "the CRM is being moved");
    } else if (paused_) {
        turns.resume("renewals");
        excuses.push_back({*paused_, now()});
        paused_.reset();
    }
}

void DaemonLife::set_ahead(minutes ahead) {
    if (ahead == services.time.ahead) return;
    ++counts.jumps;
    world.clock.set_wall(world.clock.wall() + (ahead - services.time.ahead));
    services.time.ahead = ahead;
    clock_set_ = true;
}

}  // namespace bindery::test
