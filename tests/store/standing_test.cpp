// Pairs that stand aren't compared again: whatever moves in two small books full of doubles, the outcome is that of comparing all.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "core/exact_json.h"
#include "core/random.h"
#include "store/agreed.h"
#include "store/conflicts.h"
#include "store/datasets.h"
#include "store/overlay.h"
#include "store/pairing.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

Mapping mapping_of(const std::string& dataset) {
    Mapping mapping;
    mapping.dataset = dataset;
    mapping.key_pointers = {"/id"};
    const auto add = [&](const char* name, FieldType type, bool match) {
        Field field;
        field.name = name;
        field.type = type;
        field.match = match;
        field.pointers = {std::string("/") + name};
        mapping.fields.push_back(field);
    };
    add("number", FieldType::policy_number, true);
    add("due", FieldType::date, false);
    add("name", FieldType::text, true);
    add("line", FieldType::text, false);
    add("price", FieldType::text, false);
    return mapping;
}

class TwoBooks {
  public:
    explicit TwoBooks(std::uint64_t seed) : clock_(parse_rfc3339("2026-01-15T13:00:00.000Z")), store_(folder_ / "bindery.db", clock_), random_(seed) {
        store_.db().exec("PRAGMA synchronous = OFF");
        for (const Mapping* mapping : {&ours_, &theirs_}) ensure_dataset(store_, *mapping);
    }

    void move_something() {
        clock_.advance(std::chrono::seconds(1));
        const bool ours = below(2) == 0;
        const Mapping& mapping = ours ? ours_ : theirs_;
        const std::string key = (ours ? "o" : "t") + std::to_string(below(8));
        const auto kind = below(12);
        if (kind == 0) {
            store_.transaction([&] { Conflicts(store_).link("job", "t" + std::to_string(below(8)), "o" + std::to_string(below(8)), below(2) == 0); });
        } else if (kind == 1) {
            store_.transaction([&] { overlay_record(store_, ours_, "o" + std::to_string(below(8)), {{"price", std::to_string(below(3))}}, 1); });
        } else if (kind < 4) {
            land_one(store_, mapping, key, std::nullopt, clock_.wall(), 1);
        } else {
            const json document{{"id", key}, {"number", "N" + std::to_string(below(5))}, {"due", "2026-01-0" + std::to_string(1 + below(2))}, {"name", "n" + std::to_string(below(4))},
                                {"line", below(3) == 0 ? "auto" : "home"}, {"price", std::to_string(below(3))}};
            land_one(store_, mapping, key, dump_exact(document), clock_.wall(), 1);
        }
    }

    // As a run does: differing pairs keep a base, the others settle.
    std::string reconcile(bool look_at_all) {
        std::string told;
        struct Undo {};
        try {
            store_.transaction([&] {
                if (look_at_all) store_.db().exec("UPDATE agreed SET theirs_doc = NULL");
                ++run_;
                PairRules rules{"job", &ours_, &theirs_, {"number", "price"}, {{"number", "due"}, {"name", "due"}}, {"line"}};
                Pairing pairing(store_, rules);
                told = tell(pairing);
                if (look_at_all) throw Undo{};
                for (const auto& pair : pairing.differing()) put_base(store_, "job", pair, pair.base, run_);
                pairing.settle_equal(run_);
            });
        } catch (const Undo&) {
        }
        return told;
    }

    std::int64_t standing() { return store_.db().execAndGet("SELECT count(*) FROM agreed WHERE theirs_doc IS NOT NULL").getInt64(); }

  private:
    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

    static std::string tell(Pairing& pairing) {
        const PairCounts& n = pairing.counts();
        std::string text;
        for (const auto count : {n.ours, n.theirs, n.pairs, n.by_fallback, n.equal, n.differing}) text += std::to_string(count) + " ";
        for (const auto& pair : pairing.differing()) text += "\n" + pair.theirs_key + " differs from " + pair.ours_key + (pair.known ? "" : ", new");
        for (const auto& record : pairing.unclear()) text += "\n" + record.theirs_key + " may be " + json(record.candidates).dump();
        for (const auto& key : pairing.only_ours()) text += "\nonly " + key;
        for (const auto& key : pairing.only_theirs()) text += "\nonly " + key;
        for (const auto& pair : pairing.gone()) text += "\ngone " + pair.theirs_key + " " + pair.ours_key + (pair.ours_gone ? " ours" : "") + (pair.theirs_gone ? " theirs" : "");
        for (int i = 0; i < 8; ++i) {
            if (const auto pair = pairing.pair_of("t" + std::to_string(i))) text += "\n" + pair->theirs_key + " is " + pair->ours_key;
        }
        return text;
    }

    TempFolder folder_;
    SimClock clock_;
    Store store_;
    Random random_;
    Mapping ours_ = mapping_of("book.things"), theirs_ = mapping_of("demo.things");
    std::int64_t run_ = 0;
};

}  // namespace

TEST_CASE("What stands is left out of the comparison, and the outcome is as if all were compared") {
    std::int64_t stood = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        TwoBooks books(seed);
        for (int round = 0; round < 25; ++round) {
            for (int i = round == 0 ? 20 : 2; i > 0; --i) books.move_something();
            INFO("seed " << seed << ", round " << round);
            const std::string all = books.reconcile(true);
            stood += books.standing();
            REQUIRE(books.reconcile(false) == all);
            REQUIRE(books.reconcile(false) == books.reconcile(true));
        }
    }
    CHECK(stood > 30);
}
