// Where a list ends: with a total and without, by honest services, capped ones and liars.
#include "services/list_service.h"

using namespace bindery;
using namespace bindery::test;
using End = ListPull::End;

TEST_CASE("without a total a list is read page by page to an empty page, never only to a short one") {
    struct Case {
        int rows, sent_at_most;
        std::vector<int> pages;
    };
    const Case cases[] = {{0, 10, {1}}, {1, 10, {1, 2}}, {10, 10, {1, 2}}, {25, 10, {1, 2, 3, 4}}, {25, 7, {1, 2, 3, 4, 5}}};
    for (const auto& c : cases) {
        CAPTURE(c.rows, c.sent_at_most);
        ListService list(c.rows);
        list.page_rows = c.sent_at_most;
        const ListPull pull = list.pull();
        CHECK(list.asked() == c.pages);
        CHECK(pull.end == End::empty_page);
        CHECK(pull.facts.keys == c.rows);
        CHECK(list.verdict(pull) == "complete");
        CHECK(list.wire.sent.at(0).request.url == "https://api.test/v1/things?page=1&per_page=10");
    }
}

TEST_CASE("with a total the pages come in parallel, and a total of whole pages costs one more") {
    struct Case {
        int rows, sent_at_most;
        std::size_t pages;
        End end;
    };
    const Case cases[] = {{0, 10, 1, End::empty_page},   {95, 10, 10, End::told}, {100, 10, 11, End::empty_page},
                          {95, 7, 14, End::told},        {5, 10, 2, End::empty_page}, {11, 10, 2, End::told}};
    for (const auto& c : cases) {
        for (int order = 0; order < 3; ++order) {  // replies in order, backwards, and mixed
            CAPTURE(c.rows, c.sent_at_most, order);
            ListService list(c.rows);
            list.page_rows = c.sent_at_most;
            list.total = std::to_string(c.rows);
            list.latency = [order](int page) -> Duration {
                return order == 0 ? 50ms : order == 1 ? 1s - page * 50ms : 20ms + (page * 7 % 5) * 100ms;
            };
            std::size_t most = 0;
            list.made = nullptr;
            const auto inner = list.handler;
            list.handler = [&](const HttpRequest& request, BootTime now) {
                most = std::max(most, list.wire.under_way() + 1);
                return inner(request, now);
            };
            const ListPull pull = list.pull();
            CHECK(pull.end == c.end);
            CHECK(pull.facts.keys == c.rows);
            CHECK(list.verdict(pull) == "complete");
            CHECK(list.different_pages() == c.pages);
            CHECK(list.wire.sent.size() == c.pages);
            CHECK(most == std::min<std::size_t>(4, c.pages > 1 ? c.pages - 1 : 1));
        }
    }
}

TEST_CASE("a service that refuses the page after the last one has still told its whole list") {
    for (int order = 0; order < 2; ++order) {
        CAPTURE(order);
        ListService list(20);
        list.total = "20";
        list.instead = [](int page) { return page > 2 ? std::optional(status(404)) : std::nullopt; };
        // The refusal may come before the last rows do.
        list.latency = [order](int page) -> Duration { return order == 0 || page != 2 ? 50ms : 5s; };
        const ListPull pull = list.pull();
        CHECK_FALSE(pull.failure);
        CHECK(pull.end == End::told);
        CHECK(list.verdict(pull) == "complete");
    }
}

TEST_CASE("a refusal where rows should be is a failure, with a total or without") {
    for (const char* total : {"", "35"}) {
        ListService list(35);
        if (*total != '\0') list.total = total;
        list.instead = [](int page) { return page == 3 ? std::optional(status(400)) : std::nullopt; };
        const ListPull pull = list.pull();
        REQUIRE(pull.failure);
        CHECK(pull.failure->ending == CallEnding::refused);
        CHECK(list.verdict(pull) == "incomplete: the service answered 400");
        CHECK(pull.facts.keys >= 20);  // what came is kept
    }
}

