#pragma once
// The daemon's life on a simulated clock: looks, starts what is due with the real engine, tells people, purges, sleeps; is killed, told
// to stop, booted with its machine, and started again by its service manager. Runs of one process go one after the other here.
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/turn_watch.h"
#include "support/world.h"
#include "year/agency.h"
#include "year/growth.h"
#include "year/hooks_in.h"
#include "year/oracle.h"
#include "year/services.h"

namespace bindery::test {

struct Stretch {  // of true time
    WallTime from, until;
};

struct Sample {  // between two runs, once a day
    int day = 0;
    std::size_t store = 0, heap = 0, resident = 0, descriptors = 0;
};

struct RunNote {
    std::string job;
    bool hinted = false;  // webhooks started it
    WallTime began, ended;
    std::string outcome;  // died: killed; else as reported, or the code of an error before it began
    std::string list;     // renewals: how its list was read
    std::chrono::minutes ahead{0};  // how wrong the machine's clock was when it began
    bool checked = false; // renewals: it had the list whole and nothing in its way
};

class DaemonLife {
  public:
    DaemonLife(WallTime start, unsigned seed);

    void live(int days);   // with all that goes wrong
    void calm_down();      // four days in which nothing does

    World world;
    Services services;
    Agency agency;
    Oracle oracle;
    HooksEye eye;
    std::vector<Sample> samples;
    std::map<int, Sizes> sizes;      // by day, one a week
    std::map<int, std::int64_t> calls;  // by day: made until then, of all services
    std::vector<RunNote> runs;
    std::vector<Stretch> excuses;    // what may keep a run from its time
    struct Heard {
        WallTime at;
        std::string text;
    };
    std::vector<Heard> messages;
    std::set<std::string> troubles();  // that people know of now
    std::string refused();             // what a service refused, and why; and what is in doubt
    bool doubts_wait_for_a_person();   // none is left that the next run could settle
    std::optional<WallTime> last_integrity_check();
    struct Counts {
        int kills = 0, restarts = 0, boots = 0, jumps = 0, days_off = 0, new_keys = 0, pauses = 0, purges = 0, rows_purged = 0, events_purged = 0;
    } counts;

  private:
    int roll(int from, int to) { return from + static_cast<int>(random_() % static_cast<unsigned>(to - from + 1)); }
    bool percent(int chance) { return !calm_ && roll(1, 100) <= chance; }
    bool permille(int chance) { return !calm_ && roll(1, 1000) <= chance; }
    WallTime now() const { return services.time.now(); }
    void plan_outages(WallTime until);
    void plan(WallTime at, const std::string& what) { events_.emplace(at, what); }
    void happen(const Engine& engine, const std::string& what);
    void pause(const Engine& engine, bool on);
    void new_key(const std::string& service);
    void take_key(const std::string& service);
    void set_ahead(std::chrono::minutes ahead);
    void live_until(WallTime end);

    // A process; true when it was killed or stopped before its time.
    bool process(const Engine& engine, WallTime end);
    bool hear(const Engine& engine, TurnWatch& watch);  // false: it died
    void carry();                                       // events, while a process is there
    bool run_one(TurnWatch& watch, const std::string& name, const std::optional<HintedJob>& hinted);
    Death some_death(const std::string& run);
    void take_note(RunNote note, const std::optional<RunReport>& report);
    bool clean_up(const Engine& engine);
    void tell(const Engine& engine);
    void sleep(const Outlook& outlook, WallTime end);
    void sample();

    std::mt19937 random_;
    WallTime start_;
    bool calm_ = false, died_ = false, stop_ = false, clock_set_ = false, news_ = true;
    std::multimap<WallTime, std::string> events_;
    struct Usual {
        std::size_t commits = 12, starts = 12, replies = 12;
    };
    std::map<std::string, Usual> usual_;  // of the last run that ended
    std::optional<WallTime> stale_, paused_, hear_again_;
    std::unique_ptr<HooksIn> hooks_;  // of the process
    Store* looked_at_ = nullptr;      // its store, while a run is under way beside it
    std::set<std::string> busy_;
    int sampled_ = -1, boots_ = 0;
};

}  // namespace bindery::test
