#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

// "12 (bad_signature 10, too_old 2)"; nothing when there is none.
Html counts_with_parts(const std::map<std::string, std::int64_t>& parts) {
    std::int64_t all = 0;
    std::string text;
    for (const auto& [what, count] : parts) {
        all += count;
        text += (text.empty() ? "" : ", ") + what + " " + std::to_string(count);
    }
    return parts.empty() ? Html::number(0) : Html(std::to_string(all) + " (" + text + ")");
}

// What became of those kept.
Html worked(const HookFacts& hook) {
    const auto count = [&](const char* what) {
        const auto found = hook.sorted.find(what);
        return found == hook.sorted.end() ? std::int64_t{0} : found->second;
    };
    std::string text = std::to_string(count("hinted")) + " had records read again";
    if (count("echo") > 0) text += ", " + std::to_string(count("echo")) + " echoes of our own writes";
    if (count("unheard") > 0) text += ", " + std::to_string(count("unheard")) + " that no job listens to";
    return text;
}

std::string listening(const std::vector<std::string>& jobs) {
    std::string text;
    for (const auto& job : jobs) text += (text.empty() ? "" : ", ") + job;
    return text.empty() ? "none" : text;
}

}  // namespace

Html hook_card(const Look& look, const HookFacts& hook) {
    Html state = hook.state;
    if (hook.setting_up) state = tag("span", {{"class", "badge part"}}, "– is being set up") + " until " + time_tag(*hook.setting_up, look.zone);
    else if (!hook.takes) state = tag("span", {{"class", "badge " + std::string(hook.jobs.empty() ? "none" : "part")}}, "– ") + hook.state;
    Html waiting = Html::number(hook.waiting);
    if (hook.oldest) waiting += ", the oldest since " + time_tag(*hook.oldest, look.zone);
    if (hook.late) waiting = tag("span", {{"class", "badge part"}}, "– ") + waiting;
    return tag("li", {{"class", "card"}},
               tag("h3", hook.service) + facts({{"State", state},
                                                {"What to do", hook.setting_up ? Html() : Html(hook.to_do)},
                                                {"Jobs that listen", listening(hook.jobs)},
                                                {"Last event", hook.last ? time_tag(*hook.last, look.zone) : Html("none yet")},
                                                {"Received", Html::number(hook.kept)},
                                                {"Worked", hook.sorted.empty() ? Html() : worked(hook)},
                                                {"Sent again", hook.repeated > 0 ? Html::number(hook.repeated) : Html()},
                                                {"Refused", counts_with_parts(hook.refused)},
                                                {"Waiting", waiting}}));
}

}  // namespace bindery::web
