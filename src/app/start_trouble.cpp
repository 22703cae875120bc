#include "app/start_trouble.h"

#include <poll.h>
#include <spdlog/logger.h>

#include <algorithm>

#include "app/commands.h"
#include "app/trouble_note.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr auto kAfter = std::chrono::minutes(5);
constexpr auto kAnotherAfter = std::chrono::minutes(10);  // without a start that failed: it was stopped, or ran
constexpr auto kOthersTell = std::chrono::minutes(2);     // by all channels
constexpr auto kTellCronAgain = std::chrono::hours(1);    // what comes and goes
constexpr const char* kCronTrouble = "cron";              // among what people are told
constexpr const char* kOfStore = "store: ";               // how `about` of what the store is to blame for begins

TroubleNote note_of(const Starting& starting) {
    const fs::path config = fs::weakly_canonical(fs::absolute(starting.sender.config.settings.file));
    return {starting.store, config, starting.by_cron ? ".cron-trouble" : ".start-trouble", starting.sender.environment};
}

void need_noted(const TroubleNote& note, const NotedTrouble& noted) {
    if (!note.write(noted)) throw Error(ErrorCode::store, "that they were can be noted nowhere, and they would be told again each time");
}

bool tell(const Starting& starting, const std::string& text, bool over) { return tell_at_once(starting.sender, starting.by_cron ? kCronTrouble : kStartTrouble, text, over); }

bool is_told_here(const Starting& starting, ErrorCode code) {
    if (starting.by_cron) return code == ErrorCode::config || code == ErrorCode::store;
    return code != ErrorCode::config && code != ErrorCode::usage && code != ErrorCode::running_elsewhere && code != ErrorCode::interrupted;
}

// Another may be telling them, of this or of something else: the next start may be a day away.
void wait_for(NoteLock& alone, const Starting& starting) {
    for (const BootTime until = starting.sender.clock.boot() + kOthersTell; alone.taken() && starting.sender.clock.boot() < until && !starting.sender.stop_asked(); alone.try_again()) ::poll(nullptr, 0, 100);
    if (alone.taken()) starting.sender.log.warn("another process has been telling people for long: they are told beside it");
}

// As it stands now, untold; what was told of it stays told.
FailingStarts failing_now(const std::optional<FailingStarts>& before, FailingStarts now, bool lasts) {
    if (!before || (!before->told && now.last - before->last >= kAnotherAfter)) return now;
    now.since = std::min(before->since, now.last);
    now.told = before->told && (!lasts || before->text == now.text);
    return now;
}

void tell_of_daemon(const Starting& starting, const Error& error) {
    const TroubleNote note = note_of(starting);
    NoteLock alone(note);
    wait_for(alone, starting);
    const WallTime now = starting.sender.clock.wall();
    const bool lasts = error.again() == Again::never;
    const NotedTrouble before = note.read();
    NotedTrouble noted = before;
    noted.failing = failing_now(before.failing, {now, now, false, "the daemon can't begin, and no job runs: " + in_one_line(error)}, lasts);
    FailingStarts& failing = *noted.failing;
    const bool due = !failing.told && (lasts || failing.last - failing.since >= kAfter);
    if (due) {
        failing.told = true;
        noted.ended.clear();  // the end of this one will be told
    }
    need_noted(note, noted);  // before anybody is told: what can't be remembered would be told at each start
    if (!due || tell(starting, failing.text, false)) return;
    failing.told = false;
    noted.ended = before.ended;
    need_noted(note, noted);
}

std::string about_of(const Starting& starting, const Error& error) {
    const std::string text = error.what();
    if (error.code() == ErrorCode::store) return kOfStore + store_trouble(text);
    return "config: " + without_folder(text, starting.sender.config.settings.file);
}

bool is_fresh(const ToldTrouble& told, WallTime now) { return told.at <= now && now < told.at + kTellCronAgain; }

void tell_of_cron(const Starting& starting, const Error& error) {
    const TroubleNote note = note_of(starting);
    NoteLock alone(note);
    wait_for(alone, starting);
    const ToldTrouble told{about_of(starting, error), "what cron starts can't run: " + in_one_line(error), starting.sender.clock.wall()};
    const NotedTrouble before = note.read();
    NotedTrouble noted = before;
    const auto known = std::find_if(noted.told.begin(), noted.told.end(), [&](const ToldTrouble& one) { return one.about == told.about; });
    if (known != noted.told.end() && (!known->over || is_fresh(*known, told.at))) return;
    if (known != noted.told.end()) *known = told;
    else noted.told.push_back(told);
    need_noted(note, noted);  // as above
    if (!tell(starting, told.text, false)) need_noted(note, before);
}

