// What happens to the budget's file: reboots, damage, loss, strangers, modes.
#include <SQLiteCpp/Database.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>

#include "core/error.h"
#include "store/budget.h"
#include "support/child_process.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace std::chrono_literals;
using bindery::test::ChildProcess;
using bindery::test::SimClock;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

TakeRequest ask() {
    TakeRequest request;
    request.account = "bindpilot";
    request.buckets = {{"3/10s", 3, 10s}};
    request.timeout = 30s;
    request.waiter = "w";
    return request;
}

void spend(BudgetFile& budget, const SimClock& clock, int count) {
    for (int n = 0; n < count; ++n) {
        const Grant grant = budget.take(ask());
        REQUIRE(grant.granted);
        budget.release(grant.token, clock.boot());
    }
}

void overwrite(const fs::path& file, std::streamoff at) {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(at);
    damage << std::string(3000, '\xff');
}

std::string message_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::store);
        CHECK_FALSE(error.hint().empty());
        return error.what();
    }
    return "nothing was thrown";
}

// When the next token can be had, by doing as told.
Duration wait_for_token(BudgetFile& budget, SimClock& clock) {
    const BootTime from = clock.boot();
    for (Grant grant = budget.take(ask()); !grant.granted; grant = budget.take(ask()))
        clock.advance_to(grant.ask_again);
    return clock.boot() - from;
}

}  // namespace

