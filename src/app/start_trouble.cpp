#include "app/start_trouble.h"

#include <spdlog/logger.h>

#include <fstream>
#include <sstream>

#include "core/dates.h"
#include "engine/tell_people.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr auto kAfter = std::chrono::minutes(5);

struct Failing {
    WallTime since{};
    bool told = false;
    std::string text;
};

std::optional<Failing> read_failing(const fs::path& file) {
    std::ifstream in(file);
    std::stringstream all;
    all << in.rdbuf();
    const json object = json::parse(all.str(), nullptr, false);
    if (!object.is_object()) return std::nullopt;
    const auto since = read_rfc3339(object.value("since", ""));
    if (!since) return std::nullopt;
    return Failing{*since, object.value("told", false), object.value("text", "")};
}

// Before anybody is told: what can't be remembered would be told at each start.
void write_failing(const fs::path& store, const Failing& failing) {
    const fs::path file = start_trouble_of(store);
    create_private_file(file);
    give_to_owner_of(store, file);
    std::ofstream out(file, std::ios::trunc);
    out << json{{"since", rfc3339(failing.since)}, {"told", failing.told}, {"text", failing.text}}.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
    out.flush();
    if (!out) throw Error(ErrorCode::store, file.string() + " can't be written");
}

bool tell(Session& session, const std::string& text, bool over) {
    const Sender sender{session.config(), session.environment(), session.clock(), session.log(), session.wires(), [&session] { return session.stop_asked(); }};
    return tell_at_once(sender, kStartTrouble, text, over);
}

bool another_start_follows(ErrorCode code) {
    return code != ErrorCode::config && code != ErrorCode::usage && code != ErrorCode::running_elsewhere && code != ErrorCode::interrupted;
}

void tell_once(Session& session, const Error& error) {
    const fs::path store = session.store_file();
    const WallTime now = session.clock().wall();
    const std::string text = std::string("the daemon can't begin, and no job runs: ") + error.what() + (error.hint().empty() ? "" : ". To do: " + error.hint());
    const bool lasts = error.again() == Again::never;
    const auto before = read_failing(start_trouble_of(store));
    Failing failing{before ? std::min(before->since, now) : now, before && before->told && (!lasts || before->text == text), text};
    const bool due = !failing.told && (lasts || now - failing.since >= kAfter);
    failing.told = failing.told || due;
    write_failing(store, failing);
    if (!due || tell(session, text, false)) return;
    failing.told = false;
    write_failing(store, failing);
}

}  // namespace

fs::path start_trouble_of(const fs::path& store) { return store.string() + ".start-trouble"; }

void tell_start_trouble(Session& session, const Error& error) {
    if (!another_start_follows(error.code()) || !session.config().settings.notify.any()) return;
    try {
        tell_once(session, error);
    } catch (const std::exception& problem) {
        session.log().error("people couldn't be told that the daemon doesn't begin: {}", problem.what());
    }
}

void tell_start_trouble_over(Session& session) {
    const fs::path file = start_trouble_of(session.store_file());
    const auto failing = read_failing(file);
    std::error_code ignored;
    if (failing && failing->told && !tell(session, failing->text, true)) return;  // the next start tells it
    fs::remove(file, ignored);
}

}  // namespace bindery
