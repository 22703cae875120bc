#include "app/start_trouble.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "core/dates.h"
#include "engine/tell_people.h"
#include "store/care.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr auto kAfter = std::chrono::minutes(5);
constexpr auto kAnotherAfter = std::chrono::minutes(10);  // without a start that failed: it was stopped, or ran

struct Failing {
    WallTime since{}, last{};
    bool told = false;
    std::string text;
};

struct Noted {
    std::optional<Failing> failing;
    std::string ended;  // of this people were told, and not yet that it is over
};

std::string noted_text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Noted read_noted(const fs::path& store) {
    Noted noted;
    const json object = json::parse(read_small_file(start_trouble_of(store)), nullptr, false);
    if (!object.is_object()) return noted;
    noted.ended = noted_text(object, "ended");
    const auto since = read_rfc3339(noted_text(object, "since"));
    if (since) noted.failing = Failing{*since, read_rfc3339(noted_text(object, "last")).value_or(*since), object.contains("told") && object["told"] == true, noted_text(object, "text")};
    return noted;
}

bool write_noted(const fs::path& store, const Noted& noted) {
    json object = json::object();
    if (const auto& failing = noted.failing) object = {{"since", rfc3339(failing->since)}, {"last", rfc3339(failing->last)}, {"told", failing->told}, {"text", failing->text}};
    if (!noted.ended.empty()) object["ended"] = noted.ended;
    return write_small_file(start_trouble_of(store), store, object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

void need_noted(const fs::path& store, const Noted& noted) {
    if (!write_noted(store, noted)) throw Error(ErrorCode::store, start_trouble_of(store).string() + " can't be written");
}

bool tell(Session& session, const std::string& text, bool over) {
    const Sender sender{session.config(), session.environment(), session.clock(), session.log(), session.wires(), [&session] { return session.stop_asked(); }};
    return tell_at_once(sender, kStartTrouble, text, over);
}

bool another_start_follows(ErrorCode code) {
    return code != ErrorCode::config && code != ErrorCode::usage && code != ErrorCode::running_elsewhere && code != ErrorCode::interrupted;
}

// As it stands now, untold; what was told of it stays told.
Failing failing_now(const std::optional<Failing>& before, WallTime now, bool lasts, const std::string& text) {
    if (!before || (!before->told && now - before->last >= kAnotherAfter)) return {now, now, false, text};
    return {std::min(before->since, now), now, before->told && (!lasts || before->text == text), text};
}

void tell_once(Session& session, const Error& error) {
    const fs::path store = session.store_file();
    const WallTime now = session.clock().wall();
    const std::string text = std::string("the daemon can't begin, and no job runs: ") + error.what() + (error.hint().empty() ? "" : ". To do: " + error.hint());
    const bool lasts = error.again() == Again::never;
    const Noted before = read_noted(store);
    Noted noted{failing_now(before.failing, now, lasts, text), before.ended};
    Failing& failing = *noted.failing;
    const bool due = !failing.told && (lasts || now - failing.since >= kAfter);
    if (due) {
        failing.told = true;
        noted.ended.clear();  // the end of this one will be told
    }
    need_noted(store, noted);  // before anybody is told: what can't be remembered would be told at each start
    if (!due || tell(session, text, false)) return;
    failing.told = false;
    noted.ended = before.ended;
    need_noted(store, noted);
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

void start_trouble_over(Session& session) {
    const fs::path store = session.store_file();
    std::error_code ignored;
    if (!fs::exists(start_trouble_of(store), ignored)) return;
    Noted noted = read_noted(store);
    if (noted.failing && noted.failing->told) noted.ended = noted.failing->text;
    noted.failing.reset();
    if (noted.ended.empty() || !session.config().settings.notify.any()) fs::remove(start_trouble_of(store), ignored);
    else if (!write_noted(store, noted)) session.log().warn("{} can't be written", start_trouble_of(store).string());  // its end is told all the same
}

bool tell_start_trouble_over(Session& session) {
    const fs::path file = start_trouble_of(session.store_file());
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return true;
    try {
        const Noted noted = read_noted(session.store_file());
        const std::string text = noted.failing && noted.failing->told ? noted.failing->text : noted.ended;
        if (!text.empty() && !tell(session, text, true)) return false;
    } catch (const std::exception& problem) {
        session.log().error("people couldn't be told that the daemon begins again: {}", problem.what());
        return false;
    }
    fs::remove(file, ignored);
    return true;
}

}  // namespace bindery