TEST_CASE("the budget file and its folder are private whatever the umask") {
    const TempFolder folder;
    const SimClock clock;
    const mode_t before = ::umask(0);
    BudgetFile budget(folder / "state/bindery/budget.db", clock);
    budget.take(ask());
    ::umask(before);
    struct stat there {};
    for (const char* name : {"state", "state/bindery"}) {
        REQUIRE(::stat((folder / name).c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0700);
    }
    for (const char* name : {"budget.db", "budget.db-wal", "budget.db-shm"}) {
        REQUIRE(::stat((folder / "state/bindery" / name).c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0600);
    }
}

TEST_CASE("after a reboot the tokens that were out count as taken at the opening") {
    const TempFolder folder;
    SimClock clock;
    {
        BudgetFile budget(folder / "b.db", clock);
        spend(budget, clock, 1);
        CHECK(budget.take(ask()).granted);  // in flight when the machine went down
    }
    clock.reboot("boot-2");
    BudgetFile budget(folder / "b.db", clock);
    CHECK(budget.state("bindpilot").at(0).tokens_out == 2);
    CHECK(budget.state("bindpilot").at(0).next_return == clock.boot() + 10s);
    spend(budget, clock, 1);
    CHECK(wait_for_token(budget, clock) == 10s);
    const BudgetFile again(folder / "b.db", clock);  // the second opening of the new boot changes nothing
    CHECK(budget.state("bindpilot").at(0).tokens_out == 1);
}

TEST_CASE("after a power cut each bucket counts as full, since the last moments may be lost") {
    const TempFolder folder;
    SimClock clock;
    {
        BudgetFile budget(folder / "b.db", clock);
        spend(budget, clock, 1);
        fs::create_directory(folder / "after");
        for (const char* name : {"b.db", "b.db-wal"}) fs::copy(folder / name, folder.path() / "after" / name);
    }
    clock.reboot("boot-2");
    BudgetFile budget(folder.path() / "after/b.db", clock);
    CHECK(budget.state("bindpilot").at(0).paused_until == clock.boot() + 10s);
    CHECK(wait_for_token(budget, clock) == 10s);
    spend(budget, clock, 2);
}

TEST_CASE("what is left of a pause outlives a reboot, by the wall clock and never longer than it was") {
    const TempFolder folder;
    SimClock clock;
    {
        BudgetFile budget(folder / "b.db", clock);
        budget.pause("bindpilot", clock.boot() + 100s);
        budget.pause("bi369", clock.boot() + 20s);
    }
    SECTION("the clock went on") {
        clock.reboot("boot-2", 30s);
        BudgetFile budget(folder / "b.db", clock);
        const Grant grant = budget.take(ask());
        CHECK(grant.paused);
        CHECK(grant.ask_again == clock.boot() + 70s);
        TakeRequest other = ask();
        other.account = "bi369";
        CHECK(budget.take(other).granted);
    }
    SECTION("the clock was set back by a year") {
        clock.reboot("boot-2", -24h * 365);
        BudgetFile budget(folder / "b.db", clock);
        CHECK(budget.take(ask()).ask_again == clock.boot() + 100s);
    }
}

TEST_CASE("a damaged budget file is set aside, and the new one distrusts what it can't know") {
    const TempFolder folder;
    SimClock clock;
    const fs::path file = folder / "b.db";
    {
        BudgetFile budget(file, clock);
        spend(budget, clock, 3);
    }
    const std::streamoff at = GENERATE(0, 50, 4096);
    overwrite(file, at);
    BudgetFile budget(file, clock);
    CHECK(fs::exists(folder / "b.db.corrupt-1"));
    CHECK_FALSE(budget.take(ask()).granted);
    // Calls under way at the loss end within their time-out; a token returns 10 s after.
    CHECK(wait_for_token(budget, clock) == 40s);
    spend(budget, clock, 2);
    TakeRequest other = ask();
    other.account = "seen much later";
    CHECK(budget.take(other).granted);
}

TEST_CASE("a budget file that is damaged while in use is set aside too, and the next keeps its number") {
    const TempFolder folder;
    SimClock clock;
    const fs::path file = folder / "b.db";
    std::ofstream(folder / "b.db.corrupt-1") << "an older one";
    BudgetFile one(file, clock);
    BudgetFile two(file, clock);
    const Grant under_way = two.take(ask());
    REQUIRE(under_way.granted);
    {
        // As a stray program would: a page of rubbish in the middle, through no lock.
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    fs::resize_file(file, 4096);
    overwrite(file, 100);
    BudgetFile third(file, clock);
    CHECK(fs::exists(folder / "b.db.corrupt-2"));
    CHECK(fs::file_size(folder / "b.db.corrupt-1") == 12);
    CHECK_FALSE(third.take(ask()).granted);
    CHECK_FALSE(one.take(ask()).granted);  // follows to the new file
    two.release(under_way.token, clock.boot() + 35s);
    clock.advance(40s);
    CHECK(third.state("bindpilot").at(0).tokens_out == 1);  // and brings what it knows
    CHECK(wait_for_token(one, clock) == 0s);
}

TEST_CASE("a budget file that is deleted while in use starts again in distrust") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    spend(budget, clock, 3);
    for (const char* name : {"b.db", "b.db-wal", "b.db-shm"}) fs::remove(folder / name);
    CHECK(wait_for_token(budget, clock) == 40s);
}

TEST_CASE("a file that isn't a budget is refused and left as it was") {
    const TempFolder folder;
    const SimClock clock;
    const fs::path file = folder / "b.db";
    {
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        db.exec("CREATE TABLE song (id)");
    }
    CHECK(message_of([&] { BudgetFile(file, clock); }).find("not a budget") != std::string::npos);
    SQLite::Database song(file.string());
    CHECK(song.tableExists("song"));
    CHECK(song.execAndGet("PRAGMA journal_mode").getString() == "delete");
    CHECK_FALSE(fs::exists(folder / "b.db.corrupt-1"));
}

TEST_CASE("a budget file of a newer version is refused") {
    const TempFolder folder;
    const SimClock clock;
    { const BudgetFile budget(folder / "b.db", clock); }
    SQLite::Database((folder / "b.db").string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 9");
    CHECK(message_of([&] { BudgetFile(folder / "b.db", clock); }).find("newer") != std::string::npos);
}

TEST_CASE("processes that open a damaged file at the same time set it aside once") {
    const TempFolder folder;
    const fs::path file = folder / "b.db";
    std::ofstream(file) << std::string(9000, 'x');
    std::vector<ChildProcess> children;
    for (int n = 0; n < 4; ++n) {
        children.emplace_back([&] {
            const SimClock clock;
            BudgetFile budget(file, clock);
            return budget.take(ask()).granted ? 1 : 0;
        });
    }
    for (ChildProcess& child : children) CHECK(child.exit_code() == 0);
    CHECK(fs::exists(folder / "b.db.corrupt-1"));
    CHECK_FALSE(fs::exists(folder / "b.db.corrupt-2"));
}
