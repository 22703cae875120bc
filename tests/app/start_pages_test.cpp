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
    const HttpReply refused = running.ask("POST", "/resolve", cookie, token + "&id=1&take=sideways");
    REQUIRE(refused.header("location") != nullptr);
    CHECK(refused.header("location")->find("told=Nothing%20was%20changed") != std::string::npos);
    CHECK(running.store.db().execAndGet("SELECT state FROM conflict").getString() == "open");
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
