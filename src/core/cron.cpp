#include "core/cron.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "core/zone.h"

namespace bindery {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using SysSeconds = date::sys_seconds;
using LocalSeconds = date::local_seconds;

struct FieldRule {
    const char* name;
    int least;
    int most;
    std::vector<std::string_view> words;  // for least, least + 1, …
};

const std::array<FieldRule, 5>& field_rules() {
    static const std::array<FieldRule, 5> rules{{
        {"minute", 0, 59, {}},
        {"hour", 0, 23, {}},
        {"day of month", 1, 31, {}},
        {"month", 1, 12, {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
        {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
    }};
    return rules;
}

struct Nickname {
    std::string_view name;
    std::string_view expression;
};

constexpr std::array<Nickname, 7> kNicknames{{{"@yearly", "0 0 1 1 *"},
                                              {"@annually", "0 0 1 1 *"},
                                              {"@monthly", "0 0 1 * *"},
                                              {"@weekly", "0 0 * * 0"},
                                              {"@daily", "0 0 * * *"},
                                              {"@midnight", "0 0 * * *"},
                                              {"@hourly", "0 * * * *"}}};

// Reads one expression; keeps it for messages.
class CronParser {
  public:
    explicit CronParser(std::string_view expression) : expression_(expression) {}

    Cron parse() const {
        std::vector<std::string_view> fields = words(expression_);
        if (fields.size() == 1 && fields.front().starts_with('@')) fields = words(nickname(fields.front()));
        if (fields.size() != field_rules().size()) {
            fail("it has " + std::to_string(fields.size()) + " fields instead of five");
        }
        Cron cron;
        read(fields[0], field_rules()[0], cron.minutes);
        read(fields[1], field_rules()[1], cron.hours);
        read(fields[2], field_rules()[2], cron.days);
        read(fields[3], field_rules()[3], cron.months);
        std::bitset<8> weekdays;
        read(fields[4], field_rules()[4], weekdays);
        if (weekdays[7]) weekdays.set(0);
        cron.weekdays = std::bitset<7>(weekdays.to_ulong() & 0x7F);
        cron.either_day = !fields[2].starts_with('*') && !fields[4].starts_with('*');
        cron.elapsed = fields[0].starts_with('*') || fields[1].starts_with('*');
        return cron;
    }

  private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw Error(ErrorCode::config, "cron expression '" + std::string(expression_) + "': " + problem,
                    "Write five fields, e.g. \"0 6 * * mon-fri\", or @daily.");
    }

    static std::vector<std::string_view> words(std::string_view text) {
        std::vector<std::string_view> result;
        for (text = trim(text); !text.empty(); text = trim(text)) {
            const auto end = std::find_if(text.begin(), text.end(), is_space);
            result.push_back(text.substr(0, static_cast<std::size_t>(end - text.begin())));
            text.remove_prefix(result.back().size());
        }
        return result;
    }

    std::string_view nickname(std::string_view name) const {
        const std::string folded = lower(name);
        for (const Nickname& each : kNicknames) {
            if (folded == each.name) return each.expression;
        }
        fail(std::string(name) + " isn't known here");
    }

    template <std::size_t Size>
    void read(std::string_view field, const FieldRule& rule, std::bitset<Size>& set) const {
        for (;;) {
            const std::size_t comma = field.find(',');
            read_item(field.substr(0, comma), rule, set);
            if (comma == std::string_view::npos) return;
            field.remove_prefix(comma + 1);
        }
    }

    template <std::size_t Size>
    void read_item(std::string_view item, const FieldRule& rule, std::bitset<Size>& set) const {
        const std::size_t slash = item.find('/');
        const std::string_view range = item.substr(0, slash);
        const std::size_t hyphen = range.find('-');
        int first = rule.least;
        int last = rule.most;
        if (range != "*") {
            first = number(range.substr(0, hyphen), rule);
            last = hyphen == std::string_view::npos ? first : number(range.substr(hyphen + 1), rule);
        }
        int step = 1;
        if (slash != std::string_view::npos) {
            step = small_number(item.substr(slash + 1));
            if (step < 1) fail(std::string(rule.name) + ": a step must be a number above zero");
            if (range != "*" && hyphen == std::string_view::npos) {
                fail(std::string(rule.name) + ": a step follows * or a range");
            }
        }
        if (first > last) fail(std::string(rule.name) + ": a range must not run backwards");
        for (int value = first; value <= last; value += std::min(step, rule.most + 1)) {
            set.set(static_cast<std::size_t>(value));
        }
    }

    int number(std::string_view text, const FieldRule& rule) const {
        const std::string folded = lower(text);
        const auto word = std::find(rule.words.begin(), rule.words.end(), folded);
        if (word != rule.words.end()) return rule.least + static_cast<int>(word - rule.words.begin());
        const int value = small_number(text);
        if (value < rule.least || value > rule.most) {
            fail(std::string(rule.name) + ": '" + std::string(text) + "' isn't between " + std::to_string(rule.least) +
                 " and " + std::to_string(rule.most));
        }
        return value;
    }

    std::string_view expression_;
};

bool matches_day(const Cron& cron, date::local_days day) {
    const date::year_month_day parts(day);
    if (!cron.months[static_cast<unsigned>(parts.month())]) return false;
    const bool by_date = cron.days[static_cast<unsigned>(parts.day())];
    const bool by_weekday = cron.weekdays[date::weekday(day).c_encoding()];
    return cron.either_day ? by_date || by_weekday : by_date && by_weekday;
}

// The first matching minute in [from, until) of a local clock that runs evenly.
std::optional<LocalSeconds> first_match(const Cron& cron, LocalSeconds from, LocalSeconds until) {
    LocalSeconds at = date::ceil<minutes>(from);
    while (at < until) {
        const auto day = date::floor<days>(at);
        const auto hour = date::floor<hours>(at);
        if (!matches_day(cron, day)) {
            at = day + days(1);
        } else if (!cron.hours[static_cast<std::size_t>((hour - day).count())]) {
            at = hour + hours(1);
        } else if (!cron.minutes[static_cast<std::size_t>(date::floor<minutes>(at - hour).count())]) {
            at += minutes(1);
        } else {
            return at;
        }
    }
    return std::nullopt;
}

LocalSeconds local(SysSeconds time, seconds offset) {
    return LocalSeconds(time.time_since_epoch() + offset);
}

// The first due moment in [from, until), a stretch in which the zone's offset doesn't change. `before` is the offset in
// force until `begin`, the start of that offset; nullopt when the clock change is too long ago to matter.
std::optional<SysSeconds> first_in_stretch(const Cron& cron, SysSeconds from, SysSeconds until, SysSeconds begin,
                                           seconds offset, std::optional<seconds> before) {
    LocalSeconds start = local(from, offset);
    if (before && !cron.elapsed) {
        const bool skipped = from == begin && first_match(cron, local(begin, *before), local(begin, offset));
        if (skipped) return begin;
        start = std::max(start, local(begin, *before));
    }
    const auto found = first_match(cron, start, local(until, offset));
    if (!found) return std::nullopt;
    return SysSeconds(found->time_since_epoch() - offset);
}

}  // namespace

Cron parse_cron(std::string_view expression) {
    return CronParser(expression).parse();
}

WallTime next_fire(const Cron& cron, const std::string& zone, WallTime after) {
    const date::time_zone& found = zone_named(zone);
    constexpr auto kSearch = days(366 * 41);  // a 29 February of one weekday comes every 28 years, and over 2100 after 40
    constexpr SysSeconds kLast = date::sys_days(date::year(9999) / date::December / 31);  // as far as RFC 3339 goes, in any zone
    constexpr auto kCorrection = hours(3);  // a larger change is a corrected clock or another zone: its new time holds at once
    SysSeconds at = date::floor<seconds>(after) + seconds(1);
    const SysSeconds limit = std::min(at + kSearch, kLast + days(1));
    while (at < limit) {
        const date::sys_info info = found.get_info(at);
        const SysSeconds until = std::min(info.end, limit);
        std::optional<seconds> before;
        if (at - info.begin < kCorrection) before = found.get_info(info.begin - seconds(1)).offset;
        if (before && std::chrono::abs(*before - info.offset) >= kCorrection) before = std::nullopt;
        if (const auto due = first_in_stretch(cron, at, until, info.begin, info.offset, before)) return *due;
        at = until;
    }
    if (limit > kLast) throw Error(ErrorCode::config, "the cron expression names nothing up to 9999-12-31, and no time after the year 9999 can be told");
    throw Error(ErrorCode::config, "the cron expression names no day that comes in the next 41 years",
                "Look at its day of month and month: they must be able to come together, as February and 30 never do.");
}

WallTime next_fire(std::string_view expression, const std::string& zone, WallTime after) {
    return next_fire(parse_cron(expression), zone, after);
}

}  // namespace bindery
