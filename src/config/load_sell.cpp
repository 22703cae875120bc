#include "config/load_sell.h"

#include <algorithm>

#include "config/scalar.h"
#include "core/decimal.h"
#include "core/us_states.h"

namespace bindery {
namespace {

constexpr Duration kCallBidLife = std::chrono::seconds(60);

// Dollars: a decimal number that isn't negative, with two places at most.
void check_money(const Tree& tree, const std::string& key, Faults& faults) {
    const auto money = parse_decimal(tree.text);
    if (money && !money->negative && money->fraction.size() <= 2) return;
    faults.add(tree.place, "`" + key + "` must be dollars, such as 3.00, not `" + tree.written + "`");
}

bool is_state(const std::string& code) {
    return std::any_of(kUsStates.begin(), kUsStates.end(), [&](const UsState& state) { return state.code == code; });
}

void read_floor(const Reader& read, SellStep& step, Faults& faults) {
    const Tree& floor = *read.find("floor");
    if (floor.kind == Tree::Kind::scalar) {
        check_money(floor, "floor", faults);
        step.floor = floor.text;
        return;
    }
    bool any = false;
    for (const Member& member : floor.members) {
        check_money(*member.value, "floor." + member.name, faults);
        any = any || member.name == "any";
        if (member.name == "any") step.floor = member.value->text;
        else if (is_state(member.name)) step.state_floors[member.name] = member.value->text;
        else faults.add(member.place, "`floor` has prices by state (TX) and `any`, not `" + member.name + "`");
    }
    if (!any) faults.add(floor.place, "`floor` needs `any`, the least price in the states that it doesn't name");
}

void read_calls(const Reader& read, SellStep& step, Faults& faults) {
    const Reader hand = read.below("hand_off");
    step.hand_command = hand.texts("command");
    step.hand_url = hand.text("url");
    step.hand_secret = hand.text("secret");
    step.hand_at = hand.place(step.hand_command.empty() ? "url" : "command");
    step.hand_secret_at = hand.place("secret");
    step.hand_within = hand.duration("within", step.hand_within);
    const Reader hours = read.below("hours");
    step.from_hour = static_cast<int>(hours.integer("from", step.from_hour));
    step.to_hour = static_cast<int>(hours.integer("to", step.to_hour));
    if (step.from_hour >= step.to_hour) faults.add(read.place("hours"), "`hours.from` must come before `hours.to`");
    if (!step.call) {
        for (const char* key : {"hand_off", "hours"}) {
            if (read.has(key)) faults.add(read.key_place(key), std::string("`") + key + "` is for `kind: call`");
        }
        if (step.inbound) faults.add(read.place("consent"), "`consent: inbound` is for `kind: call`: a lead is sold with its certificate");
        return;
    }
    if (read.has("hand_off") && step.hand_command.empty() == step.hand_url.empty()) faults.add(read.key_place("hand_off"), "`hand_off` takes either `command` or `url`");
    if (!step.hand_secret.empty() && step.hand_url.empty()) faults.add(hand.place("secret"), "`hand_off.secret` signs what goes to a `url`");
    if (step.live && !read.has("hand_off")) faults.add(step.place, "a call that is sold must be transferred: `hand_off` says who is told where to");
}

void add_places(const Tree& tree, const std::string& path, std::map<std::string, Place>& places) {
    for (const Member& member : tree.members) {
        const std::string name = (path.empty() ? "" : path + ".") + member.name;
        places.emplace(name, member.place);
        add_places(*member.value, name, places);
    }
    for (std::size_t i = 0; i < tree.items.size(); ++i) add_places(*tree.items[i], path + "[" + std::to_string(i) + "]", places);
}

}  // namespace

SellStep read_sell(const Reader& read, const SharedSelects& shared, Faults& faults) {
    SellStep step;
    step.place = read.place("sell");
    step.call = read.text("kind") == "call";
    step.live = read.text("mode") == "live";
    step.inbound = read.text("consent") == "inbound";
    step.own_certificate = read.text("consent") == "own_certificate";
    step.post.place = step.place;
    step.post.service = read.text("sell");
    step.post.operation = "post";
    step.post.effect = read.text("effect");
    step.post.select = with_shared(shared, read.text("select"));
    step.post.select_place = read.find("select")->first_line;
    for (const Member& member : read.members("once_per")) step.post.once_per.emplace_back(member.name, field_type(member.value->text).value_or(FieldType::text));
    step.post.needs_complete = read.has("needs");
    step.post.body = to_json(*read.find("lead"));
    add_places(*read.find("lead"), "", step.lead_places);
    for (const Member& member : read.members("passed_over")) {
        step.post.passed_over.push_back({member.name, with_shared(shared, member.value->text), member.value->first_line});
    }
    step.consent_life = read.duration("consent_life", step.consent_life);
    const Reader again = read.below("not_again");
    step.sold_window = again.duration("sold", step.sold_window);
    step.tried_window = again.duration("tried", step.tried_window);
    read_floor(read, step, faults);
    const Reader daily = read.below("daily");
    if (daily.has("count")) step.daily_count = daily.integer("count", 0);
    if (const Tree* money = daily.find("money")) {
        check_money(*money, "daily.money", faults);
        step.daily_money = money->text;
    }
    step.pings = static_cast<int>(read.integer("pings", step.pings));
    step.bid_life = read.duration("bid_life", step.call ? kCallBidLife : step.bid_life);
    step.send_birth_date = read.flag("birth_date", false);
    step.follow = read.duration("follow", step.call ? Duration(std::chrono::hours(4)) : Duration(std::chrono::minutes(10)));
    step.follow_every = read.duration("follow_every", step.call ? step.follow_every : Duration(std::chrono::seconds(30)));
    read_calls(read, step, faults);
    return step;
}

}  // namespace bindery
