#include "store/backup.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>

#include "core/error.h"
#include "store/care.h"
#include "store/ledger.h"
#include "support/child_process.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::ChildProcess;
using bindery::test::SimClock;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

constexpr int kRows = 15'000;

// A store of some megabytes, so that a copy takes many steps.
void fill(Store& store, int rows) {
    store.transaction([&] {
        SQLite::Statement insert(store.db(), "INSERT INTO change (dataset, key, run, at, kind, new) VALUES ('d.x', ?, 1, '2020-01-01', 'changed', ?)");
        for (int i = 0; i < rows; ++i) {
            insert.reset();
            insert.bind(1, "k" + std::to_string(i));
            insert.bind(2, std::string(1500, 'x'));
            insert.exec();
        }
    });
}

std::int64_t count(const fs::path& file, const std::string& from) {
    return SQLite::Database(file.string(), SQLite::OPEN_READONLY).execAndGet("SELECT count(*) FROM " + from).getInt64();
}

ErrorCode refused(const BackupRequest& request) {
    try {
        back_up(request);
    } catch (const Error& error) {
        CHECK_FALSE(error.hint().empty());
        return error.code();
    }
    FAIL("the backup was made");
    throw std::logic_error("unreachable");
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

BackupRequest request_of(const TempFolder& folder) {
    BackupRequest request;
    request.store = folder / "s.db";
    request.target = folder / "copy";
    return request;
}

}  // namespace

TEST_CASE("A backup is one private, sound file that is a store again, with its identity and its key") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "s.db", clock);
    fill(store, kRows);
    const mode_t before = ::umask(0);
    const BackupReport report = back_up(request_of(folder));
    ::umask(before);
    CHECK(report.pages > 1000);
    CHECK(report.bytes == static_cast<std::int64_t>(fs::file_size(folder / "copy")));
    struct stat there {};
    REQUIRE(::stat((folder / "copy").c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
    for (const char* left : {"copy.part", "copy.part-wal", "copy.part-shm", "copy-wal"}) CHECK_FALSE(fs::exists(folder / left));
    Store copy(folder / "copy", clock);
    CHECK(copy.id() == store.id());
    CHECK(copy.keyed_hash("a") == store.keyed_hash("a"));
    CHECK(count(folder / "copy", "change") == kRows);
}

TEST_CASE("A backup is the store of one moment, though others write all the while, and holds nobody up") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "s.db", clock);
    fill(store, kRows);
    store.db().setBusyTimeout(0);  // a writer that had to wait would fail
    BackupRequest request = request_of(folder);
    int steps = 0;
    request.progress = [&](int, int) {
        ++steps;
        fill(store, 10);
    };
    back_up(request);
    CHECK(steps > 1);
    CHECK(count(folder / "copy", "change") == kRows);
    CHECK(count(folder / "s.db", "change") == kRows + 10 * steps);
}

TEST_CASE("A process that is shot during a backup leaves no backup, and the earlier one as it was") {
    const TempFolder folder;
    {
        const SimClock clock;
        Store store(folder / "s.db", clock);
        fill(store, kRows);
    }
    REQUIRE(ChildProcess([&] {
                back_up(request_of(folder));
                return 0;
            }).exit_code() == 0);
    const std::string earlier = bytes_of(folder / "copy");
    for (const int at : {1, 2}) {
        ChildProcess child([&] {
            BackupRequest request = request_of(folder);
            request.replace = true;
            int steps = 0;
            request.progress = [&](int, int) {
                if (++steps == at) ::raise(SIGKILL);
            };
            back_up(request);
            return 0;
        });
        CHECK(child.exit_code() == -1);
        CHECK(bytes_of(folder / "copy") == earlier);
        CHECK(fs::exists(folder / "copy.part"));
    }
    BackupRequest request = request_of(folder);
    request.replace = true;
    back_up(request);
    CHECK_FALSE(fs::exists(folder / "copy.part"));
    CHECK(integrity_problems(folder / "copy").empty());
}

TEST_CASE("A backup is refused where it would cost something else") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "s.db", clock);
    BackupRequest request = request_of(folder);
    request.replace = true;
    SECTION("the store itself") { request.target = folder / "s.db"; }
    SECTION("the store by a link") {
        fs::create_hard_link(folder / "s.db", folder / "link");
        request.target = folder / "link";
    }
    SECTION("another store, in use or not") {
        { Store other(folder / "other.db", clock); }
        request.target = folder / "other.db";
    }
    SECTION("a file that is no database") {
        std::ofstream(folder / "bindery.yaml") << "store: s.db\n";
        request.target = folder / "bindery.yaml";
    }
    SECTION("another program's database") {
        SQLite::Database(request.target.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE song (id)");
    }
    SECTION("a part of a database") { request.target = folder / "new.db-wal"; }
    SECTION("a folder") { request.target = folder.path(); }
    SECTION("a folder that isn't there") { request.target = folder / "no/copy"; }
    SECTION("an earlier backup, unless it may go") {
        back_up(request);
        request.replace = false;
    }
    const bool there = fs::is_regular_file(request.target);
    const std::string before = there ? bytes_of(request.target) : "";
    CHECK(refused(request) == ErrorCode::usage);
    if (there) CHECK(bytes_of(request.target) == before);
    CHECK_FALSE(fs::exists(request.target.string() + ".part"));
}

