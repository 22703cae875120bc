// The leads' book is ours: merges write into it, and the website's next file must not undo that.
#include "core/exact_json.h"
#include "inbox.h"
#include "store/overlay.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const std::string kHeader = "First Name,Last Name,Email,Phone,ZIP,Message,Created\n";

std::string lead(const std::string& mail, const std::string& phone, const std::string& message, const std::string& when = "2026-01-10") {
    return "Ann,Zeb," + mail + "," + phone + ",78701," + message + "," + when + "\n";
}

ImportRun import(CsvInbox& inbox, const std::string& rows) {
    inbox.world.clock.advance(std::chrono::minutes(1));
    return inbox.import_at(inbox.write("leads.csv", kHeader + rows), [](ImportRequest& r) { r.book = "book.leads"; });
}

void merge(CsvInbox& inbox, const FieldTexts& values) {
    inbox.world.with_engine([&](const Engine& engine) {
        const Mapping& mapping = engine.config.mapping("book.leads");
        const std::string key = inbox.world.rows("SELECT key FROM book_leads").front();
        engine.store.transaction([&] { REQUIRE(overlay_record(engine.store, mapping, key, values, 1)); });
    });
}

std::vector<std::string> row(CsvInbox& inbox) { return inbox.world.rows("SELECT email, phone, notes FROM book_leads ORDER BY key"); }

}  // namespace

TEST_CASE("What a merge wrote into our book survives the next file") {
    CsvInbox inbox;
    CHECK(import(inbox, lead("ann@web.example", "512 555 0142", "call me")).file.counts.added == 1);
    merge(inbox, {{"phone", "+1 512 555 0199"}, {"email", "ann@new.example"}});
    CHECK(row(inbox) == std::vector<std::string>{"ann@new.example|+1 512 555 0199|call me"});
    // The same row again is no news; one that differs elsewhere changes only what differs.
    CHECK(import(inbox, lead("ann@web.example", "512 555 0142", "call me") + "\n").file.counts.unchanged == 1);
    const ImportRun next = import(inbox, lead("ann@web.example", "512 555 0142", "call me soon"));
    INFO(to_text(next));
    CHECK(next.file.counts.changed == 1);
    CHECK(row(inbox) == std::vector<std::string>{"ann@new.example|+1 512 555 0199|call me soon"});
    // Nor is another spelling of what it said.
    import(inbox, lead("ANN@web.example ", "(512) 555-0142", "call me soon"));
    CHECK(row(inbox) == std::vector<std::string>{"ann@new.example|+1 512 555 0199|call me soon"});
    // Where no merge wrote, it lands.
    import(inbox, lead("ANN@web.example ", "(512) 555-0142", "Call me SOON"));
    CHECK(row(inbox) == std::vector<std::string>{"ann@new.example|+1 512 555 0199|Call me SOON"});
    // What the website changed itself is news.
    CHECK(import(inbox, lead("ann@web.example", "512 555 0177", "Call me SOON", "2026-01-12")).file.counts.changed == 1);
    CHECK(row(inbox) == std::vector<std::string>{"ann@new.example|512 555 0177|Call me SOON"});
    // A part of the book removes nothing.
    CHECK(import(inbox, "Bob,Fox,bob@web.example,512 555 0101,78702,,2026-01-12\n").file.counts.added == 1);
    CHECK(row(inbox).size() == 2);
}

TEST_CASE("An export of our book knows its records though a merge moved their fields") {
    CsvInbox inbox;
    import(inbox, lead("ann@web.example", "512 555 0142", "call me"));
    merge(inbox, {{"email", "ann@new.example"}});
    const std::string once = inbox.exported("book.leads");
    CHECK(once.rfind("record_key,lead_id,", 0) == 0);
    inbox.world.clock.advance(std::chrono::minutes(1));
    const ImportRun again = inbox.import_at(inbox.write("again.csv", once), [](ImportRequest& r) { r.book = "book.leads"; });
    INFO(to_text(again) << once);
    CHECK(again.file.counts.unchanged == 1);
    CHECK(again.file.counts.seen == 1);
    CHECK(inbox.exported("book.leads") == once);
}
