#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/sale_words.h"
#include "store/page_lists.h"
#include "store/refused.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

struct State {
    const char* name;
    const char* heading;
    const char* about;
};
// In this order they are shown; the first kWaitFor wait for a person.
constexpr int kWaitFor = 3;
constexpr std::array<State, 9> kStates{{
    {"in_doubt", "In doubt", "The request may have arrived; no reply was seen. Look it up at the service by its reference, then say what holds."},
    {"held", "Held", "Nothing more is sent until a person says what holds."},
    {"rejected", "Rejected", "The service refused the request. It is sent again when its content changes, or by your word."},
    {"pending", "Planned", "Decided, and not sent yet."},
    {"sending", "On its way", "A run is sending them now, or died while it did; then the job's next run looks."},
    {"done", "Done", "Sent, and answered."},
    {"turned_down", "Turned down", "The buyer looked at the lead and said no: an answer like another, nothing is left to do."},
    {"withdrawn", "Withdrawn", "Planned once, and not selected any more."},
    {"dropped", "Dropped", "Not to be sent, by a person's word."},
}};

Html attempts_table(const Look& look, const std::string& identity) {
    std::vector<std::vector<Html>> rows;
    for (const auto& attempt : Ledger(look.store).attempts(identity)) {
        rows.push_back({time_tag(attempt.started_at, look.zone), run_link(attempt.run),
                        attempt.ending.value_or("no reply was seen: the process ended"), attempt.status ? Html::number(*attempt.status) : Html(), attempt.problem.value_or("")});
    }
    if (rows.empty()) return tag("p", "It was never sent.");
    return data_table("Attempts, in order", {"Sent", "Run", "Ending", "Status", "Problem"}, rows);
}

Html state_menu(const std::string& here) {
    Html entries;
    for (const auto& state : kStates) {
        const std::string to = address("/effects", {{"state", state.name}});
        entries += tag("li", here == state.name ? tag("a", {{"href", to}, {"aria-current", "page"}}, state.heading) : link_to(to, state.heading));
    }
    return tag("nav", {{"aria-label", "States of effects"}}, tag("ul", entries));
}

std::optional<json> object_in(const std::string& text) {
    try {
        json value = parse_exact(text);
        if (value.is_object()) return value;
    } catch (const Error&) {  // it is shown as it stands
    }
    return std::nullopt;
}

std::string member_text(const json& value) { return scalar_text(value).value_or(value.is_null() ? "null" : dump_exact(value)); }

// For people its members, a line each; then the bytes.
Html body_part(const EffectRow& effect) {
    std::vector<std::pair<std::string, Html>> members;
    if (const auto body = object_in(effect.body)) {
        for (const auto& [name, value] : body->items()) members.emplace_back(name, tag("span", {{"class", "lines"}}, member_text(value)));
    }
    const Html bytes = tag("pre", {{"tabindex", "0"}}, effect.method + " " + effect.path + "\n" + effect.body);
    return members.empty() ? bytes : facts(members) + tag("details", tag("summary", "The request, byte for byte") + bytes);
}

// Buttons for a person's word about an effect; empty when none is due.
Html effect_buttons(const Look& look, const EffectRow& effect) {
    const bool waits = effect.state == "in_doubt" || effect.state == "held" || (effect.state == "rejected" && !turned_down(look.store, effect));
    if (!waits && effect.state != "pending") return {};
    Html out;
    const auto button = [&](const char* word, const char* label) {
        out += button_form("/settle", look.form_token, {{"id", effect.identity}, {"seen", mark_of(effect)}, {"as", word}}, label, effect.ref);
    };
    if (waits) {
        button("done", "It is there");
        button("retry", "Send it again");
    }
    button("drop", "Don't send it");
    if (effect.state != "held") button("held", "Hold it");
    return out;
}

