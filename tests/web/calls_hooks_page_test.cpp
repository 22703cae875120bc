// What a run changed and asked for, and what webhooks are at, as the pages show it.
#include "agency.h"

using namespace bindery;
using namespace bindery::test;

namespace {

bool shows(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class PageReader {
  public:
    explicit PageReader(AgencyStore& agency) : site_(agency.feed(), {}) {
        site_.set_port(kPort);
        session_ = log_in(agency, site_);
    }
    Reply get(const std::string& path, const Pairs& query = {}) { return site_.answer(request_of("GET", path, query, session_)); }

  private:
    Site site_;
    std::string session_;
};

// A reading of one record by a run.
void reads(AgencyStore& agency, std::int64_t run, const std::string& key, const std::string& name, const std::string& note) {
    agency.clock.advance(std::chrono::seconds(1));
    land_one(agency.store, agency.mapping, key, json{{"id", key}, {"name", name}, {"email", key + "@example.com"}, {"note", note}}.dump(), agency.clock.wall(), run);
}

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

}  // namespace

TEST_CASE("a run lists the records that it added, changed and removed, with what each value was, a page at a time") {
    AgencyStore agency;
    agency.record("p0", "Zed", "zed@example.com", "before");
    agency.run("renewals", "done");
    const auto run = agency.run("policies", "done"), nothing = agency.run("leads", "done");
    reads(agency, run, "p1", "Ann", "after five");
    reads(agency, run, "p1", kNasty, std::string(159, 'n') + "ü" + std::string(300, 'n'));
    reads(agency, nothing, "p2", "Bob", "");
    land_one(agency.store, agency.mapping, "p0", std::nullopt, agency.clock.wall(), run);
    PageReader visit(agency);
    const std::string page = visit.get("/run", {{"id", std::to_string(run)}}).body;
    INFO(page);
    CHECK(shows(page, "What it changed"));
    CHECK(times(page, "href=\"/record?dataset=book.people&amp;key=p1\"") == 2);  // added, then changed
    CHECK(shows(page, "<div>name: Ann → " + escaped(kNasty) + "</div>"));
    CHECK(shows(page, "note: after five → " + std::string(159, 'n') + " …<"));
    CHECK(shows(page, "removed: gone"));
    CHECK_FALSE(shows(page, "key=p2"));
    CHECK_FALSE(shows(page, "Further changes"));
    for (int i = 0; i < 130; ++i) reads(agency, run, "q" + std::to_string(i), "Q", "");
    const std::string first = visit.get("/run", {{"id", std::to_string(run)}}).body;
    const auto at = first.find("changes_after=");
    REQUIRE(at != std::string::npos);
    CHECK(shows(first, "<summary>The first 99 records, one by one</summary>"));
    const std::string rest = visit.get("/run", {{"id", std::to_string(run)}, {"changes_after", std::to_string(std::stoll(first.substr(at + 14)))}}).body;
    CHECK(times(rest, "key=q") == 34);
    CHECK(shows(rest, "/run?id=" + std::to_string(run) + "\""));
    CHECK_FALSE(shows(rest, "changes_after="));
    agency.store.db().exec("DELETE FROM change");
    CHECK(shows(visit.get("/run", {{"id", std::to_string(run)}}).body, "It counted 1 change to a record."));
    agency.store.db().exec("UPDATE run SET report = '{}'");
    CHECK_FALSE(shows(visit.get("/run", {{"id", std::to_string(run)}}).body, "What it changed"));
}

TEST_CASE("a run shows each call and wait in order, says what wasn't kept, and folds away what is long") {
    AgencyStore agency;
    const auto run = agency.run("renewals", "done");
    const auto call = [&](std::int64_t seq) {
        RunCall made;
        made.seq = seq;
        made.service = "bindpilot";
        made.at = agency.clock.wall();
        made.took = std::chrono::milliseconds(40);
        made.method = "GET";
        made.path = "/policies";
        made.page = static_cast<int>(seq);
        made.attempt = seq == 3 ? 2 : 1;
        made.status = seq == 2 ? 503 : 200;
        made.note = seq == 2 ? kNasty : "";
        made.bytes = 42316;
        return made;
    };
    std::vector<RunCall> calls{call(1), call(2), call(3), call(900)};
    RunCall wait;
    wait.seq = 901;
    wait.service = "bi369";
    wait.wait = true;
    wait.at = agency.clock.wall();
    wait.took = std::chrono::seconds(7);
    wait.note = "retry_after";
    calls.push_back(wait);
    RunCall lost = call(902);
    lost.took.reset();
    lost.status = 0;
    calls.push_back(lost);
    agency.store.transaction([&] { RunCalls(agency.store).save(run, calls); });
    PageReader visit(agency);
    const std::string page = visit.get("/run", {{"id", std::to_string(run)}}).body;
    CHECK(shows(page, "Calls and waits"));
    CHECK(shows(page, "GET /policies, page 3, try 2"));
    CHECK(shows(page, ">503</td>"));
    CHECK(shows(page, "&lt;script&gt;"));
    CHECK(shows(page, "896 more, not kept one by one"));
    CHECK(shows(page, "waited as the service asked (Retry-After)"));
    CHECK(shows(page, "no reply was seen"));
    CHECK(shows(page, "42316"));
    CHECK_FALSE(shows(page, "<details"));
    CHECK(page.find("page 3") < page.find("page 900"));
    for (std::int64_t seq = 10; seq < 80; ++seq) calls.insert(calls.end() - 3, call(seq));
    agency.store.transaction([&] { RunCalls(agency.store).save(run, calls); });
    CHECK(shows(visit.get("/run", {{"id", std::to_string(run)}}).body, "<summary>All 902, one by one</summary>"));
    CHECK_FALSE(shows(visit.get("/run", {{"id", std::to_string(agency.run("renewals", "done"))}}).body, "Calls and waits"));
}

TEST_CASE("a run whose calls are past their time says that they were purged, one that asked for nothing doesn't") {
    AgencyStore agency;
    const auto run = agency.run("renewals", "done"), idle = agency.run("renewals", "done");
    const auto report = [&](std::int64_t id, const std::string& requests) { agency.store.db().exec("UPDATE run SET report = '{\"requests\":" + requests + "}' WHERE id = " + std::to_string(id)); };
    report(run, R"({"bindpilot":3})");
    report(idle, "{}");
    PageReader visit(agency);
    const auto says_so = [&](std::int64_t id) { return shows(visit.get("/run", {{"id", std::to_string(id)}}).body, "calls were purged"); };
    CHECK_FALSE(says_so(run));
    agency.store.db().exec("UPDATE run SET ended_at = '2020-01-01T00:00:00.000Z'");
    CHECK(says_so(run));
    CHECK_FALSE(says_so(idle));
}

TEST_CASE("the overview shows each hook: whether it takes events, what came of them, what waits, and a retry as one") {
    AgencyStore agency;
    JobFacts job;
    job.name = "leads";
    job.next = agency.clock.wall() + std::chrono::minutes(30);
    agency.jobs = {job};
    PageReader before(agency);
    CHECK_FALSE(shows(before.get("/").body, "Webhooks"));
    CHECK_FALSE(shows(before.get("/").body, "(retry)"));
    agency.jobs.front().retry = true;
    HookFacts crm;
    crm.service = "bi369";
    crm.state = "takes events signed with its secret";
    crm.takes = true;
    crm.jobs = {"leads"};
    crm.last = agency.clock.wall();
    crm.kept = 12;
    crm.repeated = 2;
    crm.refused = {{"bad_signature", 3}, {"too_old", 1}};
    crm.sorted = {{"hinted", 9}, {"echo", 2}, {"unheard", 1}};
    crm.waiting = 1;
    crm.oldest = agency.clock.wall();
    HookFacts quotes;
    quotes.service = "bindpilot";
    quotes.state = kNasty;
    quotes.to_do = "bindery webhooks register --service bindpilot";
    quotes.jobs = {"quotes"};
    agency.hooks = {crm, quotes};
    PageReader visit(agency);
    const std::string page = visit.get("/").body;
    for (const char* part : {"<h2>Webhooks</h2>", "takes events signed with its secret", "9 had records read again, 2 echoes of our own writes, 1 that no job listens to", "4 (bad_signature 3, too_old 1)",
                             "none yet", "bindery webhooks register --service bindpilot", "The hook of bindpilot refuses all events.", "&lt;script&gt;alert(1)", "(retry)", "Something waits for you"}) {
        INFO(part);
        CHECK(shows(page, part));
    }
    CHECK_FALSE(shows(page, "have waited for over an hour"));
    agency.hooks = {crm};
    agency.hooks.front().late = true;
    CHECK(shows(visit.get("/").body, "Events of bi369 have waited for over an hour."));
    quotes.jobs.clear();
    agency.hooks = {quotes};
    CHECK(shows(visit.get("/").body, "All is well"));  // nobody misses it
    quotes.jobs = {"quotes"};
    quotes.setting_up = agency.clock.wall() + std::chrono::minutes(9);
    agency.hooks = {quotes};
    CHECK(shows(visit.get("/").body, "is being set up"));
}

TEST_CASE("a run that offered leads says what became of them, and why the others weren't sold") {
    AgencyStore agency;
    const auto run = agency.run("lead-sales", "done");
    agency.store.db().exec(R"(UPDATE run SET report = '{"sales":[{"effect":"lead_sale","kind":"lead","mode":"live","selected":9,"offered":4,"asked":41,"bids":3,"declined":1,"too_low":1,"sold":1,"money":"4.20",
        "unclear":0,"waiting":2,"unfit":0,"passed_over":{"hour":5},"waits":{"cap_count":2},"rejected":{"duplicate_phone":1}}]}' WHERE id = )" + std::to_string(run));
    PageReader visit(agency);
    const std::string page = visit.get("/run", {{"id", std::to_string(run)}}).body;
    CHECK(shows(page, "What it offered for sale"));
    for (const char* part : {">41</td>", "$4.20", "too early or too late there to call (hour)", "count is reached (cap_count)", "duplicate_phone", "passed over", "waiting"}) {
        INFO(part);
        CHECK(shows(page, part));
    }
    CHECK_FALSE(shows(visit.get("/run", {{"id", std::to_string(agency.run("renewals", "done"))}}).body, "offered for sale"));
}
