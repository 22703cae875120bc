// Who is barred, by whose word, and what one who takes it back frees.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "store/migrate.h"
#include "store/sales.h"
#include "store/sqlite_file.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const std::string kPhone = "5126551001", kAnn = "ann@mail.example", kBob = "bob@mail.example";

struct Barred {
    TempFolder folder;
    SimClock clock;
    Store store{folder / "bindery.db", clock};
    Sales sales{store};
    const std::string phone = sales.phone_key(kPhone), ann = sales.email_key(kAnn), bob = sales.email_key(kBob);

    std::int64_t bar(const std::vector<std::string>& emails, const std::string& why, const std::string& asked = {}) {
        std::int64_t added = 0;
        store.transaction([&] { added = sales.bar({kPhone}, emails, why, asked); });
        return added;
    }
    std::int64_t unbar(const std::string& asked, const std::vector<std::string>& also = {}) {
        std::int64_t freed = 0;
        store.transaction([&] { freed = sales.unbar(asked, also); });
        return freed;
    }
};

}  // namespace

TEST_CASE("A bar is lifted when the last who asked for it takes it back, in whichever order") {
    Barred here;
    CHECK(here.bar({kAnn}, "revoked", "ann") == 2);
    CHECK(here.bar({kBob}, "revoked", "bob") == 1);
    CHECK(here.bar({kBob}, "revoked", "bob") == 0);
    const bool ann_first = GENERATE(true, false);
    CHECK(here.sales.asked_by({here.phone}) == std::vector<std::string>{"ann", "bob"});
    CHECK(here.unbar("carl", {here.phone, here.ann, here.bob}) == 0);
    CHECK(here.unbar(ann_first ? "ann" : "bob") == 1);
    CHECK(here.sales.barred({here.phone}));
    CHECK(here.sales.barred({here.ann}) == !ann_first);
    CHECK(here.sales.barred_for(ann_first ? "bob" : "ann").size() == 2);
    CHECK(here.unbar(ann_first ? "bob" : "ann") == 2);
    CHECK(here.sales.all_bars().empty());
}

TEST_CASE("Who was forgotten stays barred by whichever word came first") {
    Barred here;
    const bool revoked_first = GENERATE(true, false);
    CHECK(here.bar({kAnn}, revoked_first ? "revoked" : "forgotten", revoked_first ? "ann" : "") == 2);
    here.bar({kAnn}, revoked_first ? "forgotten" : "revoked", revoked_first ? "" : "ann");
    CHECK(here.sales.asked_by({here.phone, here.ann}).empty());
    CHECK(here.unbar("ann", {here.phone, here.ann}) == 0);
    for (const BarRow& bar : here.sales.all_bars()) CHECK(bar.why == "forgotten");
    CHECK(here.sales.all_bars().size() == 2);
}

TEST_CASE("Of what was barred before it was kept who asked, one who takes it back frees what is known to be theirs") {
    TempFolder folder;
    SimClock clock;
    {
        auto list = compiled_migrations();
        std::erase_if(list, [](const Migration& one) { return one.number >= 18; });
        auto db = open_for_writing(folder / "bindery.db", kStoreFile);
        migrate(*db, folder / "bindery.db", list, "2026-10-01T00:00:00.000Z");
        db->exec("INSERT INTO meta (name, value) VALUES ('identity_key', randomblob(32)), ('store_id', 'one')");
        db->exec("INSERT INTO do_not_contact (person, kind, why, at) VALUES ('ann', 'email', 'revoked', '2026'), ('phone', 'phone', 'revoked', '2026'), ('gone', 'email', 'forgotten', '2026')");
    }
    Store store(folder / "bindery.db", clock);
    Sales sales(store);
    std::int64_t freed = 0;
    store.transaction([&] { freed = sales.unbar("by ann", {"ann", "gone"}); });
    CHECK(freed == 1);
    CHECK(sales.barred({"phone"}));
    CHECK(sales.barred({"gone"}));
    CHECK(sales.asked_by({"phone", "gone"}) == std::vector<std::string>{""});
}
