#pragma once
// inbox.db, beside the store: webhook events as they came, what jobs are still to read again for them (hints), how many were taken
// and refused. A file of its own with synchronous=FULL, so that an event is safe before its 2xx however long the store is being
// written. One Inbox a thread; each function that
// changes something is one transaction. Failures leave as Error(store).
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace SQLite {
class Database;
}

namespace bindery {

std::filesystem::path inbox_beside(const std::filesystem::path& store);

struct InboxEvent {
    std::int64_t seq = 0;  // 0 before it is kept; later ones are larger
    std::string service, id, event;
    std::string body;      // gone once it's sorted
    WallTime received{};
};

// A record that a job is to read again. Without a dataset: the whole job runs. Without a key: the dataset's list is read.
struct Hint {
    std::string job, dataset, key;
    std::int64_t seq = 0;  // of the last event that says so
    WallTime since{};      // of the first
    friend bool operator<(const Hint& a, const Hint& b) { return std::tie(a.job, a.dataset, a.key) < std::tie(b.job, b.dataset, b.key); }
};

// What came of an event: hinted | echo | unheard (no job listens).
struct SortedEvent {
    std::int64_t seq = 0;
    std::string state;
    std::vector<Hint> hints;
};

// How the webhook runs of a job went.
struct HintTries {
    int failed = 0;  // in a row
    std::optional<WallTime> not_before;
};

using InboxTallies = std::map<std::pair<std::string, std::string>, std::int64_t>;  // service, what came of the request

// Of one service's events.
struct InboxService {
    std::optional<WallTime> last;               // when one was kept last
    std::map<std::string, std::int64_t> sorted; // what became of them, by the words of SortedEvent, since the file was made
    std::int64_t waiting = 0;                   // events not looked at, and records to read again
    std::optional<WallTime> oldest;             // of them
};

struct InboxFacts {
    InboxTallies requests;     // since the file was made
    std::map<std::string, InboxService> services;  // those that sent anything
    std::int64_t waiting = 0;  // events and hints that no run has dealt with
    std::optional<WallTime> oldest;  // of them
};

enum class WindowState { asked, open, secret_written };  // open: the daemon has seen it
struct HookWindow {
    WallTime until{};
    WindowState state = WindowState::asked;
};

class Inbox {
  public:
    // Makes the file (0600) if it isn't there. Error(store) when another store's inbox lies there.
    Inbox(const std::filesystem::path& store, const Clock& clock);
    // Only to look; nullptr when there's none.
    static std::unique_ptr<Inbox> open_to_look(const std::filesystem::path& store, const Clock& clock);
    ~Inbox();
    Inbox(Inbox&&) noexcept;

    // Durable when it returns. One bool an event: false: its id is known, it isn't kept again. Counts `kept` or `repeated` for each.
    std::vector<bool> keep(const std::vector<InboxEvent>& events, const InboxTallies& tallies);

    // Writes as much as an event of `bytes` (64 MiB at most) and takes it back. Error(store): none such could be kept now.
    void try_to_keep(std::size_t bytes);

    std::vector<InboxEvent> unsorted(int limit);
    void sort(const std::vector<SortedEvent>& events);
    std::int64_t last_seq();  // of all events
    std::vector<Hint> hints();
    std::map<std::string, HintTries> tries();
    // A run of the job has dealt with its hints up to `seq`.
    void done(const std::string& job, std::int64_t seq);
    // It failed: the hints stay, and wait.
    void put_off(const std::string& job, const HintTries& tries);
    void drop_jobs_but(const std::vector<std::string>& jobs);  // of jobs that are gone or listen no more

    // In which a hook without a secret answers 2xx and keeps nothing.
    void open_window(const std::string& service, WallTime until);
    void set_window(const std::string& service, WindowState state);
    void secret_written(const std::string& service);  // also when it was shut meanwhile
    void close_window(const std::string& service);
    std::map<std::string, HookWindow> windows();

    InboxFacts facts();
    std::int64_t purge(WallTime before);  // ids of events that are dealt with

  private:
    Inbox(std::filesystem::path file, const Clock& clock, std::unique_ptr<SQLite::Database> db);
    template <typename Work>
    void reading(const Work& work);
    template <typename Work>
    void transaction(const Work& work);

    std::filesystem::path file_;
    const Clock* clock_;
    std::unique_ptr<SQLite::Database> db_;
};

}  // namespace bindery
