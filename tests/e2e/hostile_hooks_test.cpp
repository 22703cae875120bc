// The listener for webhooks of the real daemon among people who mean it harm, and those who mean too well.
#include <algorithm>
#include <atomic>
#include <csignal>

#include "hook_support.h"

using namespace bindery::e2e;

namespace {

// Asks something over and over from a thread of its own, and counts what didn't go well.
class Steady {
  public:
    explicit Steady(std::function<bool(int)> ask)
        : thread_([this, ask = std::move(ask)] {
              for (int i = 0; !ending_; ++i) {
                  if (!ask(i)) ++bad_;
                  ++asked_;
              }
          }) {}
    ~Steady() { end(); }
    Steady(const Steady&) = delete;
    Steady& operator=(const Steady&) = delete;
    void end() {
        ending_ = true;
        if (thread_.joinable()) thread_.join();
    }
    int asked() const { return asked_; }
    int bad() const { return bad_; }

  private:
    std::atomic<bool> ending_{false};
    std::atomic<int> asked_{0}, bad_{0};
    std::thread thread_;
};

struct Besieged : Listening {
    int pages;

    Besieged() : Besieged(free_port()) {}
    explicit Besieged(int pages_port) : Listening("web: {port: " + std::to_string(pages_port) + "}\n"), pages(pages_port) {}
    int kept() const { return status().at("requests").at("bi369").value("kept", 0); }
    bool alive() const { return http_status(pages, "/healthz") == 200; }
};

std::string chunked(const std::string& body, std::size_t size) {
    std::string text;
    for (std::size_t at = 0; at < body.size(); at += size) {
        const std::string part = body.substr(at, size);
        char length[32];
        ::snprintf(length, sizeof length, "%zx\r\n", part.size());
        text += length + part + "\r\n";
    }
    return text + "0\r\n\r\n";
}

std::string chunked_post(const std::string& body, const std::string& headers) {
    return "POST /hooks/bi369 HTTP/1.1\r\nHost: hooks\r\n" + headers + "Transfer-Encoding: chunked\r\n\r\n" + chunked(body, 1000);
}

}  // namespace

