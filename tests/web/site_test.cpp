// The site without sockets: who is let in, what is escaped, what a button needs, what metrics say.
#include "agency.h"
#include "exposition_check.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const std::vector<std::string> kPages{"/", "/runs", "/run", "/effects", "/effect", "/conflicts", "/quarantine", "/record", "/sales", "/search"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Visit {
    explicit Visit(AgencyStore& of) : agency(of), site(of.feed(), {}) {
        site.set_port(kPort);
        session = log_in(agency, site);
        form_token = WebAccess(agency.store).form_token(session);
    }
    Reply get(const std::string& path, const Pairs& query = {}) { return site.answer(request_of("GET", path, query, session)); }
    Reply post(const std::string& path, const std::string& body) { return site.answer(request_of("POST", path, {}, session, body)); }

    AgencyStore& agency;
    Site site;
    std::string session, form_token;
};

}  // namespace

TEST_CASE("without a login no page shows anything, and no button works") {
    AgencyStore agency;
    agency.record("p1", "Ann Secret", "ann@example.com", "private");
    Site site(agency.feed(), {});
    site.set_port(kPort);
    for (const auto& path : kPages) {
        for (const std::string& cookie_value : {std::string(), std::string(64, 'a'), std::string("' OR 1=1")}) {
            const Reply reply = site.answer(request_of("GET", path, {{"q", "Ann Secret"}, {"dataset", "book.people"}, {"key", "p1"}}, cookie_value));
            INFO(path);
            CHECK(reply.status == 401);
            CHECK_FALSE(has(reply.body, "Secret"));
            CHECK_FALSE(has(reply.body, "book.people"));
        }
    }
    for (const char* path : {"/settle", "/resolve", "/logout"}) CHECK(site.answer(request_of("POST", path, {}, {}, "id=1&as=done&take=ours")).status == 401);
    CHECK(agency.decisions.empty());
    CHECK(site.answer(request_of("GET", "/nothing")).status == 404);
    const Reply wrong = site.answer(request_of("DELETE", "/runs"));
    CHECK(wrong.status == 405);
    CHECK(header_of(wrong, "Allow") == "GET, HEAD");
}

TEST_CASE("every reply carries the headers that keep it to itself") {
    AgencyStore agency;
    Visit visit(agency);
    Request foreign = request_of("GET", "/");
    foreign.headers.emplace_back("x-forwarded-for", "1.2.3.4");
    for (const Reply& reply : {visit.get("/"), visit.get("/nothing"), visit.site.answer(request_of("GET", "/metrics")), visit.site.at_once(request_of("GET", "/healthz")),
                               visit.site.at_once(request_of("GET", "/style.css")), visit.site.at_once(foreign), visit.site.answer(request_of("PUT", "/"))}) {
        CHECK(has(header_of(reply, "Content-Security-Policy"), "default-src 'none'"));
        CHECK(has(header_of(reply, "Content-Security-Policy"), "frame-ancestors 'none'"));
        CHECK_FALSE(has(header_of(reply, "Content-Security-Policy"), "unsafe"));
        CHECK(header_of(reply, "X-Content-Type-Options") == "nosniff");
        CHECK(header_of(reply, "Referrer-Policy") == "no-referrer");
        CHECK(header_of(reply, "Cache-Control") == "no-store");
    }
    CHECK(visit.site.at_once(foreign).status == 403);
    CHECK(visit.site.at_once(request_of("GET", "/")).status == 0);
    CHECK_FALSE(has(visit.get("/").body, "<script"));
    CHECK_FALSE(has(visit.get("/").body, " style="));
}

