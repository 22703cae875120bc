// What goes wrong while a list is read: pages that are no pages, failures, stops; and how the next run goes on.
#include "services/list_service.h"

using namespace bindery;
using namespace bindery::test;
using End = ListPull::End;

TEST_CASE("a page is read from each shape that services use") {
    struct Case {
        const char* about;
        std::string data;  // pointer
        std::string body;
        std::size_t rows;
        std::optional<std::int64_t> total;
    };
    const Case cases[] = {
        {"an array under data", "/data", R"({"data":[{"id":1},{"id":2}],"meta":{"total":2}})", 2, 2},
        {"an object with one array in it", "/data", R"({"data":{"things":[{"id":1}],"page":1}})", 1, {}},
        {"an array alone", "", R"([{"id":1},{"id":2},3])", 3, {}},
        {"none", "/data", R"({"meta":{"total":0},"data":[]})", 0, 0},
        {"null for none, where a total is beside it", "/data", R"({"data":null,"meta":{"total":0}})", 0, 0},
        {"null past the end", "/data", R"({"data":null,"meta":{"total":12}})", 0, 12},
        {"a byte order mark", "/data", "\xEF\xBB\xBF{\"data\":[{\"id\":1}]}", 1, {}},
        {"spaces around", "/data", "\r\n {\"data\" : [ {\"id\":1} , {} ] }\n", 2, {}},
        {"a total as text", "/data", R"({"data":[{"id":1}],"meta":{"total":"1"}})", 1, 1},
        {"a total with a point", "/data", R"({"data":[{"id":1}],"meta":{"total":1.0}})", 1, 1},
        {"a total that is none", "/data", R"({"data":[{"id":1}],"meta":{"total":1.5}})", 1, {}},
        {"a total that is no number", "/data", R"({"data":[{"id":1}],"meta":{"total":"1 or more"}})", 1, {}},
        {"a total of another kind", "/data", R"({"data":[{"id":1}],"meta":{"total":true}})", 1, {}},
        {"a total below zero", "/data", R"({"data":[{"id":1}],"meta":{"total":-1}})", 1, {}},
        {"a total beyond all counts", "/data", R"({"data":[{"id":1}],"meta":{"total":1000000000000000000000}})", 1, {}},
        {"brackets in texts", "/data", R"({"data":[{"a":"]}\"["}],"meta":{"total":1}})", 1, 1},
    };
    for (const auto& c : cases) {
        CAPTURE(c.about);
        Envelope envelope;
        envelope.data = c.data;
        envelope.total = "/meta/total";
        const Page page = read_page(envelope, c.body);
        CHECK(page.problem.empty());
        CHECK(page.documents.size() == c.rows);
        CHECK(page.total == c.total);
    }
}

TEST_CASE("what is no page says why, without its content") {
    const std::pair<std::string, const char*> cases[] = {
        {"", "the reply is empty"},
        {" \n", "the reply is empty"},
        {"\xEF\xBB\xBF", "the reply is empty"},
        {"<html>Jane</html>", "the reply is a web page, not JSON (a proxy, or a wrong base_url?)"},
        {"Jane", "the reply isn't JSON"},
        {R"({"data":{"id":"Jane"}})", "the reply has no list at /data, or was cut short"},
        {R"({"data":{"a":[],"b":[]}})", "the reply has no list at /data, or was cut short"},
        {R"({"data":null})", "the reply has no list at /data, or was cut short"},
        {R"({"data":[{"id":"Jane"},{"i)", "the reply has no list at /data, or was cut short"},
        {R"({"data":[{"id":"Jane"}])", "the reply has no list at /data, or was cut short"},
        {R"({"data":[{"id":"Jane"}],"meta":{)", "the reply has no list at /data, or was cut short"},
    };
    for (const auto& [body, problem] : cases) {
        CAPTURE(body);
        CHECK(read_page(Envelope{}, body).problem == problem);
    }
}