TEST_CASE("a total that lies is found out, and never ends a list early") {
    struct Case {
        const char* about;
        std::vector<const char*> totals;  // one a page; the last one for all that follow; "": none
        std::int64_t keys;
        const char* verdict;
    };
    const Case cases[] = {
        {"too small", {"12"}, 35, "incomplete: the service tells of 12 records and sent 35"},
        {"the rows of the page", {"10", "10", "10", "5", "0"}, 35, "incomplete: the total changed while the list was read"},
        {"a page too small", {"30"}, 35, "incomplete: the service tells of 30 records and sent 35"},
        {"too big", {"1000"}, 35, "incomplete: the service tells of 1000 records and sent 35"},
        {"far too big", {"9223372036854775807"}, 35, "incomplete: the service tells of 9223372036854775807 records and sent 35"},
        {"moving", {"35", "36"}, 35, "incomplete: the total changed while the list was read"},
        {"negative is none", {"-1"}, 35, "complete"},
        {"text is none", {"\"35\""}, 35, "complete"},
        {"a fraction is none", {"35.5"}, 35, "complete"},
        {"beyond all numbers is none", {"99999999999999999999999"}, 35, "complete"},
        {"missing later", {"35", ""}, 35, "complete"},
        {"told late", {"", "", "35"}, 35, "complete"},
        {"zero", {"0"}, 35, "incomplete: the service tells of 0 records and sent 35"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.about);
        ListService list(35);
        list.instead = [&](int page) -> std::optional<Answer> {
            const auto index = std::min(c.totals.size(), static_cast<std::size_t>(page)) - 1;
            list.total.reset();
            if (*c.totals[index] != '\0') list.total = c.totals[index];
            return std::nullopt;
        };
        const ListPull pull = list.pull();
        CHECK(pull.facts.keys == c.keys);
        CHECK(list.verdict(pull) == c.verdict);
        CHECK(list.wire.sent.size() <= 9);
    }
}

TEST_CASE("a service that ignores the page parameter ends its list where it repeats itself") {
    struct Case {
        int rows;
        const char* total;
        const char* verdict;
    };
    const Case cases[] = {{10, "", "complete"},
                          {10, "10", "complete"},
                          {10, "35", "incomplete: the service tells of 35 records and sent 10"}};
    for (const auto& c : cases) {
        CAPTURE(c.total);
        ListService list(c.rows);
        if (*c.total != '\0') list.total = c.total;
        list.instead = [&](int) { return std::optional(status(200, list.page_text(0))); };
        const ListPull pull = list.pull();
        CHECK(pull.end == End::no_new_key);
        CHECK(pull.facts.keys == 10);
        CHECK(list.verdict(pull) == c.verdict);
        CHECK(list.wire.sent.size() <= 5);
    }
}

TEST_CASE("a service that repeats rows without a key for ever is left after a few pages") {
    ListService list;
    list.rows = {"null", "[1]", "\"text\"", R"({"name":"no id"})", R"({"id":null})", R"({"id":{"a":1}})"};
    list.instead = [&](int) { return std::optional(status(200, list.page_text(0))); };
    const ListPull pull = list.pull();
    CHECK(pull.facts.keys == 0);
    CHECK(pull.facts.keyless >= 6);
    CHECK(list.verdict(pull).find("have no key") != std::string::npos);
    CHECK(list.wire.sent.size() <= 4);
}

TEST_CASE("rows without a key are kept for quarantine and don't end a list") {
    ListService list(35);
    for (std::size_t i = 10; i < 20; ++i) list.rows[i] = "7";
    const ListPull pull = list.pull();
    CHECK(pull.facts.keys == 25);
    CHECK(pull.facts.keyless == 10);
    CHECK(list.verdict(pull) == "incomplete: 10 rows have no key, so what else is there can't be told");
}

TEST_CASE("keys that come twice and rows that shift make a pull incomplete") {
    ListService twice(25);
    twice.rows[17] = thing(3);
    CHECK(twice.verdict(twice.pull()) == "incomplete: 1 record came twice, so the list moved while it was read");

    ListService inserted(25);
    inserted.total = "25";
    inserted.instead = [&](int page) {
        if (page == 2) inserted.rows.insert(inserted.rows.begin(), thing(99)), inserted.total = "26";
        return std::optional<Answer>();
    };
    CHECK(inserted.verdict(inserted.pull()) == "incomplete: the total changed while the list was read");

    ListService pushed(25);  // one new, one gone: the total stands still
    pushed.total = "25";
    pushed.instead = [&](int page) {
        if (page == 2) pushed.rows.insert(pushed.rows.begin(), thing(99)), pushed.rows.pop_back();
        return std::optional<Answer>();
    };
    CHECK(pushed.verdict(pushed.pull()) == "incomplete: 1 record came twice, so the list moved while it was read");
}

TEST_CASE("a list that comes in one reply is asked for once, without page parameters") {
    ListService list(25);
    list.page_rows = 1000;
    list.resource.paged = false;
    list.resource.query = {{"state", "TX & OK"}};
    const ListPull pull = list.pull();
    CHECK(pull.end == End::told);
    CHECK(list.verdict(pull) == "complete");
    REQUIRE(list.wire.sent.size() == 1);
    CHECK(list.wire.sent[0].request.url == "https://api.test/v1/things?state=TX%20%26%20OK");
}

TEST_CASE("pages may be counted from 0, and their parameters may have other names or none for the size") {
    ListService list(25);
    list.service.paging = {"page", "", 10, 0};
    const ListPull pull = list.pull();
    CHECK(list.asked() == std::vector<int>{0, 1, 2, 3});
    CHECK(list.verdict(pull) == "complete");
    CHECK(list.wire.sent[0].request.url == "https://api.test/v1/things?page=0");
}
