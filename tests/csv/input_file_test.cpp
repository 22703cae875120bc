#include "csv/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv/files.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("what can't be imported is refused when it's opened, with what to do") {
    const TempFolder folder;
    const auto refused = [](const std::filesystem::path& path) {
        const auto failure = failure_of([&] { InputFile::open(path); });
        CHECK(failure.code == ErrorCode::usage);
        CHECK_THAT(failure.message, Catch::Contains(path.filename().string()));
        return failure;
    };
    CHECK_THAT(refused(folder / "none.csv").message, Catch::Contains("there is no file"));
    CHECK_THAT(refused(folder.path()).message, Catch::Contains("is a directory"));
    write(folder, "empty.csv", "");
    CHECK_THAT(refused(folder / "empty.csv").message, Catch::Contains("is empty"));
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK_THAT(refused(folder / "pipe").hint, Catch::Contains("save what comes from a pipe"));
    write(folder, "file", "a");
    CHECK_THAT(failure_of([&] { InputFile::open(folder / "file/below.csv"); }).message, Catch::Contains("there is no file"));
    if (geteuid() != 0) {
        const auto path = write(folder, "secret.csv", "a,b\n");
        chmod(path.c_str(), 0);
        CHECK_THAT(refused(path).message, Catch::Contains("no permission"));
    }
}

TEST_CASE("a file that another program has open for writing is refused until it's closed") {
    const TempFolder folder;
    const auto path = write(folder, "in.csv", "a,b\n");
    const int writer = ::open(path.c_str(), O_WRONLY | O_APPEND);
    REQUIRE(writer >= 0);
    // Where the file system knows no leases nobody can tell; the one that tests run on is asked first.
    const int reader = ::open(path.c_str(), O_RDONLY);
    const bool told = fcntl(reader, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    ::close(reader);
    if (told) {
        const auto failure = failure_of([&] { InputFile::open(path); });
        CHECK(failure.code == ErrorCode::usage);
        CHECK_THAT(failure.message, Catch::Contains("is being written"));
    } else {
        WARN("this file system has no leases");
    }
    ::close(writer);
    const InputFile file = InputFile::open(path);
    CHECK(file.size() == 4);
    // The lease is given back: others may write at once.
    const int later = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
    CHECK(later >= 0);
    ::close(later);
}

TEST_CASE("a file that changes while it's read is found out") {
    const TempFolder folder;
    const auto changed = [&](const char* name, const std::function<void(const std::filesystem::path&)>& change) {
        const auto path = write(folder, name, "a,b\n1,2\n");
        const InputFile file = InputFile::open(path);
        CHECK_NOTHROW(file.check_unchanged());
        change(path);
        const auto failure = failure_of([&] { file.check_unchanged(); });
        CHECK(failure.code == ErrorCode::mapping);
        CHECK_THAT(failure.message, Catch::Contains("changed while it was read"));
    };
    changed("grown.csv", [](const auto& path) { std::ofstream(path, std::ios::app) << "3,4\n"; });
    changed("cut.csv", [](const auto& path) { std::filesystem::resize_file(path, 3); });
    changed("gone.csv", [](const auto& path) { std::filesystem::remove(path); });
    changed("replaced.csv", [](const auto& path) {
        const auto modified = std::filesystem::last_write_time(path);
        std::ofstream(path.string() + ".new") << "a,b\n1,3\n";
        std::filesystem::last_write_time(path.string() + ".new", modified);
        std::filesystem::rename(path.string() + ".new", path);
    });
    changed("rewritten.csv", [](const auto& path) {
        std::ofstream(path) << "a,b\n1,9\n";
        std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(5));
    });
}

TEST_CASE("a file's bytes, hash and time") {
    const TempFolder folder;
    const auto path = write(folder, "in.csv", "0123456789");
    InputFile opened = InputFile::open(path);
    const InputFile file = std::move(opened);
    char bytes[20];
    CHECK(file.read_at(2, bytes, 3) == 3);
    CHECK(std::string(bytes, 3) == "234");
    CHECK(file.read_at(8, bytes, 20) == 2);
    CHECK(file.read_at(10, bytes, 20) == 0);
    CHECK(file.read_at(999, bytes, 20) == 0);
    CHECK(file.name() == path.string());
    CHECK(file.hash().size() == 32);
    const std::string large(700'000, 'z');
    CHECK(InputFile::open(write(folder, "x.csv", large)).hash() == InputFile::open(write(folder, "y.csv", large)).hash());
    CHECK(InputFile::open(write(folder, "z.csv", large + "z")).hash() != InputFile::open(folder / "x.csv").hash());
    struct timespec times[2] = {{1'790'000'000, 0}, {1'790'000'000, 123'999'999}};
    utimensat(AT_FDCWD, path.c_str(), times, 0);
    CHECK(rfc3339(InputFile::open(path).modified()) == "2026-09-21T14:13:20.123Z");
}