TEST_CASE("a link opens one session, once, within five minutes, and looking at it spends nothing") {
    AgencyStore agency;
    Site site(agency.feed(), {});
    site.set_port(kPort);
    const auto post = [&](const std::string& token) { return site.answer(request_of("POST", "/login", {}, {}, "token=" + token)); };
    const std::string link = new_web_token();
    CHECK(post(link).status == 401);
    WebAccess(agency.store).allow_link(link);
    for (int i = 0; i < 3; ++i) CHECK(site.answer(request_of("GET", "/login", {{"token", link}})).status == 200);
    const Reply opened = post(link);
    CHECK(opened.status == 303);
    const std::string line = header_of(opened, "Set-Cookie");
    for (const char* part : {"bindery_8369=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"}) CHECK(has(line, part));
    CHECK(post(link).status == 401);
    CHECK(site.answer(request_of("GET", "/login", {{"token", link}})).status == 401);
    const std::string late = new_web_token();
    WebAccess(agency.store).allow_link(late);
    agency.clock.advance(std::chrono::minutes(5));
    CHECK(post(late).status == 401);
    // Neither token lies in the store as it is, and each login is in the trail.
    for (const char* sql : {"SELECT count(*) FROM web_session WHERE hash = ?", "SELECT count(*) FROM web_login WHERE hash = ?"}) {
        SQLite::Statement s(agency.store.db(), sql);
        s.bind(1, link);
        REQUIRE(s.executeStep());
        CHECK(s.getColumn(0).getInt() == 0);
    }
    CHECK(agency.store.db().execAndGet("SELECT count(*) FROM audit WHERE kind = 'web_login'").getInt() == 1);
}

TEST_CASE("a session ends after twelve hours, by logging out, and by `open --revoke`") {
    AgencyStore agency;
    Visit first(agency), second(agency);
    CHECK(first.get("/").status == 200);
    CHECK(first.post("/logout", "token=" + first.form_token).status == 200);
    CHECK(first.get("/").status == 401);
    CHECK(second.get("/").status == 200);
    CHECK(WebAccess(agency.store).revoke_all() == 1);
    CHECK(second.get("/").status == 401);
    Visit third(agency);
    agency.clock.advance(std::chrono::hours(12) - std::chrono::seconds(1));
    CHECK(third.get("/").status == 200);
    agency.clock.advance(std::chrono::seconds(1));
    CHECK(third.get("/").status == 401);
}

TEST_CASE("a button works with the token of its own session alone") {
    AgencyStore agency;
    Visit visit(agency), other(agency);
    const EffectRow effect = agency.effect("p1", "in_doubt", "no reply");
    const std::string fields = "&id=" + effect.identity + "&as=done";
    CHECK(visit.post("/settle", fields).status == 403);
    CHECK(visit.post("/settle", "token=" + fields).status == 403);
    CHECK(visit.post("/settle", "token=" + other.form_token + fields).status == 403);
    CHECK(visit.post("/settle", "token=" + visit.session + fields).status == 403);
    CHECK(visit.post("/settle", "token=" + visit.form_token + "&x=%zz" + fields).status == 403);
    CHECK(visit.post("/resolve", "id=1&take=ours").status == 403);
    CHECK(visit.post("/logout", "").status == 403);
    CHECK(agency.decisions.empty());
    const Reply done = visit.post("/settle", "token=" + visit.form_token + fields);
    CHECK(done.status == 303);
    CHECK(has(header_of(done, "Location"), "/effect?id=" + effect.identity));
    CHECK(visit.post("/resolve", "token=" + visit.form_token + "&id=7&value=x+y").status == 303);
    REQUIRE(agency.decisions.size() == 2);
    CHECK(agency.decisions[0].id == effect.identity);
    CHECK(agency.decisions[0].word == "done");
    CHECK(agency.decisions[1].word == "x y");
}

