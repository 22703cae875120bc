// The pages of a made-up agency, until it is told to stop: for the browser tests, and for people who work on the pages.
//   show_pages [--ready FILE] [--records N] [--runs N] [--time]
// --ready: where it writes its address, a few one-time links, and where there is something to see. --records, --runs: a large store.
// --time: asks for the overview, a run, a record, a search, sales, quarantine and the metrics a few times, prints the median and the 95th
// percentile of the milliseconds of each, and ends.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>

#include "web/agency.h"
#include "web/pages.h"

using namespace bindery;
using namespace bindery::test;

namespace {

struct Wanted {
    std::string ready;
    std::int64_t records = 0, runs = 0;
    bool time = false;
};

struct Shown {
    std::string run, effect;
};

// A hundredth of the effects refused, a fifth as many rows in quarantine as there are runs, a sale a run, ten changes a run.
void fill_beside(AgencyStore& agency, const Wanted& wanted) {
    SQLite::Database& db = agency.store.db();
    db.exec("UPDATE effect SET state = 'rejected', status = 422 WHERE substr(identity, -2) = '00'");
    const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + std::to_string(std::max<std::int64_t>(wanted.runs, 1)) + ") ";
    const std::string of_runs = wanted.runs > 0 ? " FROM n" : " FROM n WHERE false", now = "'" + agency.store.now() + "'", day = "date('2025-11-23', (i % 365) || ' days')";
    db.exec(numbers + "INSERT INTO quarantine (dataset, key, reason, document, first_run, last_run, first_at, last_at) SELECT 'book.people', 'q' || i, 'no date', '{}', 1, 1, " + now + ", " + now + of_runs +
            (wanted.runs > 0 ? " WHERE i % 5 = 0" : ""));
    db.exec(numbers + "INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, first_run, run, first_at, updated_at, price, posted_day) SELECT printf('%064x', i), 'lead_sale', 'BN-' || i, "
                      "'lead-sales', 'lead', 'live', '{}', 'posting', 1, 1, " + now + ", " + now + ", '3.50', " + day + of_runs);
    db.exec(numbers + "INSERT INTO sale_ask (identity, run, mode, at, day, answer, price) SELECT printf('%064x', i), 1, 'live', " + now + ", " + day + ", 'bid', '3.50'" + of_runs);
    db.exec(numbers + ", ten(j) AS (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) INSERT INTO change (dataset, key, run, at, kind, field, old, new) "
                      "SELECT 'book.people', 'k' || (i * 10 + j), 1 + i + (i % 2 = 0) - (i % 2 = 1), " + now + ", 'changed', 'note', 'before', 'after' FROM n, ten" + (wanted.runs > 0 ? "" : " WHERE false"));
}

void fill(AgencyStore& agency, const Wanted& wanted) {
    SQLite::Transaction all(agency.store.db());
    SQLite::Statement record(agency.store.db(),
                             "INSERT INTO record_book_people (key, name, name_key, email, email_key, note, first_seen_at, read_at, hash, doc_hash, doc) "
                             "VALUES ('k' || ?1, 'Person ' || ?1, 'person ' || ?1, 'p' || ?1 || '@example.com', 'p' || ?1 || '@example.com', 'note', ?2, ?2, '', ?1, '{}')");
    for (std::int64_t i = 0; i < wanted.records; ++i) {
        record.bind(1, i);
        record.bind(2, agency.store.now());
        record.exec();
        record.reset();
    }
    const std::string filler(800, 'x');
    SQLite::Statement run(agency.store.db(),
                          "INSERT INTO run (job, kind, state, phase, now, today, timezone, started_at, ended_at, outcome, exit_code, report, pid) VALUES (?1, 'sync', 'ended', 'report', ?2, "
                          "'2026-11-23', 'UTC', ?2, ?2, 'failed', 1, ?3, 1)");
    for (std::int64_t i = 0; i < wanted.runs; ++i) {
        run.bind(1, i % 2 == 0 ? "renewals" : "policies");
        run.bind(2, agency.store.now());
        run.bind(3, "{\"filler\":\"" + filler + "\"}");
        run.exec();
        run.reset();
    }
    SQLite::Statement effect(agency.store.db(),
                             "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at) "
                             "VALUES (printf('%064x', ?1), 'old_task', 'BN-' || ?1, 'renewals', 'bi369', 'create_task', '{\"who\":\"k' || ?1 || '\"}', 'done', 'POST', '/t', '{}', '', 'hold', 1, 1, ?2, ?2)");
    for (std::int64_t i = 0; i < wanted.runs; ++i) {
        effect.bind(1, i);
        effect.bind(2, agency.store.now());
        effect.exec();
        effect.reset();
    }
    fill_beside(agency, wanted);
    all.commit();
}

// A run of 1,000 calls with a wait, a lost reply and a long problem.
std::vector<RunCall> some_calls(WallTime at) {
    std::vector<RunCall> calls;
    for (std::int64_t seq = 1; seq <= 1000; seq = seq == 30 ? 971 : seq + 1) {
        RunCall call;
        call.seq = seq;
        call.service = seq % 3 == 0 ? "bi369" : "bindpilot";
        call.at = at + std::chrono::milliseconds(130 * seq);
        call.took = std::chrono::milliseconds(7 * seq);
        call.wait = seq % 7 == 0;
        if (call.wait) {
            call.note = seq % 2 == 0 ? "token" : "retry_after";
        } else {
            call.method = seq % 3 == 0 ? "POST" : "GET";
            call.path = seq % 3 == 0 ? "/projects/{project_id}/tasks" : "/policies";
            call.page = seq % 3 == 0 ? 0 : static_cast<int>(seq);
            call.attempt = seq % 8 == 0 ? 2 : 1;
            call.status = seq % 8 == 1 ? 503 : seq % 11 == 0 ? 0 : 200;
            call.bytes = 42'316;
            if (call.status == 0) call.note = std::string(120, 'n');
        }
        calls.push_back(std::move(call));
    }
    return calls;
}

Shown show(AgencyStore& agency) {
    JobFacts renewals, policies, leads;
    renewals.name = "renewals";
    renewals.about = "One CRM task for every renewal that is due for work in our territory.";
    renewals.schedule = "0 6 * * * (America/Denver)";
    renewals.next = agency.clock.wall() + std::chrono::hours(20);
    renewals.fresh = "last good run 3 h ago";
    renewals.retry = true;
    policies.name = "policies";
    policies.about = "Keeps the policies of two books in agreement.";
    policies.schedule = "every 15 min";
    policies.stale = true;
    policies.fresh = "last good run 3 d ago";
    leads.name = "leads";
    leads.schedule = "by hand";
    leads.paused = "by ann, until Monday";
    agency.jobs = {renewals, policies, leads};
    agency.services = {{"bindpilot", {{"100 per 60 s", 90, 61, std::nullopt}, {"10 per 1 s", 9, 0, std::nullopt}}, ""},
                       {"bi369", {{"120 per 60 s", 108, 108, std::chrono::seconds(42)}}, ""},
                       {"autobind", {}, "no key: AUTOBIND_API_KEY is not set"}};
    HookFacts crm, quotes;
    crm.service = "bi369";
    crm.state = "takes events signed with its secret or the one before";
    crm.takes = true;
    crm.jobs = {"leads", "renewals"};
    crm.last = crm.oldest = agency.clock.wall() - std::chrono::minutes(80);
    crm.kept = 12345;
    crm.refused = {{"bad_signature", 31}, {"too_old", 1}};
    crm.sorted = {{"hinted", 12000}, {"echo", 300}, {"unheard", 45}};
    crm.waiting = 3;
    crm.late = true;
    quotes.service = "bindpilot";
    quotes.state = "refuses everything: its secret bindpilot_webhook_secret is nowhere";
    quotes.to_do = "bindery webhooks register --service bindpilot";
    quotes.jobs = {"quotes"};
    agency.hooks = {crm, quotes};
    Shown shown;
    for (int i = 0; i < 28; ++i) {
        agency.run("renewals", i % 9 == 4 ? "failed" : i % 7 == 3 ? "partial" : "done", i % 9 == 4 ? "bindpilot answered 503 four times" : "");
        agency.clock.advance(std::chrono::minutes(17 * (i % 5)));
    }
    const auto run = agency.run("policies", "failed", "the premium column is missing in 40 % of the rows");
    agency.store.transaction([&] { RunCalls(agency.store).save(run, some_calls(agency.clock.wall())); });
    agency.run("leads", "doubt");
    agency.record("p1", "Ann Example", "ann@example.com", "calls after five");
    agency.record("p1", "Ann Example", "ann@example.com", "calls before nine");
    const auto read = [&](const std::string& key, const std::string& name, const std::string& note) {
        land_one(agency.store, agency.mapping, key, json{{"id", key}, {"name", name}, {"email", "ann@example.com"}, {"note", note}}.dump(), agency.clock.wall(), run);
        agency.clock.advance(std::chrono::milliseconds(1));
    };
    read("p1", "Ann Example-Roe", "calls before nine, and never on a Monday, since that is when the office is full");
    read("p5", "Bob Example", std::string(180, 'w'));
    land_one(agency.store, agency.mapping, "p5", std::nullopt, agency.clock.wall(), run);
    for (int i = 0; i < 110; ++i) read("r" + std::to_string(i), "Carol Example", "");
    const EffectRow effect = agency.effect("p1", "in_doubt", "no reply within 30 s", run);
    agency.effect("p2", "held", "an unsupported write", run);
    agency.effect("p3", "rejected", "422: the due date lies in the past", run);
    agency.effect("p4", "done", "tsk_1", run);
    agency.sale("l1", "live", "2026-11-23", "done");
    agency.sale("l2", "live", "2026-11-23", "in_doubt", "no reply within 15 s");
    agency.sale("l3", "live", "2026-11-23", "rejected", "failed_secondary_evaluation");
    agency.sale("l4", "live", "2026-11-22", "", "declined");
    agency.sale("l5", "test", "2026-11-22", "");
    agency.sale("l6", "live", "2026-11-22", "rejected", std::string(120, 'r'));
    // Words that nothing breaks: a page must not grow wider for them.
    const std::string unbroken(180, 'w');
    agency.record("k" + unbroken, unbroken, unbroken + "@example.com", unbroken);
    agency.effect(unbroken, "in_doubt", unbroken, run);
    agency.run("policies", "failed", unbroken);
    agency.store.transaction([&] {
        Runs(agency.store).quarantine(run, "book.people", "p9", "expiration_date: isn't a date", R"({"id":"p9","expiration":"soon"})");
        ConflictRow conflict;
        conflict.job = "policies";
        conflict.kind = "values";
        conflict.ours = conflict.theirs = "book.people";
        conflict.ours_key = conflict.theirs_key = "p1";
        conflict.field = "email";
        conflict.type = "email";
        conflict.base = "ann@old.example";
        conflict.ours_value = "ann@example.com";
        conflict.theirs_value = "ann.example@mail.example";
        Conflicts(agency.store).open(conflict, run);
        conflict.theirs_key = "k" + unbroken;
        conflict.theirs_value = unbroken + "@example.com";
        Conflicts(agency.store).open(conflict, run);
        Runs(agency.store).quarantine(run, "book.people", "k" + unbroken, unbroken, "{\"id\":\"" + unbroken + "\"}");
        conflict.kind = "match";
        conflict.field.clear();
        conflict.theirs_key = "p7";
        conflict.ours_key.clear();
        conflict.candidates = {"p1", "p4"};
        Conflicts(agency.store).open(conflict, run);
    });
    shown.run = address("/run", {{"id", std::to_string(run)}});
    shown.effect = address("/effect", {{"id", effect.identity}});
    return shown;
}

// Whole or not there: a test waits for it.
void write_at_once(const std::string& file, const std::string& text) {
    std::ofstream(file + ".part") << text;
    std::filesystem::rename(file + ".part", file);
}

void time_them(AgencyStore& agency, const Wanted& wanted) {
    Feed feed = agency.feed();
    feed.jobs = [&](Store& store) {  // as the program does
        auto jobs = agency.jobs;
        for (auto& job : jobs) {
            Runs(store).last_real(job.name, false);
            if (const auto good = Runs(store).last_real(job.name, true)) job.last_good = read_rfc3339(*good->ended_at);
        }
        return jobs;
    };
    Site site(feed, {});
    site.set_port(kPort);
    const std::string link = new_web_token();
    WebAccess(agency.store).allow_link(link);
    const Reply in = site.answer(request_of("POST", "/login", {}, {}, "token=" + link));
    const std::string line = header_of(in, "Set-Cookie"), session = line.substr(line.find('=') + 1, 64);
    const std::vector<std::pair<std::string, Pairs>> kAsked{{"/", {}}, {"/runs", {{"before", "50000"}}}, {"/run", {{"id", std::to_string(1 + wanted.runs / 2)}}}, {"/sales", {}}, {"/quarantine", {}}, {"/record", {{"dataset", "book.people"}, {"key", "k777"}}}, {"/search", {{"q", "p4242@example.com"}}},
                                                            {"/search", {{"q", "Person 4242"}}}, {"/effects", {{"state", "done"}}}, {"/metrics", {}}};
    for (const auto& [path, query] : kAsked) {
        std::vector<double> times;
        for (int i = 0; i < 41; ++i) {
            const auto began = std::chrono::steady_clock::now();
            const Reply reply = site.answer(request_of("GET", path, query, session));
            times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
            if (reply.status != 200) std::cout << path << " answered " << reply.status << "\n";
        }
        const double first = times.front();
        std::sort(times.begin(), times.end());
        std::cout << path << (query.empty() ? "" : " " + query.back().second) << ": median " << times[times.size() / 2] << " ms, 95 % " << times[times.size() * 95 / 100] << " ms, first " << first << " ms\n";
    }
}

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool more = i + 1 < argc;
        if (word == "--time") wanted.time = true;
        else if (word == "--ready" && more) wanted.ready = argv[++i];
        else if (word == "--records" && more) wanted.records = std::stoll(argv[++i]);
        else if (word == "--runs" && more) wanted.runs = std::stoll(argv[++i]);
        else return std::cerr << "show_pages [--ready FILE] [--records N] [--runs N] [--time]\n", 64;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    AgencyStore agency;
    fill(agency, wanted);
    const Shown shown = show(agency);
    if (wanted.time) return time_them(agency, wanted), 0;
    const web::Pages pages(agency.feed(), {}, {});
    const std::string base = "http://127.0.0.1:" + std::to_string(pages.port());
    const std::string changes = shown.run + "&changes_after=20";
    json ready{{"base", base}, {"run", shown.run}, {"changes", changes}, {"effect", shown.effect}, {"record", record_address("book.people", "p1")}, {"links", json::array()}};
    for (int i = 0; i < 10; ++i) {
        const std::string token = new_web_token();
        WebAccess(agency.store).allow_link(token);
        ready["links"].push_back(base + "/login?token=" + token);
    }
    if (wanted.ready.empty()) std::cout << ready.dump(2) << std::endl;
    else write_at_once(wanted.ready, ready.dump() + "\n");
    int signal = 0;
    sigwait(&ends, &signal);
    return 0;
}
