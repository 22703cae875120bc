// The daemon's bell and whose it is. Each in a child of its own, since SIGHUP is taken over for a whole process.
#include "app/wakeups.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "support/child_process.h"
#include "support/refused_chown.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// What the daemon of root is told of its bell, beside a store of this account; the child's exit code.
int bell_of_root(const TempFolder& folder, uid_t owner, bool refused, const std::function<int(const Wakeups&, const std::filesystem::path& bell)>& judge) {
    const auto store = folder / "store.db", bell = folder / "store.db.bell";
    std::ofstream(store) << "x";
    if (::chown(store.c_str(), owner, owner) != 0) return 90;
    ChildProcess child([&] {
        if (refused && !refuse_chown()) return 91;
        StopFlag stop;
        return judge(Wakeups(stop, bell), bell);
    });
    return child.exit_code();
}

bool belongs_to(const std::filesystem::path& file, uid_t owner) {
    struct stat there {};
    return ::stat(file.c_str(), &there) == 0 && there.st_uid == owner;
}

}  // namespace

TEST_CASE("a bell that root can't hand over to the store's account is told of, once, with what to do", "[rights]") {
    if (::geteuid() != 0) {
        WARN("only root meets it: not checked here");
        return;
    }
    const TempFolder refused, given, own;
    CHECK(bell_of_root(refused, 65534, true, [](const Wakeups& wakeups, const std::filesystem::path& bell) {
              const std::string told = wakeups.warning();
              if (!belongs_to(bell, 0)) return 2;
              for (const std::string part : {bell.string(), std::string("root"), std::string("nobody"), std::string("remove")}) {
                  if (told.find(part) == std::string::npos) return 3;
              }
              return 0;
          }) == 0);
    CHECK(bell_of_root(given, 65534, false, [](const Wakeups& wakeups, const std::filesystem::path& bell) { return belongs_to(bell, 65534) && wakeups.warning().empty() ? 0 : 2; }) == 0);
    CHECK(bell_of_root(own, 0, true, [](const Wakeups& wakeups, const std::filesystem::path& bell) { return belongs_to(bell, 0) && wakeups.warning().empty() ? 0 : 2; }) == 0);
}
