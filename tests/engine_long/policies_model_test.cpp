// Two people edit two books at random, replies get lost, lists lag, old exports come back, processes die, conflicts are decided by the
// toss of a coin. No edit is lost unlisted, and a quiet system sends nothing.
#include <catch2/catch.hpp>

#include "core/exact_json.h"
#include "core/random.h"
#include "core/field.h"
#include "store/conflicts.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const char* const kFields[] = {"premium", "status", "client_email", "client_phone"};

class Model {
  public:
    explicit Model(std::uint64_t seed) : random_(seed) {
        world.shipped_policies();
        for (int i = 0; i < 5; ++i) {
            rows_.push_back(policy(i, 60 + i));
            theirs().push_back(policy(i, 60 + i));
        }
        import_ours();
        REQUIRE(world.run("policies").exit == ExitCode::done);
        world.services.on_write = [this](const HttpRequest&, std::size_t) -> std::optional<Fault> {
            if (!faults_) return std::nullopt;
            switch (below(6)) {
                case 0: return lost_after();
                case 1: return lost_before();
                case 2: return says(503);
                default: return std::nullopt;
            }
        };
    }

    void round() {
        if (below(3) == 0) old_exports_.push_back({rows_, world.clock.wall()});
        for (std::uint64_t n = below(3); n > 0; --n) edit_ours();
        for (std::uint64_t n = below(3); n > 0; --n) edit_theirs();
        if (below(3) == 0) ams_takes_its_list();
        if (below(3) == 0) decide_some();
        if (below(4) != 0) import_ours();
        if (!old_exports_.empty() && below(4) == 0) {
            const Export& old = old_exports_[below(old_exports_.size())];
            world.import_book(old.rows, old.at);  // somebody drops last week's file in: it takes nothing back
        }
        if (below(4) == 0) world.services.catch_up();
        world.services.lags = below(2) == 0;
        world.services.overwritten.clear();
        if (below(4) == 0) {
            Death death;
            (below(2) == 0 ? death.at_commit : death.at_reply) = 1 + below(8);
            world.run_or_die("policies", death);
            world.clock.advance(std::chrono::minutes(1));
        } else {
            world.run("policies");
        }
        nothing_unlisted();
    }

    // No more edits and faults: people work off what waits for them; then nothing is left to do.
    void quiet_down() {
        faults_ = false;
        world.services.lags = false;
        for (int i = 0; i < 10; ++i) {
            world.services.catch_up();
            ams_takes_its_list();
            decide_all();
            settle_held();
            import_ours();
            world.run("policies");
        }
        const std::size_t writes = world.services.writes;
        import_ours();
        const RunReport report = world.run("policies");
        INFO(to_text(report));
        CHECK(world.services.writes == writes);
        CHECK(report.effects.planned == 0);
        CHECK(report.conflicts == 0);
        CHECK(report.reconciled.at(0).differ == report_of_blanks());
        for (const auto& row : world.rows("SELECT state FROM effect WHERE state NOT IN ('done', 'withdrawn', 'held')")) FAIL("an effect is still " << row);
        CHECK(world.rows("SELECT count(*) FROM correction WHERE state = 'open'") == std::vector<std::string>{"0"});
    }

    World world;

  private:
    std::vector<json>& theirs() { return world.services.lists["/policies"]; }
    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

    json value_for(const std::string& field) {
        const std::string n = std::to_string(++made_);
        if (below(6) == 0) return nullptr;
        if (field == "premium") return 1000 + made_;
        if (field == "status") return below(2) == 0 ? "active" : "cancelled";
        if (field == "client_email") return "mail" + n + "@client.example";
        return "512555" + std::to_string(1000 + made_);
    }