TEST_CASE("what came of a button is told once, to its session, and never by an address") {
    AgencyStore agency;
    Visit visit(agency), other(agency);
    CHECK(header_of(visit.post("/resolve", "token=" + visit.form_token + "&id=7&take=ours&seen=abc"), "Location") == "/conflicts");
    REQUIRE(agency.decisions.size() == 1);
    CHECK(agency.decisions[0].seen == "abc");
    CHECK_FALSE(has(other.get("/conflicts").body, "decided: ours"));
    CHECK_FALSE(has(visit.site.answer(request_of("HEAD", "/conflicts", {}, visit.session)).body, "decided: ours"));
    CHECK(has(visit.get("/conflicts").body, "<p class=\"notice\" role=\"status\">decided: ours</p>"));
    CHECK_FALSE(has(visit.get("/conflicts").body, "decided: ours"));
    CHECK_FALSE(has(visit.get("/", {{"told", "Call this number"}}).body, "Call this number"));
    // Of very many sessions the oldest is forgotten; nothing grows.
    Notices notices;
    for (int i = 0; i < 1000; ++i) notices.put("s" + std::to_string(i), "x");
    CHECK(notices.take("s0").empty());
    CHECK(notices.take("s999") == "x");
    CHECK(notices.take("s999").empty());
}

TEST_CASE("a button carries the mark of what its page showed") {
    AgencyStore agency;
    const EffectRow effect = agency.effect("p1", "in_doubt", "no reply");
    agency.store.transaction([&] {
        ConflictRow conflict;
        conflict.job = "policies";
        conflict.kind = "values";
        conflict.ours = conflict.theirs = "book.people";
        conflict.ours_key = conflict.theirs_key = "p1";
        conflict.field = "name";
        conflict.type = "text";
        conflict.ours_value = "a";
        conflict.theirs_value = "b";
        Conflicts(agency.store).open(conflict, 1);
    });
    Visit visit(agency);
    const std::string mark = mark_of(*Ledger(agency.store).find(effect.identity));
    for (const std::string& page : {visit.get("/effects").body, visit.get("/effect", {{"id", effect.identity}}).body}) CHECK(has(page, "name=\"seen\" value=\"" + mark + "\""));
    CHECK(has(visit.get("/conflicts").body, mark_of(*Conflicts(agency.store).find(1))));
    Ledger(agency.store).settle(effect.identity, "retry", mark);
    CHECK(mark_of(*Ledger(agency.store).find(effect.identity)) != mark);
    CHECK_THROWS(Ledger(agency.store).settle(effect.identity, "drop", mark));
    CHECK_THROWS(Ledger(agency.store).settle(effect.identity, "sideways"));
}

TEST_CASE("a login while something long writes the store costs no link, and guesses ask for no lock") {
    AgencyStore agency;
    Feed feed = agency.feed();
    feed.writes_wait = std::chrono::milliseconds(1);
    Site site(feed, {});
    site.set_port(kPort);
    const std::string link = new_web_token(), session = log_in(agency, site);
    WebAccess(agency.store).allow_link(link);
    const std::string out = "token=" + WebAccess(agency.store).form_token(session);
    const auto post = [&](const std::string& path, const std::string& body) { return site.answer(request_of("POST", path, {}, session, body)); };
    agency.store.transaction([&] {
        const Reply reply = post("/login", "token=" + link);
        CHECK(reply.status == 503);
        CHECK(header_of(reply, "Retry-After") == "30");
        CHECK(has(reply.body, "The link is good still."));
        CHECK(post("/login", "token=" + new_web_token()).status == 401);
        CHECK(post("/logout", out).status == 503);
    });
    CHECK(post("/login", "token=" + link).status == 303);
    CHECK(post("/logout", out).status == 200);
}