TEST_CASE("an error beside a list, empty or not, is no page") {
    Envelope envelope;
    envelope.error_code = "/error/code";
    envelope.success = "/success";
    for (const char* body : {R"({"data":[],"error":{"code":"down"}})", R"({"success":false,"data":[{"id":1}]})", R"({"data":[],"success":"error"})"}) {
        CAPTURE(body);
        CHECK(read_page(envelope, body).problem == "the service answered with an error inside a success");
    }
    envelope.total = "/meta/total";
    CHECK_FALSE(read_page(envelope, R"({"success":false,"data":null,"meta":{"total":0}})").problem.empty());
    CHECK_FALSE(read_page(envelope, R"({"data":null,"meta":{"total":0}} and more)").problem.empty());
    CHECK(read_page(envelope, R"({"success":true,"data":[{"success":false}],"error":null})").problem.empty());
    envelope.data = "";  // the reply is the list itself
    CHECK(read_page(envelope, R"([{"success":false}])").problem.empty());
}

TEST_CASE("a page that is no good is asked for again, and read once") {
    const Answer bad[] = {status(200, R"({"data":[{"id":"k11")"), status(200, "<html>"),  status(200, ""),
                          status(503),                            lost(),                 status(429),
                          status(200, R"({"data":[{"id":}]})"),
                          status(200, R"({"error":{"code":"busy"}})")};
    for (const bool with_total : {false, true}) {
        for (const auto& answer : bad) {
            CAPTURE(with_total, answer.status, answer.body);
            ListService list(35);
            if (with_total) list.total = "35";
            int failures = 0;
            list.instead = [&](int page) { return page == 2 && failures++ < 2 ? std::optional(answer) : std::nullopt; };
            const ListPull pull = list.pull();
            CHECK(list.verdict(pull) == "complete");
            CHECK(pull.facts.keys == 35);
            const auto asked = list.asked();
            CHECK(std::count(asked.begin(), asked.end(), 2) == 3);
        }
    }
}

TEST_CASE("one record that the service can't write costs itself alone") {
    for (const char* bad : {R"({"id":"bad","name":"half \ud83d"})", "{\"id\":\"bad\",\"name\":\"a\tb\"}", R"({"id":"bad","premium":NaN})"}) {
        CAPTURE(bad);
        ListService list(35);
        list.instead = [&](int page) {
            if (page != 2) return std::optional<Answer>();
            std::string text = list.page_text(1);
            text.insert(text.find('[') + 1, std::string(bad) + ",");
            return std::optional(status(200, text));
        };
        const ListPull pull = list.pull();
        CHECK_FALSE(pull.failure);
        CHECK(pull.facts.keys == 35);
        CHECK(pull.facts.keyless == 1);
    }
}

TEST_CASE("a page that fails for good ends the pull, and what came is kept") {
    struct Case {
        Answer answer;
        CallEnding ending;
        const char* verdict;
    };
    const Case cases[] = {
        {status(500), CallEnding::in_doubt, "incomplete: the service answered 500"},
        {status(401), CallEnding::barred, "incomplete: the service answered 401"},
        {status(200, R"({"data":{}})"), CallEnding::in_doubt, "incomplete: the reply has no list at /data, or was cut short"},
        {status(200, R"({"error":{"code":"maintenance"}})"), CallEnding::in_doubt, "incomplete: the service answered with error maintenance"},
        {not_sent(), CallEnding::not_sent, "incomplete: no connection (refused)"},
    };
    for (const auto& c : cases) {
        for (const bool with_total : {false, true}) {
            CAPTURE(c.verdict, with_total);
            ListService list(65);
            list.service.breaker_failures = 100;
            if (with_total) list.total = "65";
            list.instead = [&](int page) { return page == 3 ? std::optional(c.answer) : std::nullopt; };
            const ListPull pull = list.pull();
            REQUIRE(pull.failure);
            CHECK(pull.failure->ending == c.ending);
            CHECK(pull.facts.keys >= 20);
            CHECK(list.verdict(pull) == c.verdict);
        }
    }
}

TEST_CASE("a pull that was stopped goes on at its last page without a gap, and is told as resumed") {
    for (const bool with_total : {false, true}) {
        CAPTURE(with_total);
        ListService list(75);
        if (with_total) list.total = "75";
        list.latency = [](int page) -> Duration { return page == 4 ? 2s : 100ms; };  // page 5 comes before page 4
        const ListPull first = list.pull(with_total ? 150ms : 450ms);
        REQUIRE(first.failure);
        CHECK(first.failure->ending == CallEnding::out_of_time);
        CHECK(first.end == End::none);
        const int last = first.facts.pages.back();
        list.start_again();
        list.clock.advance(10min);
        const ListPull second = list.pull();
        CHECK(list.asked().front() == last);
        CHECK(second.facts.keys == 75);
        CHECK(second.facts.repeated == 0);
        CHECK(list.verdict(second) == "resumed");
        CHECK(list.wire.sent.size() <= static_cast<std::size_t>(10 - last));
    }
}