Html effect_card(const Look& look, const EffectRow& effect) {
    const auto body = object_in(effect.body);
    const bool titled = body && body->contains("title") && (*body)["title"].is_string();
    Html card = tag("h2", link_to(address("/effect", {{"id", effect.identity}}), effect.ref));
    if (titled) card += tag("p", {{"class", "value"}}, (*body)["title"].get<std::string>());
    card += facts({{"About", once_per_words(effect.once_per)},
                   {"Effect", effect.name + " of " + effect.job},
                   {"Sent", effect.sent_at ? time_tag(*effect.sent_at, look.zone) : Html()},
                   {"Why", effect.reason.value_or("")}});
    return tag("li", {{"class", "card"}}, card + effect_buttons(look, effect));
}

Html effects_list(const Look& look, const std::vector<EffectRow>& effects) {
    std::vector<std::vector<Html>> rows;
    for (const auto& effect : effects) {
        rows.push_back({link_to(address("/effect", {{"id", effect.identity}}), effect.ref), effect.name, effect.job, once_per_words(effect.once_per), time_tag(effect.sent_at.value_or(""), look.zone),
                        sale_reason_words(effect.reason.value_or(""))});
    }
    return data_table("Effects", {"Reference", "Effect", "Job", "About", "Sent", "Why"}, rows);
}

}  // namespace

std::string state_words(const std::string& state) {
    std::string words = state;
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string once_per_words(const std::string& once_per) {
    const auto values = object_in(once_per);
    if (!values) return once_per;
    std::string words;
    for (const auto& [name, value] : values->items()) words += (words.empty() ? "" : " · ") + state_words(name) + " " + member_text(value);
    return words;
}

View effects_view(const Look& look) {
    const std::string asked = look.request.argument("state");
    const auto state = std::find_if(kStates.begin(), kStates.end(), [&](const State& each) { return asked.empty() ? each.name == std::string("in_doubt") : asked == each.name; });
    if (state == kStates.end()) throw Error(ErrorCode::not_found, "There is no such state.");
    const auto effects = PageLists(look.store).effects(state->name, look.request.argument("job"), look.request.argument("after"), kPageRows);
    const bool waits = state - kStates.begin() < kWaitFor;
    Html cards;
    for (const auto& effect : effects) {
        if (waits) cards += effect_card(look, effect);
    }
    View view{std::string("Effects: ") + state->heading, "/effects", {}};
    view.content += state_menu(state->name) + tag("p", state->about);
    if (effects.empty()) view.content += tag("p", "None.");
    else view.content += waits ? tag("ul", {{"class", "cards"}, {"role", "list"}}, cards) : effects_list(look, effects);
    if (static_cast<int>(effects.size()) == kPageRows) {
        view.content += tag("p", link_to(address("/effects", {{"state", state->name}, {"job", effects.back().job}, {"after", effects.back().identity}}), "Further ones"));
    }
    return view;
}

View effect_view(const Look& look) {
    const auto effect = Ledger(look.store).find(look.request.argument("id"));
    if (!effect) throw Error(ErrorCode::not_found, "There is no such effect.");
    View view{"Effect " + effect->ref, "/effects", {}};
    const std::string shown = turned_down(look.store, *effect) ? "turned_down" : effect->state;
    const auto state = std::find_if(kStates.begin(), kStates.end(), [&](const State& each) { return shown == each.name; });
    view.content += facts({{"State", tag("span", {{"class", "value"}}, state_words(shown)) + Html(state == kStates.end() ? "" : std::string(". ") + state->about)},
                           {"Why", sale_reason_words(effect->reason.value_or(""))},
                           {"About", once_per_words(effect->once_per)},
                           {"Effect", effect->name + " of " + effect->job},
                           {"To", effect->service + ", " + effect->operation},
                           {"Decided in", run_link(effect->first_run)},
                           {"Sent", effect->sent_at ? time_tag(*effect->sent_at, look.zone) : Html()},
                           {"Answered", effect->replied_at ? time_tag(*effect->replied_at, look.zone) : Html()},
                           {"Reply", (effect->status ? std::to_string(*effect->status) + " " : "") + effect->reply.value_or("")}});
    const Html buttons = effect_buttons(look, *effect);
    if (!buttons.empty()) view.content += tag("h2", "Decide") + buttons;
    view.content += tag("h2", "What is sent") + body_part(*effect);
    view.content += tag("h2", "Attempts") + attempts_table(look, effect->identity);
    return view;
}

}  // namespace bindery::web