TEST_CASE("records are found by whatever their key holds") {
    AgencyStore agency;
    Visit visit(agency);
    for (const std::string& key : {std::string("a/b?c#d"), std::string("%2e%2e/&=+"), std::string("../../etc/passwd"), std::string("Zoë \"q\" 'x' <y>"), std::string(300, 'k')}) {
        agency.record(key, "Ann", "ann@example.com", "note");
        INFO(key);
        CHECK(visit.get("/record", {{"dataset", "book.people"}, {"key", key}}).status == 200);
        const std::string link = "href=\"" + escaped(record_address("book.people", key)) + "\"";
        CHECK(has(visit.get("/search", {{"q", key}}).body, link) == (key.size() <= 200));
    }
    CHECK(visit.get("/record", {{"dataset", "book.people"}, {"key", std::string("\xff\xfe\x00x", 4)}}).status == 404);
    CHECK(visit.get("/search", {{"q", std::string("\xff\x00", 2)}}).status == 200);
    CHECK(visit.get("/search", {{"q", std::string(30'000, 'x')}}).status == 200);
    CHECK(agency.warned.empty());
}

TEST_CASE("plans hide no run, what broke off says so, and a link leads to what is there") {
    AgencyStore agency;
    JobFacts job;
    job.name = "renewals";
    agency.jobs = {job};
    agency.run("renewals", "failed");
    for (int i = 0; i < 40; ++i) {
        agency.run("renewals", "planned");
        agency.store.db().exec("UPDATE run SET kind = 'plan' WHERE outcome = 'planned'");
    }
    agency.store.transaction([&] { Runs(agency.store).quarantine(1, "book.people", "row-1", "no key", "{}"); });
    Visit visit(agency);
    CHECK(has(visit.get("/").body, "The last run of job renewals failed."));
    CHECK(has(visit.site.answer(request_of("GET", "/metrics")).body, "bindery_job_last_run_failed{job=\"renewals\"} 1\n"));
    CHECK_FALSE(has(visit.get("/quarantine").body, "/record?"));
    agency.store.db().exec("INSERT INTO run (job, kind, state, phase, now, today, timezone, started_at, pid) VALUES ('renewals', 'sync', 'running', 'pull', '', '', 'UTC', '2026-11-23T06:00:00Z', 1)");
    CHECK(has(visit.get("/").body, "interrupted"));
    agency.jobs[0].running = true;
    CHECK(has(visit.get("/").body, "under way"));
}

TEST_CASE("whatever a record, a reply or a message holds is shown as text") {
    AgencyStore agency;
    JobFacts job;
    job.name = "renewals";
    job.about = job.schedule = job.fresh = job.paused = kNasty;
    agency.jobs = {job};
    agency.services = {{kNasty, {{kNasty, 10, 5, std::nullopt}}, kNasty}};
    const auto run = agency.run("renewals", "failed", kNasty);
    agency.record("p1", kNasty, "ann@example.com", kNasty);
    agency.record("p1", kNasty + "2", "ann@example.com", kNasty + "2");
    const EffectRow effect = agency.effect("p1", "in_doubt", kNasty, run);
    agency.store.transaction([&] {
        Runs(agency.store).quarantine(run, "book.people", kNasty, kNasty, kNasty);
        ConflictRow conflict;
        conflict.job = "renewals";
        conflict.kind = "values";
        conflict.ours = conflict.theirs = "book.people";
        conflict.ours_key = conflict.theirs_key = "p1";
        conflict.field = kNasty;
        conflict.type = "text";
        conflict.base = conflict.ours_value = kNasty;
        conflict.theirs_value = "theirs";
        Conflicts(agency.store).open(conflict, run);
    });
    Visit visit(agency);
    const std::vector<std::pair<std::string, Pairs>> kAll{{"/", {}}, {"/runs", {{"job", "renewals"}}}, {"/runs", {{"job", kNasty}}}, {"/run", {{"id", std::to_string(run)}}},
                                                          {"/effects", {}}, {"/effect", {{"id", effect.identity}}}, {"/conflicts", {}}, {"/quarantine", {}},
                                                          {"/record", {{"dataset", "book.people"}, {"key", "p1"}}}, {"/search", {{"q", kNasty + "2"}}}};
    for (const auto& [path, query] : kAll) {
        const Reply reply = visit.get(path, query);
        INFO(path << "\n" << agency.warned << reply.body);
        CHECK(reply.status == 200);
        CHECK(has(reply.body, "&lt;script&gt;alert(1)"));
        CHECK_FALSE(has(reply.body, "<script"));
        CHECK_FALSE(has(reply.body, "<img"));
    }
    CHECK(has(visit.get("/search", {{"q", "ANN@example.com"}}).body, "p1"));
    CHECK(has(visit.get("/record", {{"dataset", "book.people"}, {"key", "p1"}}).body, effect.ref));
    CHECK(has(visit.get("/").body, "Something is wrong"));
    CHECK(visit.get("/run", {{"id", "99999"}}).status == 404);
    CHECK(visit.get("/run", {{"id", "x"}}).status == 404);
    CHECK(visit.get("/record", {{"dataset", "meta"}, {"key", "store_id"}}).status == 404);
    CHECK(visit.get("/effects", {{"state", kNasty}}).status == 404);
}

TEST_CASE("lists go on where their page ends") {
    AgencyStore agency;
    for (int i = 0; i < 60; ++i) agency.run("renewals", "done");
    for (int i = 0; i < 60; ++i) agency.effect("p" + std::to_string(i), "held", "why");
    Visit visit(agency);
    const std::string first = visit.get("/runs").body;
    CHECK(has(first, "/run?id=60"));
    CHECK_FALSE(has(first, "/run?id=10\""));
    CHECK(has(first, "before=11"));
    CHECK(has(visit.get("/runs", {{"before", "11"}}).body, "/run?id=10\""));
    const std::string held = visit.get("/effects", {{"state", "held"}}).body;
    const auto at = held.find("after=");
    REQUIRE(at != std::string::npos);
    const std::string rest = visit.get("/effects", {{"state", "held"}, {"job", "renewals"}, {"after", held.substr(at + 6, 64)}}).body;
    std::size_t rows = 0;
    for (auto found = rest.find("/effect?id="); found != std::string::npos; found = rest.find("/effect?id=", found + 1)) ++rows;
    CHECK(rows == 10);
}

TEST_CASE("metrics are well-formed, hold no person, and counters stay when runs are purged") {
    AgencyStore agency;
    JobFacts job;
    job.name = "renewals";
    job.stale = true;
    job.last_good = agency.clock.wall();
    agency.jobs = {job};
    agency.services = {{"bindpilot", {{"100 per \"60 s\"", 90, 3, std::chrono::seconds(4)}}, ""}};
    agency.run("renewals", "done");
    agency.run("renewals", "failed", "Ann Secret");
    agency.record("p1", "Ann Secret", "ann@example.com", "note");
    agency.effect("ann@example.com", "in_doubt", "Ann Secret");
    agency.store.transaction([&] {
        Tallies(agency.store).add_requests("bindpilot", 200, 5);
        Tallies(agency.store).add_requests("bindpilot", 0, 1);
        Tallies(agency.store).add_waited("bindpilot", 1.5);
    });
    Site site(agency.feed(), {});
    site.set_port(kPort);
    const Reply reply = site.answer(request_of("GET", "/metrics"));
    CHECK(reply.status == 200);
    CHECK(reply.type == "text/plain; version=0.0.4; charset=utf-8");
    INFO(reply.body);
    CHECK(faults_of_exposition(reply.body) == std::vector<std::string>{});
    for (const char* line : {"bindery_runs_total{job=\"renewals\",kind=\"sync\",outcome=\"failed\"} 1\n", "bindery_job_last_run_failed{job=\"renewals\"} 1\n", "bindery_job_stale{job=\"renewals\"} 1\n",
                             "bindery_job_last_run_duration_seconds{job=\"renewals\"} 7\n", "bindery_records{dataset=\"book.people\"} 1\n", "bindery_effects{effect=\"task\",state=\"in_doubt\"} 1\n",
                             "bindery_tokens_left{service=\"bindpilot\",limit=\"100 per \\\"60 s\\\"\"} 3\n", "bindery_account_paused_seconds{service=\"bindpilot\"} 4\n",
                             "bindery_requests_total{service=\"bindpilot\",status=\"none\"} 1\n", "bindery_waited_seconds_total{service=\"bindpilot\"} 1.5\n"}) {
        CHECK(has(reply.body, line));
    }
    CHECK_FALSE(has(reply.body, "Secret"));
    CHECK_FALSE(has(reply.body, "example.com"));
    agency.store.db().exec("DELETE FROM run");
    CHECK(has(site.answer(request_of("GET", "/metrics")).body, "bindery_runs_total{job=\"renewals\",kind=\"sync\",outcome=\"failed\"} 1\n"));
}

TEST_CASE("what alerts watch for growth is there with 0 before anything happens, and a buyer's no isn't among what is refused") {
    AgencyStore agency;
    JobFacts job;
    job.name = "renewals";
    job.effects = {"task", "lead_sale"};
    agency.jobs = {job};
    HookFacts hook;
    hook.service = "bi369";
    agency.hooks = {hook};
    Feed feed = agency.feed();
    feed.webhooks = [] { return InboxFacts{}; };
    Site site(feed, {});
    site.set_port(kPort);
    const auto scraped = [&] { return site.answer(request_of("GET", "/metrics")).body; };
    const std::string before = scraped();
    INFO(before);
    for (const char* line : {"bindery_effects{effect=\"task\",state=\"rejected\"} 0\n", "bindery_effects{effect=\"lead_sale\",state=\"rejected\"} 0\n", "bindery_quarantined{dataset=\"book.people\"} 0\n",
                             "bindery_quarantined{dataset=\"effect:task\"} 0\n", "bindery_webhooks_total{service=\"bi369\",result=\"bad_signature\"} 0\n"}) {
        CHECK(has(before, line));
    }
    agency.run("renewals", "done");
    agency.effect("a", "rejected", "");
    agency.effect("b", "rejected", "");
    agency.store.db().exec("UPDATE effect SET status = 200 WHERE once_per LIKE '%\"b\"%'");  // an error inside a success
    agency.sale("c", "live", "2026-11-22", "rejected", "duplicate_phone");
    agency.store.db().exec("UPDATE effect SET status = 200 WHERE name = 'lead_sale'");
    const std::string after = scraped();
    INFO(after);
    CHECK(has(after, "bindery_effects{effect=\"task\",state=\"rejected\"} 2\n"));
    CHECK(has(after, "bindery_effects{effect=\"lead_sale\",state=\"rejected\"} 0\n"));
    CHECK(has(after, "bindery_effects{effect=\"lead_sale\",state=\"turned_down\"} 1\n"));
    CHECK(Ledger(agency.store).refused().count == 2);
}

TEST_CASE("ready means that the store opens and nothing says otherwise, and alive means alive") {
    AgencyStore agency;
    Site site(agency.feed(), {});
    site.set_port(kPort);
    CHECK(site.answer(request_of("GET", "/readyz")).status == 200);
    agency.reasons = {"the scheduler has stopped"};
    const Reply stopped = site.answer(request_of("GET", "/readyz"));
    CHECK(stopped.status == 503);
    CHECK(json::parse(stopped.body) == json{{"ready", false}, {"reasons", {"the scheduler has stopped"}}});
    agency.reasons.clear();
    Feed feed = agency.feed();
    feed.store = agency.folder / "missing.db";
    Site without(feed, {});
    without.set_port(kPort);
    const Reply missing = without.answer(request_of("GET", "/readyz"));
    CHECK(missing.status == 503);
    CHECK_FALSE(has(missing.body, agency.folder.path().string()));
    CHECK(without.answer(request_of("GET", "/metrics")).status == 503);
    CHECK(without.answer(request_of("GET", "/")).status == 503);
    CHECK(without.at_once(request_of("GET", "/healthz")).status == 200);
}

TEST_CASE("a long write by another doesn't delay a page") {
    AgencyStore agency;
    Visit visit(agency);
    agency.store.transaction([&] {
        agency.store.db().exec("INSERT INTO meta (name, value) VALUES ('busy', 'x')");
        CHECK(visit.get("/").status == 200);
        CHECK(visit.site.answer(request_of("GET", "/metrics")).status == 200);
    });
}