    // A blank cell of the file says nothing: what the book has stays.
    void import_ours() {
        world.import_book(rows_);
        book_.resize(rows_.size());
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            for (const char* field : kFields) {
                if (canonical(field, rows_[i][field])) book_[i][field] = rows_[i][field];
            }
        }
    }

    void edit_ours() {
        const std::string field = kFields[below(4)];
        rows_[below(rows_.size())][field] = value_for(field);
    }

    void edit_theirs() {
        const std::string field = kFields[below(4)];
        json& record = theirs()[below(theirs().size())];
        record[field] = value_for(field);
        if (const auto late = world.services.late.find(record["id"]); late != world.services.late.end()) late->second.erase(field);
    }

    static std::optional<std::string> canonical(const std::string& field, const json& value) {
        const FieldType type = field == "premium" ? FieldType::money : field == "client_email" ? FieldType::email : field == "client_phone" ? FieldType::phone : FieldType::text;
        const Canonical text = canonicalize(type, value);
        if (text.state != Canonical::State::value) return std::nullopt;
        return match_key(type, text.text).value_or(text.text);
    }

    void ams_takes_its_list() {
        for (const auto& line : world.rows("SELECT replace(key, '|', ' '), field, coalesce(had, ''), wanted FROM correction WHERE dataset = 'book.policies' AND state = 'open'")) {
            std::vector<std::string> cells;
            for (std::size_t at = 0; at <= line.size();) {
                const std::size_t end = std::min(line.find('|', at), line.size());
                cells.push_back(line.substr(at, end - at));
                at = end + 1;
            }
            for (auto& row : rows_) {
                if (policy_key(row["policy_number"].get<std::string>()).value_or("") + " " + row["expiration_date"].get<std::string>() != cells[0]) continue;
                // The person at the AMS looks before typing, and fills a blank.
                if (!canonical(cells[1], row[cells[1]]) || canonical(cells[1], row[cells[1]]).value_or("") == canonical(cells[1], cells[2]).value_or("")) row[cells[1]] = cells[3];
            }
        }
    }

    void decide_some() {
        if (below(2) == 0) decide_all();
    }

    void decide_all() {
        world.with_engine([&](const Engine& engine) {
            engine.store.transaction([&] {
                Conflicts conflicts(engine.store);
                for (const auto& c : conflicts.list({})) {
                    const std::uint64_t coin = below(3);
                    if (coin == 0) conflicts.resolve(c.id, "ours", c.ours_value);
                    else if (coin == 1) conflicts.resolve(c.id, "theirs", c.theirs_value);
                    else conflicts.resolve(c.id, "value", c.field == "premium" ? "777.00" : c.field == "status" ? "pending" : c.field == "client_phone" ? "5125557777" : "third@client.example");
                }
            });
        });
    }

    void settle_held() {
        for (const auto& effect : world.effects()) {
            if (effect.state == "held" || effect.state == "rejected") world.settle(effect, "retry");
        }
    }

    // Whatever our writes wrote over was listed: as what the record had, or as an earlier value of our own.
    void nothing_unlisted() {
        for (const auto& lost : world.services.overwritten) {
            bool listed = false;
            for (const auto& line : world.rows("SELECT coalesce(had, ''), coalesce(wanted, '') FROM correction WHERE dataset = 'bindpilot.policies' AND key = '" + lost.id + "' AND field = '" +
                                               lost.member + "'")) {
                for (const auto& value : {line.substr(0, line.find('|')), line.substr(line.find('|') + 1)}) {
                    listed = listed || canonical(lost.member, json(value)) == canonical(lost.member, lost.before);
                }
            }
            // Another spelling of the same, or a member that only names the record.
            if (lost.member == "policy_number" || lost.member == "expiration_date") continue;
            INFO(lost.id << " " << lost.member << " was " << lost.before.dump());
            CHECK(listed);
        }
    }

    // Pairs in which one side is blank and the other stands by what both had: nobody fills or empties them.
    std::int64_t report_of_blanks() {
        std::int64_t count = 0;
        for (std::size_t i = 0; i < book_.size(); ++i) {
            bool blank = false;
            for (const char* field : kFields) {
                const auto a = canonical(field, book_[i][field]), b = canonical(field, theirs()[i][field]);
                if (a == b) continue;
                INFO("policy " << i << " " << field << ": ours " << book_[i][field].dump() << ", theirs " << theirs()[i][field].dump());
                CHECK((!a || !b));
                blank = true;
            }
            count += blank ? 1 : 0;
        }
        return count;
    }

    Random random_;
    std::vector<json> rows_;  // of the AMS
    std::vector<json> book_;  // what Bindery's copy shows of them
    struct Export {
        std::vector<json> rows;
        WallTime at;
    };
    std::vector<Export> old_exports_;
    bool faults_ = true;
    int made_ = 0;
};

}  // namespace

TEST_CASE("Two people edit two books at random: no edit is lost unlisted, and a quiet system sends nothing") {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        INFO("seed " << seed);
        Model model(seed);
        for (int i = 0; i < 10; ++i) model.round();
        model.quiet_down();
    }
}

TEST_CASE("For the same readings the order of two jobs doesn't change the end") {
    std::vector<std::string> ends;
    for (const bool turned : {false, true}) {
        World world;
        world.shipped_policies();
        world.job("producers", R"(
job: producers
steps:
  - pull: bindpilot.policies
  - reconcile: {ours: book.policies, theirs: bindpilot.policies}
    match: [policy_number, expiration_date]
    fields: {producer: ours, carrier: both}
    push: bindpilot.upsert_policy
    effect: producer_correction
)");
        std::vector<json> rows;
        for (int i = 0; i < 4; ++i) {
            rows.push_back(policy(i, 60 + i, {{"premium", 1000 + i}, {"producer", i == 1 ? "Kim" : "Bo"}}));
            world.services.lists["/policies"].push_back(policy(i, 60 + i, {{"carrier", i == 2 ? "Other" : "Pecos Valley"}}));
        }
        world.import_book(rows);
        for (int round = 0; round < 3; ++round) {
            for (const char* job : {turned ? "producers" : "policies", turned ? "policies" : "producers"}) world.run(job);
        }
        std::string end = json(world.services.lists["/policies"]).dump() + "\n";
        for (const char* sql : {"SELECT job, dataset, key, field, had, wanted, state FROM correction ORDER BY job, dataset, key, field", "SELECT job, theirs_key, base FROM agreed ORDER BY job, theirs_key",
                                "SELECT name, state FROM effect ORDER BY name, once_per", "SELECT job, field, ours_value, theirs_value, state FROM conflict ORDER BY job, theirs_key"}) {
            for (const auto& row : world.rows(sql)) end += row + "\n";
        }
        ends.push_back(end);
    }
    CHECK(ends[0] == ends[1]);
    CHECK(ends[0].find("producer|Bo|Kim|done") != std::string::npos);
}
