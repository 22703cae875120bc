// The daemon's pages as the program puts them together: the shipped config, a store of its own, over a socket.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "app/page_facts.h"
#include "app/start_pages.h"
#include "core/error.h"
#include "net/http.h"
#include "store/conflicts.h"
#include "store/datasets.h"
#include "store/ledger.h"
#include "store/web_access.h"
#include "support/temp_folder.h"

using namespace bindery;

namespace {

struct Running {
    Running() {
        environment = {{"HOME", folder.path().string()}, {"BI369_PROJECT", "prj_1"}, {"BINDPILOT_API_KEY", "k"}};
        auto loaded = std::make_shared<Config>(load_config(std::filesystem::path(BINDERY_SOURCE_DIR) / "config/bindery.yaml", environment));
        loaded->settings.budget = folder / "budget.db";
        config = loaded;
        source.config = [this] { return config; };
        source.store = folder / "agency.db";
        source.environment = environment;
        source.clock = &clock;
        for (const auto& [name, service] : config->services) {
            for (const auto& [resource_name, resource] : service.resources) ensure_dataset(store, resource.mapping);
        }
    }

    HttpReply ask(const std::string& method, const std::string& path, const std::string& cookie = {}, const std::string& body = {}) {
        HttpRequest request;
        request.method = method;
        request.url = "http://127.0.0.1:" + std::to_string(pages->port()) + path;
        if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.body = body;
        wire->start(1, request);
        const auto reply = wire->drain(clock.boot() + std::chrono::seconds(20));
        REQUIRE(reply);
        return *reply;
    }

    bindery::test::TempFolder folder;
    SystemClock clock;
    Environment environment;
    std::shared_ptr<const Config> config;
    Store store{folder / "agency.db", clock};
    PagesSource source;
    std::unique_ptr<web::Pages> pages;
    CurlRuntime runtime;
    StopFlag stop;
    std::unique_ptr<Wire> wire = make_curl_wire(clock, stop);
};

}  // namespace

TEST_CASE("the pages start with the shipped config, show its jobs, and a decision goes where the command's goes") {
    Running running;
    running.source.amend = [](web::JobFacts& job) {
        if (job.name == "quotes") job.paused = "by hand, until Monday";
    };
    running.source.not_ready = [] { return std::vector<std::string>{"the scheduler has stopped"}; };
    running.pages = start_pages(running.source, true);
    CHECK(running.ask("GET", "/healthz").body == "ok\n");
    CHECK(running.ask("GET", "/readyz").status == 503);
    CHECK(running.ask("GET", "/metrics").body.find("bindery_job_stale{job=\"renewals\"}") != std::string::npos);
    CHECK(running.ask("GET", "/").status == 401);

    const std::string link = new_web_token();
    WebAccess(running.store).allow_link(link);
    const HttpReply opened = running.ask("POST", "/login", "", "token=" + link);
    REQUIRE(opened.status == 303);
    REQUIRE(opened.header("set-cookie") != nullptr);
    const std::string cookie = opened.header("set-cookie")->substr(0, opened.header("set-cookie")->find(';'));
    const std::string overview = running.ask("GET", "/", cookie).body;
    for (const char* part : {"renewals", "policies", "by hand, until Monday", "calls left", "bi369"}) CHECK(overview.find(part) != std::string::npos);

    ConflictRow conflict;
    conflict.job = "policies";
    conflict.kind = "gone";
    conflict.ours = "book.policies";
    conflict.theirs = "bindpilot.policies";
    conflict.ours_key = "o1";
    conflict.theirs_key = "t1";
    running.store.transaction([&] { Conflicts(running.store).open(conflict, 1); });
    const std::string session = cookie.substr(cookie.find('=') + 1);
    const std::string token = "token=" + WebAccess(running.store).form_token(session);
    const auto seen = [&] { return "&seen=" + mark_of(*Conflicts(running.store).find(1)); };
    const auto told = [&](const std::string& path, const std::string& fields) {
        const HttpReply reply = running.ask("POST", path, cookie, token + fields);
        REQUIRE(reply.header("location") != nullptr);
        CHECK(reply.header("location")->find("told") == std::string::npos);
        return running.ask("GET", *reply.header("location"), cookie).body;
    };
    CHECK(told("/resolve", "&id=1&take=sideways" + seen()).find("Nothing was changed: conflict 1 is about a record") != std::string::npos);
    CHECK(running.store.db().execAndGet("SELECT state FROM conflict").getString() == "open");
    // What the page showed is no more: the run has brought other values since.
    const std::string old = seen();
    conflict.theirs_value = "hash";
    running.store.transaction([&] { Conflicts(running.store).open(conflict, 2); });
    CHECK(told("/resolve", "&id=1&take=ours" + old).find("other values now") != std::string::npos);
    CHECK(told("/resolve", "&id=1&take=ours").find("other values now") != std::string::npos);
    CHECK(running.store.db().execAndGet("SELECT state FROM conflict").getString() == "open");

    EffectRow effect;
    effect.name = "renewal_task";
    effect.once_per = R"({"policy":"P1"})";
    effect.identity = Ledger(running.store).identity(effect.name, effect.once_per);
    effect.ref = Ledger::short_ref(effect.identity);
    effect.job = "renewals";
    effect.state = "held";
    running.store.transaction([&] { Ledger(running.store).put(effect); });
    const auto state = [&] { return Ledger(running.store).find(effect.identity)->state; };
    const std::string fields = "&id=" + effect.identity + "&seen=" + mark_of(*Ledger(running.store).find(effect.identity));
    CHECK(told("/settle", fields + "&as=sideways").find("Nothing was changed") != std::string::npos);
    CHECK(state() == "held");
    CHECK(told("/settle", fields + "&as=drop").find("held, now dropped") != std::string::npos);
    // The second tab, which still shows it as held.
    CHECK(told("/settle", fields + "&as=retry").find("is dropped now: it has changed since that page was made") != std::string::npos);
    CHECK(state() == "dropped");
}

TEST_CASE("a decision while something long writes the store changes nothing, says so, and leaves the pages alone") {
    Running running;
    running.pages = start_pages(running.source, true);
    const std::string link = new_web_token();
    WebAccess(running.store).allow_link(link);
    const HttpReply opened = running.ask("POST", "/login", "", "token=" + link);
    const std::string cookie = opened.header("set-cookie")->substr(0, opened.header("set-cookie")->find(';'));
    const std::string token = "token=" + WebAccess(running.store).form_token(cookie.substr(cookie.find('=') + 1));
    running.store.transaction([&] {
        const HttpReply reply = running.ask("POST", "/resolve", cookie, token + "&id=1&take=ours&seen=x");
        CHECK(reply.status == 303);
        CHECK(running.ask("GET", "/conflicts", cookie).body.find("Nothing was changed. The store is being written") != std::string::npos);
        CHECK(running.ask("GET", "/metrics").status == 200);
    });
}

TEST_CASE("port 0 in the settings means no pages") {
    Running running;
    auto off = std::make_shared<Config>(*running.config);
    off->settings.web.port = 0;
    running.config = off;
    CHECK(start_pages(running.source) == nullptr);
}

TEST_CASE("schedules in words, and what an account without a key says") {
    Running running;
    const auto facts = budget_facts(*running.config, running.environment, nullptr, running.clock);
    REQUIRE(facts.size() == running.config->services.size());
    for (const auto& service : facts) {
        INFO(service.name);
        CHECK(service.problem.empty() == (service.name == "bindpilot"));
    }
    Job job;
    CHECK(schedule_words(job) == "by hand");
}