TEST_CASE("What isn't signed, isn't whole or is far too long is refused and begins no run, and health is told throughout") {
    const Besieged here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    Steady health([&](int) { return here.alive(); });
    const std::string lead = here.lead(2);
    here.qualify_silently(lead);
    const std::string body = lead_updated("evt_1", lead), good = signature_of(body);
    const std::string swapped = "{\"event\":\"lead.updated\",\"id\":\"evt_1\",\"data\":{\"id\":\"" + lead + "\"}}";
    const std::string huge(10'000'000, ' ');
    struct Case {
        const char* about;
        std::string bytes;
        int status;
    };
    const Case cases[] = {
        {"no signature", hook_post(body, ""), 401},
        {"another secret's", hook_post(body, "X-Bi369-Signature: " + signature_of(body, "guess") + "\r\n"), 401},
        {"the other service's header", hook_post(body, "X-BindPilot-Signature: " + good + "\r\n"), 401},
        {"a signature cut short", hook_post(body, "X-Bi369-Signature: " + good.substr(0, 40) + "\r\n"), 401},
        {"an empty signature", hook_post(body, "X-Bi369-Signature: \r\n"), 401},
        {"without its prefix", hook_post(body, "X-Bi369-Signature: " + good.substr(7) + "\r\n"), 401},
        {"two signatures", hook_post(body, "X-Bi369-Signature: " + good + "\r\nX-Bi369-Signature: " + good + "\r\n"), 401},
        {"the signature of other bytes: a space more", hook_post(body + " ", signed_line(body)), 401},
        {"members in another order than was signed", hook_post(swapped, signed_line(body)), 401},
        {"a body cut short, with a length that fits it", hook_post(body.substr(0, body.size() / 2), signed_line(body)), 401},
        {"no JSON", signed_post("lead.updated"), 400},
        {"no event", signed_post("{\"id\":\"evt_1\"}"), 400},
        {"a list", signed_post("[" + body + "]"), 400},
        {"deeper than anybody means", signed_post(std::string(20000, '[') + std::string(20000, ']')), 400},
        {"no bytes", signed_post(""), 400},
        {"another hook", hook_post(body, signed_line(body), "/hooks/autobind"), 404},
        {"not posted", "GET /hooks/bi369 HTTP/1.1\r\nHost: hooks\r\n\r\n", 405},
        {"10 MB by its length", hook_post(huge, signed_line(huge)), 413},
        {"10 MB in pieces", chunked_post(huge, signed_line(huge)), 413},
        {"a length that is no number", "POST /hooks/bi369 HTTP/1.1\r\nHost: hooks\r\nContent-Length: many\r\n\r\n", 400},
        {"no HTTP at all", "\x16\x03\x01 hello\r\n\r\n", 400},
    };
    for (const auto& c : cases) {
        CAPTURE(c.about);
        const RawClient client(here.port);
        client.send(c.bytes);  // may end early: a 413 closes the connection before the last byte is sent
        const int status = client.status();
        CHECK((status == c.status || (c.status == 413 && status == 0)));
    }
    {
        const RawClient cut(here.port);  // goes away in the middle
        cut.send(signed_post(body).substr(0, 150));
    }
    CHECK(here.made() == 0);
    CHECK(here.runs("webhook") == 0);
    CHECK(here.kept() == 0);
    // After all of it the same event, signed, is taken; in pieces too; and a second time it is known.
    CHECK(here.answer_to(chunked_post(body, signed_line(body))) == 200);
    CHECK(here.answer_to(signed_post(body)) == 200);
    until([&] { return here.made() == 1 && here.kept() == 2 && here.quiet(); });  // with the echo of our own write
    CHECK(here.status().at("requests").at("bi369").at("repeated") == 1);
    CHECK(here.runs("webhook") == 1);
    health.end();
    CHECK(health.asked() > 0);
    CHECK(health.bad() == 0);
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait(std::chrono::seconds(300));
    CHECK(ended.code == 143);
    CHECK_FALSE(has(ended.err, kHookSecret));
}

TEST_CASE("Events in any order and any number of times end in the same: what the service says now, once") {
    const Listening here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    const std::string lead = here.lead(4);
    here.qualify_silently(lead);
    // What was true before comes last, and then all of it again.
    const std::string before = json{{"id", "evt_1"}, {"event", "lead.created"}, {"data", {{"id", lead}, {"status", "new"}, {"updatedAt", "2026-01-01T00:00:00Z"}}}}.dump();
    const std::string after = json{{"id", "evt_2"}, {"event", "lead.updated"}, {"data", {{"id", lead}, {"status", "qualified"}}}}.dump();
    for (const auto& body : {after, before, after, before}) CHECK(here.answer_to(signed_post(body)) == 200);
    until([&] { return here.made() == 1 && here.quiet(); });
    CHECK(here.agency.cell("SELECT status FROM bi369_leads WHERE key = '" + lead + "'") == "qualified");
    CHECK(here.status().at("requests").at("bi369").at("repeated") == 2);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(300)).code == 143);
    CHECK(here.made() == 1);
}