// What is noted when `of_store`, or the configuration alone, is good again; `texts`: what of it people aren't told yet.
NotedTrouble good_again(NotedTrouble noted, bool of_store, WallTime now, std::string& texts) {
    for (ToldTrouble& told : noted.told) {
        if (told.over || (!of_store && told.about.starts_with(kOfStore))) continue;
        texts += (texts.empty() ? "" : "; and ") + told.text;
        told.over = true;
    }
    std::erase_if(noted.told, [&](const ToldTrouble& told) { return told.over && !is_fresh(told, now); });
    return noted;
}

void tell_of_good_cron(const Starting& starting, bool of_store) {
    const TroubleNote note = note_of(starting);
    if (!note.there()) return;
    const NoteLock alone(note);
    if (alone.taken()) return;  // the next good run tells it
    std::string texts;
    const NotedTrouble noted = good_again(note.read(), of_store, starting.sender.clock.wall(), texts);
    if (!texts.empty() && !tell(starting, texts, true)) return;
    if (noted.told.empty() || !starting.sender.config.settings.notify.any() || !note.write(noted)) note.remove();
}

const char* who(const Starting& starting) { return starting.by_cron ? "what cron starts" : "the daemon"; }

Starting starting_of(Session& session, bool by_cron) {
    return {{session.config(), session.environment(), session.clock(), session.log(), session.wires(), [&session] { return session.stop_asked(); }}, session.store_file(), by_cron};
}

}  // namespace

Starting daemon_starts(Session& session) { return starting_of(session, false); }
Starting cron_starts(Session& session) { return starting_of(session, true); }

std::string store_trouble(const std::string& text) {
    static const std::pair<const char*, const char*> kKinds[] = {{"no room", "full"}, {"No space left", "full"}, {"is damaged", "damaged"}, {"isn't a SQLite database", "damaged"}, {"is locked", "locked"}, {"the disk failed", "disk"}};
    for (const auto& [part, kind] : kKinds) {
        if (text.find(part) != std::string::npos) return kind;
    }
    return "can't be used";
}

std::string without_folder(std::string text, const fs::path& config) {
    const std::string typed = config.string(), name = fs::weakly_canonical(fs::absolute(config)).filename().string();
    for (std::size_t at = 0; !typed.empty() && (at = text.find(typed, at)) != std::string::npos; at += name.size()) text.replace(at, typed.size(), name);
    return text;
}

void tell_start_trouble(const Starting& starting, const Error& error) {
    if (!is_told_here(starting, error.code()) || !starting.sender.config.settings.notify.any()) return;
    try {
        starting.by_cron ? tell_of_cron(starting, error) : tell_of_daemon(starting, error);
    } catch (const std::exception& problem) {
        starting.sender.log.error("people couldn't be told that {} doesn't begin: {}", who(starting), problem.what());
    }
}

void tell_cron_good(const Starting& starting, bool of_store) {
    try {
        tell_of_good_cron(starting, of_store);
    } catch (const std::exception& problem) {
        starting.sender.log.error("people couldn't be told that {} begins again: {}", who(starting), problem.what());
    }
}

void start_trouble_over(const Starting& starting) {
    const TroubleNote note = note_of(starting);
    if (!note.there()) return;
    NotedTrouble noted = note.read();
    if (noted.failing && noted.failing->told) noted.ended = noted.failing->text;
    noted.failing.reset();
    if (noted.ended.empty() || !starting.sender.config.settings.notify.any()) note.remove();
    else if (!note.write(noted)) starting.sender.log.warn("that {} begins again can be noted nowhere", who(starting));  // its end is told all the same
}

bool tell_start_trouble_over(const Starting& starting) {
    const TroubleNote note = note_of(starting);
    if (!note.there()) return true;
    try {
        const NoteLock alone(note);
        if (alone.taken()) return false;
        const NotedTrouble noted = note.read();
        const std::string text = noted.failing && noted.failing->told ? noted.failing->text : noted.ended;
        if (!text.empty() && !tell(starting, text, true)) return false;
    } catch (const std::exception& problem) {
        starting.sender.log.error("people couldn't be told that {} begins again: {}", who(starting), problem.what());
        return false;
    }
    note.remove();
    return true;
}

}  // namespace bindery