TEST_CASE("A disk that takes no more bytes leaves no half backup, and says so") {
    const TempFolder folder;
    ChildProcess child([&] {
        const SimClock clock;
        {
            Store store(folder / "s.db", clock);
            fill(store, kRows);
        }
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{1'000'000, 1'000'000};
        ::setrlimit(RLIMIT_FSIZE, &small);
        try {
            back_up(request_of(folder));
        } catch (const Error& error) {
            return error.code() == ErrorCode::store && !error.hint().empty() ? 0 : 2;
        }
        return 1;
    });
    CHECK(child.exit_code() == 0);
    CHECK_FALSE(fs::exists(folder / "copy"));
    CHECK_FALSE(fs::exists(folder / "copy.part"));
}

TEST_CASE("A damaged store makes no backup, and two backups of one name don't mix") {
    const TempFolder folder;
    const SimClock clock;
    {
        Store store(folder / "s.db", clock);
        fill(store, kRows);
    }
    BackupRequest request = request_of(folder);
    SECTION("damaged in the middle") {
        std::fstream damage(request.store, std::ios::in | std::ios::out | std::ios::binary);
        damage.seekp(4096 * 40);
        damage << std::string(4096 * 3, '\xff');
        damage.close();
        CHECK(refused(request) == ErrorCode::store);
        CHECK_FALSE(fs::exists(request.target));
    }
    SECTION("a second one meanwhile") {
        std::optional<ErrorCode> second;
        request.progress = [&](int, int) {
            if (!second) second = refused(request_of(folder));
        };
        back_up(request);
        CHECK(second == ErrorCode::running_elsewhere);
    }
    SECTION("stopped") {
        request.stop = [] { return true; };
        CHECK(refused(request) == ErrorCode::interrupted);
        CHECK_FALSE(fs::exists(request.target));
        CHECK_FALSE(fs::exists(request.target.string() + ".part"));
    }
}

TEST_CASE("When care is due") {
    const WallTime now = parse_rfc3339("2026-11-23T06:00:00Z");
    const Duration week = std::chrono::hours(7 * 24);
    CHECK(care_is_due(std::nullopt, now, week));
    CHECK_FALSE(care_is_due(now, now, week));
    CHECK_FALSE(care_is_due(now - std::chrono::hours(7 * 24) + std::chrono::milliseconds(1), now, week));
    CHECK(care_is_due(now - std::chrono::hours(7 * 24), now, week));
    CHECK(care_is_due(now + std::chrono::hours(1), now, week));
}

TEST_CASE("A damaged store's hint names the latest backup, though the store can't be read") {
    const TempFolder folder;
    const SimClock clock;
    { Store store(folder / "s.db", clock); }
    CHECK(restore_hint(folder / "s.db").find("noted none") != std::string::npos);
    REQUIRE(note_backup(folder / "s.db", {"/backups/one", "2026-11-22T06:00:00.000Z", 4096}));
    std::ofstream(folder / "s.db", std::ios::binary | std::ios::in).write(std::string(4000, '\xff').data(), 4000);
    try {
        Store store(folder / "s.db", clock);
        FAIL("it was opened");
    } catch (const Error& error) {
        CHECK(error.hint().find("/backups/one, made 2026-11-22") != std::string::npos);
        CHECK(error.hint().find("Restoring") != std::string::npos);
    }
}

TEST_CASE("A check names what is wrong, and a mark makes the next run look again") {
    const TempFolder folder;
    const SimClock clock;
    const fs::path file = folder / "s.db";
    {
        Store store(file, clock);
        fill(store, 500);
        CHECK(integrity_problems(file).empty());
        // An index that lacks a row: what a page that was never written looks like.
        store.db().exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX change_record ON change (key, dataset)' WHERE name = 'change_record'; PRAGMA writable_schema = OFF");
    }
    const auto problems = integrity_problems(file);
    REQUIRE_FALSE(problems.empty());
    CHECK(problems.front().find("change_record") != std::string::npos);
    CHECK_THROWS_AS(integrity_problems(file, [] { return true; }), Error);
    mark_damaged(file, problems.front());
    CHECK(marked_damaged(file));
    mark_sound(file);
    CHECK_FALSE(marked_damaged(file));
}