TEST_CASE("200 connections at once are answered while a hundred others drip a byte now and then, which are cut off") {
    const Besieged here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    CHECK(here.agency.run({"pause", "calls"}).code == 0);  // so that all are one run
    Words leads, posts;
    for (const auto& lead : here.sandbox.records("bi369", "leads")) leads.push_back(lead.at("id"));
    REQUIRE(leads.size() == 30);
    for (const auto& lead : leads) here.qualify_silently(lead);
    for (std::size_t i = 0; i < 200; ++i) posts.push_back(signed_post(lead_updated("evt_" + std::to_string(i), leads[i % 30])));
    std::vector<RawClient> dripping;
    for (int i = 0; i < 100; ++i) {
        dripping.emplace_back(here.port);
        REQUIRE(dripping.back().connected());
    }
    const std::string slow = signed_post(lead_updated("evt_slow", leads.front()));
    std::size_t dripped = 0;
    const auto drip = [&] {
        for (const auto& client : dripping) client.send(slow.substr(dripped, 1));
        ++dripped;
    };
    drip();
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) clients.emplace_back(here.port);
    Steady health([&](int) { return here.alive(); });
    for (std::size_t i = 0; i < 200; ++i) {
        CHECK(clients[i].send(posts[i]));
        if (i % 50 == 0) drip();
    }
    int yes = 0;
    for (const auto& client : clients) yes += client.status() == 200 ? 1 : 0;
    CHECK(yes == 200);
    int looked = 0;
    until([&] {  // a request has its time to be whole, however busy its sender is
        if (++looked % 20 == 0) drip();
        return std::all_of(dripping.begin(), dripping.end(), [](const RawClient& client) { return client.cut_off(); });
    });
    CHECK(dripped < slow.size());
    CHECK(here.kept() == 200);
    CHECK(here.agency.run({"resume", "calls"}).code == 0);
    until([&] { return here.made() == 30 && here.quiet(); });
    const int runs = here.runs("webhook");
    health.end();
    CHECK(health.asked() > 0);
    CHECK(health.bad() == 0);
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait(std::chrono::seconds(300));
    INFO(ended.err);
    CHECK(ended.code == 143);
    CHECK(runs == 1);
}

TEST_CASE("A flood of events, good and forged, keeps no job from its schedule, though they call the same service") {
    const Besieged here;
    write_text(here.agency / "jobs/steady.yaml", "job: steady\nschedule: {every: 1s}\nsteps:\n  - pull: bi369.projects\n");
    write_text(here.agency / "jobs/often.yaml", "job: often\nschedule: {every: 1s}\nsteps:\n  - pull: bindpilot.renewals\n");
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") >= 3; });
    std::vector<std::string> leads;
    for (int i = 0; i < 30; ++i) leads.push_back(here.lead(i));
    Steady health([&](int) { return here.alive(); });
    const auto flood = [&](const std::string& who) {
        return [&here, &leads, who](int i) { return here.answer_to(signed_post(lead_updated(who + std::to_string(i), leads[static_cast<std::size_t>(i) % leads.size()]))) == 200; };
    };
    Steady good(flood("a")), more(flood("b"));
    Steady forged([&](int i) {
        const std::string body = lead_updated("f" + std::to_string(i), leads.front());
        return here.answer_to(hook_post(body, "X-Bi369-Signature: " + signature_of(body, "guess") + "\r\n")) == 401;
    });
    until([&] { return here.runs("webhook") >= 1 && forged.asked() > 50; });
    for (const auto& lead : leads) here.qualify_silently(lead);
    for (const char* job : {"steady", "often"}) {
        const int before = runs_of(here.agency, job), posted = good.asked() + more.asked();
        until([&] { return runs_of(here.agency, job) >= before + 3; });  // they began and ended amid the flood
        CHECK(good.asked() + more.asked() > posted);
    }
    until([&] { return here.made() == 30; });
    const int hooked = here.runs("webhook");
    until([&] { return here.runs("webhook") > hooked; });  // it goes on to the end
    for (Steady* each : {&good, &more, &forged, &health}) {
        each->end();
        CHECK(each->bad() == 0);
    }
    until([&] { return here.kept() == good.asked() + more.asked() + 30 && here.quiet(); });  // with the echoes of our own writes
    CHECK(here.made() == 30);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(600)).code == 143);
    CHECK(here.agency.cell("SELECT count(*) FROM run WHERE outcome NOT IN ('done', 'interrupted')") == "0");
}
