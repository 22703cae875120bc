// Escaping, hosts, cookies, forms, routes, the overall state, charts, the exposition format: tables over pure functions.
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "exposition_check.h"
#include "web/chart.h"
#include "web/exposition.h"
#include "web/gate.h"
#include "web/html.h"
#include "web/layout.h"
#include "web/router.h"
#include "web/views.h"

using namespace bindery;
using namespace bindery::web;

TEST_CASE("text becomes markup by being escaped, whatever bytes it has") {
    const std::vector<std::pair<std::string, std::string>> kTable{
        {"plain", "plain"},
        {"<script>", "&lt;script&gt;"},
        {"\" onload='x' & more", "&quot; onload=&#39;x&#39; &amp; more"},
        {"Müller – 名", "Müller – 名"},
        {std::string("a\0b", 3), "a\xEF\xBF\xBD" "b"},
        {"bell\x07", "bell\xEF\xBF\xBD"},
        {"cut \xC3", "cut \xEF\xBF\xBD"},
        {"overlong \xC0\xBC", "overlong \xEF\xBF\xBD\xEF\xBF\xBD"},
        {"surrogate \xED\xA0\x80", "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"tab\tline\n", "tab\tline\n"},
    };
    for (const auto& [text, wanted] : kTable) CHECK(Html(text).text() == wanted);
    CHECK(tag("p", {{"title", "\"><x>"}}, "<y>").text() == "<p title=\"&quot;&gt;&lt;x&gt;\">&lt;y&gt;</p>");
}

TEST_CASE("what stands in backticks is shown as a command, and escaped as all else") {
    const std::vector<std::pair<std::string, std::string>> kTable{
        {"plain <b>", "plain &lt;b&gt;"},
        {"Run `bindery open` here.", "Run <code>bindery open</code> here."},
        {"`a` and `<b>`", "<code>a</code> and <code>&lt;b&gt;</code>"},
        {"a lone ` stays", "a lone ` stays"},
        {"`a` then `", "<code>a</code> then `"},
        {"", ""},
    };
    for (const auto& [text, wanted] : kTable) CHECK(sentence(text).text() == wanted);
}

TEST_CASE("addresses are ours, and their values are encoded") {
    CHECK(address("/record", {{"dataset", "a.b"}, {"key", "x&y=/ ?"}}) == "/record?dataset=a.b&key=x%26y%3D%2F%20%3F");
    CHECK(address("/runs", {{"job", ""}}) == "/runs");
    for (const char* foreign : {"javascript:alert(1)", "//evil.example/", "http://evil.example/", ""}) CHECK(link_to(foreign, "x").text() == "<a href=\"/\">x</a>");
}

TEST_CASE("only requests to one of our names, from this machine, are let in") {
    const Gate gate{8369, {"desk.example", "tunnel:9000"}};
    const std::vector<std::pair<std::string, bool>> kHosts{
        {"127.0.0.1:8369", true}, {"localhost:8369", true}, {"LOCALHOST:8369", true}, {"[::1]:8369", true}, {"desk.example:8369", true}, {"tunnel:9000", true},
        {"127.0.0.1", false}, {"localhost:80", false}, {"evil.example:8369", false}, {"localhost.evil.example:8369", false}, {"127.0.0.1:8369.evil.example", false},
        {"tunnel:8369", false}, {"desk.example", false}, {"", false}, {"127.0.0.1:8369, evil.example", false}, {"0.0.0.0:8369", false},
    };
    for (const auto& [host, fine] : kHosts) {
        INFO(host);
        CHECK(gate.is_ours(host) == fine);
        CHECK(refusal(gate, {"GET", "/", {}, {{"host", host}}, {}}).empty() == fine);
    }
    CHECK_FALSE(refusal(gate, {"GET", "/", {}, {}, {}}).empty());
    CHECK_FALSE(refusal(gate, {"GET", "/", {}, {{"host", "localhost:8369"}, {"host", "localhost:8369"}}, {}}).empty());
    for (const char* header : {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "x-original-host", "cf-connecting-ip", "forwarded-for", "x-proxyuser-ip", "x-rewrite-url", "x-original-url", "x-forwarded-proto", "x-azure-clientip", "x-remote-addr", "x-appengine-user-ip", "x-envoy-external-address", "cdn-loop", "x-host"}) {
        INFO(header);
        CHECK_FALSE(refusal(gate, {"GET", "/healthz", {}, {{"host", "localhost:8369"}, {header, "x"}}, {}}).empty());
    }
}

TEST_CASE("a form sent from another site's page is refused") {
    const Gate gate{8369, {}};
    const auto refused = [&](const std::string& method, const std::string& name, const std::string& value) {
        return !refusal(gate, {method, "/settle", {}, {{"host", "localhost:8369"}, {name, value}}, {}}).empty();
    };
    CHECK_FALSE(refused("POST", "sec-fetch-site", "same-origin"));
    CHECK_FALSE(refused("POST", "origin", "http://localhost:8369"));
    CHECK_FALSE(refused("POST", "origin", "null"));
    CHECK(refused("POST", "origin", "http://evil.example"));
    CHECK(refused("POST", "origin", "http://localhost:3000"));
    CHECK(refused("POST", "sec-fetch-site", "cross-site"));
    CHECK(refused("POST", "sec-fetch-site", "same-site"));
    CHECK_FALSE(refused("GET", "sec-fetch-site", "cross-site"));  // a link to a page only reads
}

TEST_CASE("a cookie is taken when it is there once") {
    const auto value = [](const Pairs& headers) { return cookie({"GET", "/", {}, headers, {}}, "bindery_1"); };
    CHECK(value({{"cookie", "bindery_1=abc"}}) == "abc");
    CHECK(value({{"cookie", "a=b; bindery_1=abc ; c=d"}}) == "abc");
    CHECK(value({{"cookie", "xbindery_1=abc"}}).empty());
    CHECK(value({{"cookie", "bindery_1=abc; bindery_1=def"}}).empty());
    CHECK(value({{"cookie", "bindery_1=abc"}, {"cookie", "bindery_1=def"}}).empty());
    CHECK(value({{"cookie", "bindery_1"}}).empty());
    CHECK(value({}).empty());
}

TEST_CASE("forms are decoded, and what can't be is told") {
    const Form form = read_form("a=1&b=x+y%26z&&c&d=%3Cx%3e&a=2");
    CHECK(form.value("a") == "1");
    CHECK(form.value("b") == "x y&z");
    CHECK(form.value("c").empty());
    CHECK(form.value("d") == "<x>");
    CHECK_FALSE(form.broken);
    for (const char* broken : {"a=%", "a=%1", "a=%zz", "a=%00", "%"}) CHECK(read_form(broken).broken);
}

TEST_CASE("secrets are the same or not") {
    CHECK(same_secret("abc", "abc"));
    CHECK_FALSE(same_secret("abc", "abd"));
    CHECK_FALSE(same_secret("abc", "abcd"));
    CHECK_FALSE(same_secret("", "a"));
}

TEST_CASE("a route is found by method and path, and another method is told what would do") {
    Router router;
    router.add("GET", "/a", [](const Request&) { return Reply{}; });
    router.add("POST", "/a", [](const Request&) { return Reply{}; });
    router.add("POST", "/b", [](const Request&) { return Reply{}; });
    CHECK(router.find("GET", "/a").handler != nullptr);
    CHECK(router.find("HEAD", "/a").handler == router.find("GET", "/a").handler);
    CHECK(router.find("PUT", "/a").allow == "GET, HEAD, POST");
    CHECK(router.find("GET", "/b").allow == "POST");
    CHECK(router.find("GET", "/a/").handler == nullptr);
    CHECK(router.find("GET", "/a/").allow.empty());
}

TEST_CASE("the state of everything is one line, worst first") {
    const auto job = [](const std::string& name, bool stale, const std::string& last, const std::string& paused = {}) {
        JobState state;
        state.facts.name = name;
        state.facts.stale = stale;
        state.facts.paused = paused;
        state.last_outcome = last;
        return state;
    };
    CHECK(overall({job("a", false, "done")}, {}, {}).headline == "All is well");
    CHECK(overall({}, {}, {}).tone == "good");
    CHECK(overall({job("a", true, "done")}, {}, {}).tone == "bad");
    CHECK(overall({job("a", false, "failed")}, {}, {}).tone == "bad");
    CHECK(overall({job("a", false, "guard")}, {}, {}).tone == "bad");
    CHECK(overall({job("a", false, "partial")}, {}, {}).tone == "good");
    CHECK(overall({job("a", false, "done", "by hand")}, {}, {}).tone == "part");
    Waiting waiting;
    waiting.in_doubt = 1;
    waiting.conflicts = 3;
    Waiting calls;
    calls.untold = 2;
    CHECK(overall({}, {}, calls).points.at(0).first == "2 sold calls were transferred by nobody: bindery status.");
    const auto waits = overall({}, {}, waiting);
    CHECK(waits.headline == "Something waits for you");
    REQUIRE(waits.points.size() == 2);
    CHECK(waits.points[0].first == "1 effect is in doubt.");
    CHECK(waits.points[1].first == "3 conflicts wait for a decision.");
    const ServiceFacts paused{"bindpilot", {{"100", 90, 0, std::chrono::seconds(5)}}, ""};
    CHECK(overall({}, {paused}, waiting).tone == "bad");
    CHECK(overall({}, {paused}, waiting).points.size() == 3);
}

TEST_CASE("a chart says in words what it draws, and marks what went wrong") {
    CHECK(history_words({}) == "No run yet");
    const std::vector<Bar> bars{{"done", 12}, {"failed", 1}, {"", 0}};
    CHECK(history_words(bars) == "Last 3 runs: 1 done, 1 failed, 1 under way; the longest took 12 s");
    const std::string svg = history_chart(bars).text();
    CHECK(svg.find("role=\"img\"") != std::string::npos);
    CHECK(svg.find("×") != std::string::npos);
    CHECK(history_chart({}).empty());
    CHECK(gauge(0, 0, "x").text().find("width=\"0\"") != std::string::npos);
}

TEST_CASE("no series comes twice, labels are escaped, families without values are left out") {
    Exposition out;
    out.family("a_total", Exposition::Type::counter, "Help \\ with\na line.");
    out.set({{"x", "q\"uo\\te\n"}}, 1);
    out.set({{"x", "q\"uo\\te\n"}}, 2);
    out.family("nothing", Exposition::Type::gauge, "Nothing.");
    out.family("b", Exposition::Type::gauge, "B.");
    out.set({}, 0.25);
    const std::string text = out.text();
    CHECK(text == "# HELP a_total Help \\\\ with\\na line.\n# TYPE a_total counter\na_total{x=\"q\\\"uo\\\\te\\n\"} 2\n# HELP b B.\n# TYPE b gauge\nb 0.25\n");
    CHECK(test::faults_of_exposition(text).empty());
    CHECK(test::faults_of_exposition("# HELP a A.\n# TYPE a counter\na 1\n").size() == 1);          // a counter's name
    CHECK(test::faults_of_exposition("# HELP a A.\n# TYPE a gauge\na 1\na 2\n").size() == 1);       // twice
    CHECK(test::faults_of_exposition("# TYPE a gauge\na 1\n").size() == 1);                         // no help
    CHECK(test::faults_of_exposition("# HELP a A.\n# TYPE a gauge\na{x=\"1\" 2\n").size() >= 1);    // broken labels
}
