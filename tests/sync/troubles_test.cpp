// Who is told of what: once, again when it grows, and when it's over.
#include "sync/troubles.h"

#include <catch2/catch.hpp>

using namespace bindery;

namespace {

std::string keys(const std::vector<std::string>& list) {
    std::string all;
    for (const auto& key : list) all += (all.empty() ? "" : " ") + key;
    return all;
}

std::string news(const Troubles& told, const Troubles& now) {
    const News n = news_of(told, now);
    return keys(n.fresh) + " | " + keys(n.grown) + " | " + keys(n.over);
}

const Trouble kFailed{"job renewals failed", 1};

}  // namespace

TEST_CASE("a trouble is told once, again when it grows, and its end") {
    const Troubles none, one{{"failed renewals", kFailed}}, three{{"in_doubt", {"3 in doubt", 3}}}, four{{"in_doubt", {"4 in doubt", 4}}};
    struct Row {
        Troubles told, now;
        std::string expected;
    };
    const std::vector<Row> rows{
        {none, none, " |  | "},
        {none, one, "failed renewals |  | "},
        {one, one, " |  | "},
        {one, none, " |  | failed renewals"},
        {three, four, " | in_doubt | "},
        {four, three, " |  | "},
        {one, three, "in_doubt |  | failed renewals"},
    };
    for (const Row& row : rows) {
        CHECK(news(row.told, row.now) == row.expected);
        CHECK(news(news_of(row.told, row.now).known, row.now) == " |  | ");  // told is told
    }
    // What became less is known by its new level: the next growth is told.
    CHECK(news(news_of(four, three).known, four) == " | in_doubt | ");
}

TEST_CASE("one message has all that is new, what is over, and what is still there") {
    const Troubles told{{"stale leads", {"job leads is stale", 1}}, {"conflicts", {"2 conflicts", 2}}, {"held", {"1 held", 1}}};
    const Troubles now{{"failed renewals", kFailed}, {"conflicts", {"5 conflicts", 5}}, {"held", {"1 held", 1}}};
    const Message message = message_of("acme", news_of(told, now), told, now);
    CHECK(message.subject == "Bindery acme: 2 things need you");
    CHECK(message.body ==
          "New:\n- job renewals failed\n\nMore of it:\n- 5 conflicts\n\nOver:\n- job leads is stale\n\nStill there:\n- 1 held\n\n");
    CHECK(message_of("acme", news_of(told, {}), told, {}).subject == "Bindery acme: all is well again");
    const Troubles forged{{"failed leads", {"job leads failed: no\n- all is well", 1}}};
    CHECK(message_of("acme", news_of({}, forged), {}, forged).body == "New:\n- job leads failed: no - all is well\n\n");
    const Troubles rest{{"held", {"1 held", 1}}};
    CHECK(message_of("acme", news_of(told, rest), told, rest).subject == "Bindery acme: 2 troubles are over");
}
