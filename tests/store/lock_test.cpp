#include "store/lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "core/error.h"
#include "support/child_process.h"
#include "support/refused_chown.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::ChildProcess;
using bindery::test::TempFolder;

TEST_CASE("a job's lock is held once, and free again when its holder goes out of scope") {
    const TempFolder folder;
    const auto store = folder / "state/store.db";
    {
        const auto lock = JobLock::take(store, "renewals");
        REQUIRE(lock);
        CHECK_FALSE(JobLock::take(store, "renewals"));
        CHECK(JobLock::take(store, "policies"));
        CHECK(JobLock::holder(store, "renewals") == ::getpid());
        struct stat there {};
        REQUIRE(::stat((store.string() + ".lock-renewals").c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0600);
    }
    CHECK(JobLock::holder(store, "renewals") == 0);
    CHECK(JobLock::take(store, "renewals"));
}

TEST_CASE("root in a service that may change no owners takes a lock beside its own store, and beside another's says whom to run as", "[rights]") {
    if (::geteuid() != 0) {
        WARN("only root meets it: not checked here");
        return;
    }
    const TempFolder folder;
    const auto own = folder / "own.db", theirs = folder / "theirs.db";
    for (const auto& store : {own, theirs}) std::ofstream(store) << "x";
    REQUIRE(::chown(theirs.c_str(), 65534, 65534) == 0);
    ChildProcess child([&] {
        if (!bindery::test::refuse_chown()) return 91;
        if (!JobLock::take(own, "renewals")) return 1;
        try {
            JobLock::take(theirs, "renewals");
            return 2;
        } catch (const Error& error) {
            const std::string text = std::string(error.what()) + error.hint();
            return text.find("nobody, whose store it is") != std::string::npos && text.find("run as nobody") != std::string::npos ? 0 : 3;
        }
    });
    CHECK(child.exit_code() == 0);
}

TEST_CASE("a moved lock is held once") {
    const TempFolder folder;
    auto first = JobLock::take(folder / "s.db", "j");
    {
        const JobLock second(std::move(*first));
        first.reset();
        CHECK_FALSE(JobLock::take(folder / "s.db", "j"));
    }
    CHECK(JobLock::take(folder / "s.db", "j"));
}

TEST_CASE("a job's name can't lead out of the folder") {
    const TempFolder folder;
    CHECK(JobLock::take(folder / "s.db", "../x/y"));
    CHECK(std::filesystem::exists(folder / "s.db.lock-..%2fx%2fy"));
}

TEST_CASE("the lock of a process that was killed is free at once") {
    const TempFolder folder;
    const auto store = folder / "s.db";
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    ChildProcess child([&] {
        const auto lock = JobLock::take(store, "j");
        if (::write(pipe[1], "x", 1) != 1) return 1;
        ::pause();
        return 0;
    });
    char ready = 0;
    REQUIRE(::read(pipe[0], &ready, 1) == 1);
    CHECK_FALSE(JobLock::take(store, "j"));
    CHECK(JobLock::holder(store, "j") == child.pid());
    ::kill(child.pid(), SIGKILL);
    child.exit_code();
    CHECK(JobLock::take(store, "j"));
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_CASE("a program that the holder started doesn't inherit the lock") {
    const TempFolder folder;
    const auto store = folder / "s.db";
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    auto lock = JobLock::take(store, "j");
    // cat waits on our pipe until we close it, long after we let the lock go.
    ChildProcess child([&] {
        ::dup2(pipe[0], 0);
        ::close(pipe[1]);
        ::execlp("cat", "cat", static_cast<char*>(nullptr));
        return 1;
    });
    ::close(pipe[0]);
    // Until exec has run, the child is our copy and holds what we hold.
    const auto link = std::filesystem::path("/proc") / std::to_string(child.pid()) / "exe";
    for (int n = 0; n < 2000 && std::filesystem::read_symlink(link) == std::filesystem::read_symlink("/proc/self/exe");
         ++n)
        ::usleep(1000);
    lock.reset();
    CHECK(JobLock::take(store, "j"));
    ::close(pipe[1]);
    CHECK(child.exit_code() == 0);
}

TEST_CASE("who holds a lock is what the kernel says, not a process id that stayed in the file") {
    const TempFolder folder;
    const auto store = folder / "bindery.db";
    { const auto lock = JobLock::take(store, "renewals"); }
    CHECK_FALSE(JobLock::held(store, "renewals"));
    // Left by a process that was killed; the number is another's by now (here: the one that started this test).
    std::ofstream(store.string() + ".lock-renewals") << ::getppid() << "\n";
    CHECK(JobLock::holder(store, "renewals") == ::getppid());
    CHECK_FALSE(JobLock::held(store, "renewals"));
    CHECK_FALSE(JobLock::held_elsewhere(store, "renewals"));
    auto lock = JobLock::take(store, "renewals");
    REQUIRE(lock);
    CHECK(JobLock::held(store, "renewals"));
    CHECK_FALSE(JobLock::held_elsewhere(store, "renewals"));  // ours
    // A look doesn't keep anybody out.
    lock.reset();
    CHECK_FALSE(JobLock::held(store, "renewals"));
    CHECK(JobLock::take(store, "renewals"));
}
