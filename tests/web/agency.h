#pragma once
// One agency for the pages: a store with a job, runs, effects, conflicts and a record, made by the store's own functions; a clock that
// the test sets; facts that the test sets.
#include <SQLiteCpp/SQLiteCpp.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "core/mapping.h"
#include "store/conflicts.h"
#include "store/datasets.h"
#include "store/ledger.h"
#include "store/run_calls.h"
#include "store/runs.h"
#include "store/sales.h"
#include "store/web_access.h"
#include "support/temp_folder.h"
#include "web/site.h"

namespace bindery::test {

using namespace web;

class SetClock final : public Clock {
  public:
    WallTime wall() const override { return WallTime(std::chrono::milliseconds(ms_.load())); }
    BootTime boot() const override { return std::chrono::milliseconds(ms_.load()); }
    std::string boot_id() const override { return "boot"; }
    void advance(std::chrono::milliseconds by) { ms_ += by.count(); }

  private:
    std::atomic<std::int64_t> ms_{1795413600000};  // 2026-11-23T06:00:00Z
};

inline const std::string kNasty = "<script>alert(1)</script>\"'&<img src=x onerror=y>";

class AgencyStore {
  public:
    AgencyStore() : store(folder / "agency.db", clock) {
        mapping.dataset = "book.people";
        mapping.key_pointers = {"/id"};
        mapping.fields = {{"name", FieldType::text, false, true, {"/name"}}, {"email", FieldType::email, false, true, {"/email"}}, {"note", FieldType::text, false, false, {"/note"}}};
        ensure_dataset(store, mapping);
    }

    std::int64_t run(const std::string& job, const std::string& outcome, const std::string& message = {}) {
        RunRow row;
        row.job = job;
        row.kind = "sync";
        row.phase = "pull";
        row.now = row.started_at = store.now();
        row.today = "2026-11-23";
        row.timezone = "UTC";
        store.transaction([&] { row.id = Runs(store).begin(row); });
        clock.advance(std::chrono::seconds(7));
        row.ended_at = store.now();
        row.outcome = outcome;
        row.exit_code = outcome == "done" ? 0 : 1;
        row.report = R"({"datasets":{"book.people":{"seen":3,"added":1,"verdict":"complete"}},"warnings":["a warning )" + std::string("<b>") + R"("],"waited_seconds":2.5})";
        if (!message.empty()) row.message = message;
        store.transaction([&] { Runs(store).end(row); });
        return row.id;
    }

    void record(const std::string& key, const std::string& name, const std::string& email, const std::string& note) {
        const json document{{"id", key}, {"name", name}, {"email", email}, {"note", note}};
        land_one(store, mapping, key, document.dump(), clock.wall(), 1);
        SQLite::Statement s(store.db(), "INSERT OR IGNORE INTO pull_state (dataset, last_read_at, last_run, last_verdict) VALUES ('book.people', ?, 1, 'complete')");
        s.bind(1, store.now());
        s.exec();
    }

    EffectRow effect(const std::string& once_per_value, const std::string& state, const std::string& reply, std::int64_t of_run = 1, const std::string& name = "task") {
        EffectRow row;
        row.name = name;
        row.once_per = json{{"who", once_per_value}}.dump();
        row.identity = Ledger(store).identity(row.name, row.once_per);
        row.ref = Ledger::short_ref(row.identity);
        row.job = "renewals";
        row.service = "bi369";
        row.operation = "create_task";
        row.state = "pending";
        row.method = "POST";
        row.path = "/tasks";
        row.body = R"({"title":")" + reply + "\"}";
        row.content_hash = "1";
        row.when_in_doubt = "hold";
        row.run = of_run;
        store.transaction([&] { Ledger(store).put(row); });
        Ledger(store).mark_sending(row.identity, of_run, false);
        Outcome outcome;
        outcome.state = state;
        outcome.ending = state == "in_doubt" ? "lost" : "replied";
        outcome.status = state == "done" ? 201 : 0;
        outcome.reply = reply;
        outcome.reason = reply;
        Ledger(store).finish(row.identity, of_run, outcome);
        return row;
    }

    // A lead that got a bid on a day; its post's effect is in this state (empty: there was none, the bid was declined).
    EffectRow sale(const std::string& lead, const std::string& mode, const std::string& day, const std::string& effect_state, const std::string& reason = {}, const std::string& price = "3.50") {
        EffectRow post;
        if (effect_state.empty()) {
            post.once_per = json{{"who", lead}}.dump();
            post.identity = Ledger(store).identity("lead_sale", post.once_per);
            post.ref = Ledger::short_ref(post.identity);
        } else {
            post = effect(lead, effect_state, reason, 1, "lead_sale");
        }
        const bool bid = reason != "declined";
        SaleRow row;
        row.identity = post.identity;
        row.effect = "lead_sale";
        row.ref = post.ref;
        row.job = "lead-sales";
        row.mode = mode;
        row.once_per = post.once_per;
        row.state = !effect_state.empty() ? "posting" : bid ? "tested" : "declined";
        row.asked_at = store.now();
        if (bid) row.price = price;
        if (!effect_state.empty()) row.posted_day = day;
        row.run = 1;
        store.transaction([&] {
            Sales(store).note(row);
            Sales(store).note_ask({post.identity, mode, store.now(), day, bid ? "bid" : "decline", std::nullopt, row.price, std::nullopt, 1, row.effect});
        });
        return post;
    }

    Feed feed() {
        Feed feed;
        feed.store = store.file();
        feed.clock = &clock;
        feed.new_token = new_web_token;
        feed.timezone = [] { return std::string("UTC"); };
        feed.jobs = [this](Store&) { return jobs; };
        feed.budget = [this] { return services; };
        feed.datasets = [this] { return std::make_shared<const std::vector<Mapping>>(std::vector{mapping}); };
        feed.not_ready = [this] { return reasons; };
        feed.warn = [this](const std::string& line) { warned += line + "\n"; };
        feed.hooks = [this] { return hooks; };
        feed.decide = [this](const Decision& decision) {
            decisions.push_back(decision);
            return "decided: " + decision.word;
        };
        return feed;
    }

    TempFolder folder;
    SetClock clock;
    Store store;
    Mapping mapping;
    std::vector<JobFacts> jobs;
    std::vector<ServiceFacts> services;
    std::vector<HookFacts> hooks;
    std::vector<std::string> reasons;
    std::string warned;
    std::vector<Decision> decisions;
};

inline constexpr std::uint16_t kPort = 8369;

inline Request request_of(const std::string& method, const std::string& path, const Pairs& query = {}, const std::string& cookie_value = {}, const std::string& body = {}) {
    Request request{method, path, query, {{"host", "127.0.0.1:8369"}}, body};
    if (!cookie_value.empty()) request.headers.emplace_back("cookie", "bindery_8369=" + cookie_value);
    return request;
}

inline std::string header_of(const Reply& reply, const std::string& name) { return Request::first(reply.headers, name); }

// Comes in by a link, as a person does; the session's token.
inline std::string log_in(AgencyStore& agency, Site& site) {
    const std::string link = new_web_token();
    WebAccess(agency.store).allow_link(link);
    const Reply reply = site.answer(request_of("POST", "/login", {}, {}, "token=" + link));
    REQUIRE(reply.status == 303);
    const std::string cookie_line = header_of(reply, "Set-Cookie");
    return cookie_line.substr(cookie_line.find('=') + 1, 64);
}

}  // namespace bindery::test
