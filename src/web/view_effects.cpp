#include <algorithm>
#include <array>

#include "core/error.h"
#include "store/page_lists.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

struct State {
    const char* name;
    const char* heading;
    const char* about;
};
constexpr std::array<State, 8> kStates{{
    {"in_doubt", "In doubt", "The request may have arrived; no reply was seen. Look it up at the service by its reference, then say what holds."},
    {"held", "Held", "Nothing more is sent until a person says what holds."},
    {"rejected", "Rejected", "The service refused the request. It is sent again when its content changes, or by your word."},
    {"pending", "Planned", "Decided, and not sent yet."},
    {"sending", "On its way", "A run is sending them now, or died while it did; then the job's next run looks."},
    {"done", "Done", "Sent, and answered."},
    {"withdrawn", "Withdrawn", "Planned once, and not selected any more."},
    {"dropped", "Dropped", "Not to be sent, by a person's word."},
}};

Html attempts_table(const Look& look, const std::string& identity) {
    std::vector<std::vector<Html>> rows;
    for (const auto& attempt : Ledger(look.store).attempts(identity)) {
        rows.push_back({time_tag(attempt.started_at, look.zone), link_to(address("/run", {{"id", std::to_string(attempt.run)}}), std::to_string(attempt.run)),
                        attempt.ending.value_or("no reply was seen: the process ended"), attempt.status ? Html::number(*attempt.status) : Html(), attempt.problem.value_or("")});
    }
    if (rows.empty()) return tag("p", "It was never sent.");
    return data_table("Attempts, in order", {"Sent", "Run", "Ending", "Status", "Problem"}, rows);
}

Html state_menu(const std::string& here) {
    Html entries;
    for (const auto& state : kStates) {
        const std::string to = std::string("/effects?state=") + state.name;
        entries += tag("li", here == state.name ? tag("strong", state.heading) : link_to(to, state.heading));
    }
    return tag("nav", {{"aria-label", "States of effects"}}, tag("ul", entries));
}

}  // namespace

Html effect_buttons(const Look& look, const std::string& identity, const std::string& ref, const std::string& state) {
    const bool waits = state == "in_doubt" || state == "held" || state == "rejected";
    if (!waits && state != "pending") return {};
    Html out;
    const auto button = [&](const char* word, const char* label) {
        out += button_form("/settle", look.form_token, {{"id", identity}, {"as", word}}, label, ref);
    };
    if (waits) {
        button("done", "It is there");
        button("retry", "Send it again");
    }
    button("drop", "Don't send it");
    if (state != "held") button("held", "Hold it");
    return out;
}

View effects_view(const Look& look) {
    const std::string asked = look.request.argument("state");
    const auto state = std::find_if(kStates.begin(), kStates.end(), [&](const State& each) { return asked.empty() ? each.name == std::string("in_doubt") : asked == each.name; });
    if (state == kStates.end()) throw Error(ErrorCode::not_found, "There is no such state.");
    const auto effects = PageLists(look.store).effects(state->name, look.request.argument("job"), look.request.argument("after"), kPageRows);
    std::vector<std::vector<Html>> rows;
    for (const auto& effect : effects) {
        rows.push_back({link_to(address("/effect", {{"id", effect.identity}}), effect.ref), effect.name, effect.job, effect.once_per, time_tag(effect.sent_at.value_or(""), look.zone),
                        effect.reason.value_or(""), effect_buttons(look, effect.identity, effect.ref, effect.state)});
    }
    View view{std::string("Effects: ") + state->heading, "/effects", {}};
    view.content += state_menu(state->name) + tag("p", state->about);
    view.content += rows.empty() ? tag("p", "None.") : data_table("Effects", {"Reference", "Effect", "Job", "Once per", "Sent", "Why", "Decide"}, rows);
    if (static_cast<int>(effects.size()) == kPageRows) {
        view.content += tag("p", link_to(address("/effects", {{"state", state->name}, {"job", effects.back().job}, {"after", effects.back().identity}}), "Further ones"));
    }
    return view;
}

View effect_view(const Look& look) {
    const auto effect = Ledger(look.store).find(look.request.argument("id"));
    if (!effect) throw Error(ErrorCode::not_found, "There is no such effect.");
    View view{"Effect " + effect->ref, "/effects", {}};
    view.content += facts({{"Effect", effect->name},
                           {"Job", effect->job},
                           {"State", effect->state},
                           {"Why", effect->reason.value_or("")},
                           {"Once per", effect->once_per},
                           {"Decided in", link_to(address("/run", {{"id", std::to_string(effect->first_run)}}), "run " + std::to_string(effect->first_run))},
                           {"Sent", effect->sent_at ? time_tag(*effect->sent_at, look.zone) : Html()},
                           {"Answered", effect->replied_at ? time_tag(*effect->replied_at, look.zone) : Html()},
                           {"Reply", (effect->status ? std::to_string(*effect->status) + " " : "") + effect->reply.value_or("")}});
    const Html buttons = effect_buttons(look, effect->identity, effect->ref, effect->state);
    if (!buttons.empty()) view.content += tag("h2", "Decide") + buttons;
    view.content += tag("h2", "What is sent") + tag("pre", {{"tabindex", "0"}}, effect->method + " " + effect->path + "\n" + effect->body);
    view.content += tag("h2", "Attempts") + attempts_table(look, effect->identity);
    return view;
}

}  // namespace bindery::web