TEST_CASE("only the pages without a gap are gone on from") {
    ListService list(75);
    list.total = "75";
    list.service.retry.waits = {};
    list.instead = [](int page) { return page == 3 ? std::optional(status(500)) : std::nullopt; };
    const ListPull first = list.pull();
    REQUIRE(first.failure);
    CHECK(first.facts.pages.size() >= 4);
    list.instead = nullptr;
    list.start_again();
    const ListPull second = list.pull();
    CHECK(list.asked().front() == 2);
    CHECK(second.facts.keys == 75);
    CHECK(list.verdict(second) == "resumed");
}

TEST_CASE("a list that moved, or staged pages that are old, are read anew and may be complete") {
    for (const bool moved : {true, false}) {
        for (const int first_page : {1, 0}) {
            CAPTURE(moved, first_page);
            ListService list(35);
            list.service.paging.first = first_page;
            REQUIRE(list.pull(110ms).failure);
            list.start_again();
            if (moved) list.rows.insert(list.rows.begin(), thing(99));
            if (!moved) list.clock.advance(31min);
            const ListPull second = list.pull();
            CHECK(second.facts.keys == (moved ? 36 : 35));
            CHECK(second.facts.repeated == 0);
            CHECK(list.verdict(second) == "complete");
        }
    }
}

TEST_CASE("a pull that had all its pages when it died asks for the last one only") {
    for (const char* total : {"", "35", "40"}) {
        CAPTURE(total);
        ListService list(*total == '4' ? 40 : 35);
        if (*total != '\0') list.total = total;
        const ListPull first = list.pull();
        CHECK(list.verdict(first) == "complete");
        list.start_again();
        const ListPull second = list.pull();
        CHECK(second.facts.keys == first.facts.keys);
        CHECK(list.verdict(second) == "resumed");
        CHECK(list.wire.sent.size() <= 2);
    }
}

TEST_CASE("an overlapping page that is no good is asked for again like any other") {
    ListService list(35);
    REQUIRE(list.pull(110ms).failure);
    list.start_again();
    int bad = 0;
    list.instead = [&](int) { return bad++ == 0 ? std::optional(status(200, R"({"data":[{"id":tru}]})")) : std::nullopt; };
    const ListPull second = list.pull();
    CHECK(list.verdict(second) == "resumed");
    CHECK(second.facts.keys == 35);
}

TEST_CASE("a closing page that repeats is told apart from rows that came twice, also after a resume") {
    ListService list(20);
    list.instead = [&](int page) { return page > 2 ? std::optional(status(200, list.page_text(1))) : std::nullopt; };
    const ListPull first = list.pull();
    CHECK(first.end == End::no_new_key);
    CHECK(first.closing_repeats == 10);
    CHECK(list.verdict(first) == "complete");
    list.start_again();
    const ListPull second = list.pull();
    CHECK(second.facts.keys == 20);
    CHECK(list.verdict(second) == "resumed");
}

TEST_CASE("the staged reading of a page is when its last request left") {
    ListService list(5);
    int n = 0;
    list.instead = [&](int page) { return page == 1 && n++ == 0 ? std::optional(status(503, "", {{"retry-after", "60"}})) : std::nullopt; };
    const WallTime began = list.clock.wall();
    const ListPull pull = list.pull();
    CHECK(pull.facts.began == began);
    list.start_again();
    list.clock.advance(25min);
    CHECK(list.verdict(list.pull(1h, 26min)) == "resumed");  // as young as the second request
}

TEST_CASE("progress is told with each page") {
    ListService list(25);
    list.total = "25";
    std::vector<std::int64_t> rows;
    pull_list(list.caller(), list.resource, list.staging(), list.clock, 1h, list.in(1h), [&](const PullProgress& progress) {
        rows.push_back(progress.rows);
        CHECK(progress.total == 25);
    });
    CHECK(rows == std::vector<std::int64_t>{10, 20, 25});
}
