// Real processes and the real clock, for a moment: what a simulation in one process can't show.
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <vector>

#include "store/budget.h"
#include "support/child_process.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace std::chrono_literals;
using bindery::test::ChildProcess;
using bindery::test::TempFolder;

namespace {

constexpr int kTokens = 6;
constexpr Duration kPer = 50ms;

// What the processes saw, in memory that they share.
struct Log {
    std::atomic<int> count{0};
    std::array<std::int64_t, 10000> calls{};
};

struct SharedLog {
    SharedLog() {
        void* memory = ::mmap(nullptr, sizeof(Log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        log = new (memory) Log;
    }
    ~SharedLog() { ::munmap(log, sizeof(Log)); }
    Log* log = nullptr;
};

void wait_until(BootTime time) {
    timespec at{};
    at.tv_sec = static_cast<time_t>(time / 1s);
    at.tv_nsec = static_cast<long>((time % 1s).count());
    while (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, nullptr) != 0) {
    }
}

// Makes calls until `end`; one in 16 dies with its token, as often before as after it made its call.
int hammer(const std::filesystem::path& file, Log& log, BootTime end, int which) {
    const SystemClock clock;
    BudgetFile budget(file, clock);
    TakeRequest request;
    request.account = "account";
    request.buckets = {{"small", kTokens, kPer}, {"large", 10 * kTokens, 12 * kPer}};
    request.timeout = 300ms;
    request.waiter = "process " + std::to_string(which);
    request.call_class = static_cast<CallClass>(which % 3);
    for (int n = 1; clock.boot() < end; ++n) {
        request.waiting_since = clock.boot();
        Grant grant = budget.take(request);
        while (!grant.granted && grant.ask_again < end) {
            wait_until(grant.ask_again);
            grant = budget.take(request);
        }
        if (!grant.granted) break;
        const BootTime sent = clock.boot();
        if (sent - grant.taken > 20ms) {  // the machine was busy: the token is too old to use
            budget.release(grant.token, sent);
            continue;
        }
        if (n % 32 == 0) continue;
        log.calls[static_cast<std::size_t>(log.count++) % log.calls.size()] = clock.boot().count();
        if (n % 32 != 16) budget.release(grant.token, clock.boot());
    }
    return 0;
}

}  // namespace

TEST_CASE("processes that take at the same time never overfill a window") {
    const TempFolder folder;
    const SharedLog shared;
    const BootTime end = SystemClock().boot() + 1200ms;
    std::vector<ChildProcess> children;
    for (int n = 0; n < 4; ++n)
        children.emplace_back([&, n] { return hammer(folder / "state/budget.db", *shared.log, end, n); });
    for (ChildProcess& child : children) CHECK(child.exit_code() == 0);

    const auto count = static_cast<std::size_t>(shared.log->count.load());
    REQUIRE(count < shared.log->calls.size());
    CHECK(count > 3 * kTokens);
    std::vector<std::int64_t> calls(shared.log->calls.begin(),
                                    shared.log->calls.begin() + static_cast<std::ptrdiff_t>(count));
    std::sort(calls.begin(), calls.end());
    for (std::size_t n = kTokens; n < calls.size(); ++n) CHECK(calls[n] - calls[n - kTokens] >= kPer.count());
    for (std::size_t n = 10 * kTokens; n < calls.size(); ++n)
        CHECK(calls[n] - calls[n - 10 * kTokens] >= (12 * kPer).count());
}

TEST_CASE("a process that is killed in the middle of a take leaves a whole file and no lock") {
    const TempFolder folder;
    const SharedLog shared;
    const BootTime end = SystemClock().boot() + 60s;
    ChildProcess child([&] { return hammer(folder / "budget.db", *shared.log, end, 1); });
    while (shared.log->count < 20) wait_until(SystemClock().boot() + 1ms);
    ::kill(child.pid(), SIGKILL);
    child.exit_code();
    const SystemClock clock;
    BudgetFile budget(folder / "budget.db", clock);
    CHECK(budget.state("account").size() == 2);
    CHECK_FALSE(std::filesystem::exists(folder / "budget.db.corrupt-1"));
}
