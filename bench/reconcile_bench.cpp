// A reconcile of two books, 1 % of which differ, beside the same comparison as one hand-written join of two typed tables without
// documents, in the same minute and the same file. Wall time, the best of three. Usage: reconcile_bench [ROWS]
#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <filesystem>
#include <iostream>

#include "store/agreed.h"
#include "store/datasets.h"
#include "store/pairing.h"

using namespace bindery;

namespace {

const char* const kFields[] = {"policy_number", "premium", "status", "effective_date", "expiration_date", "client_email", "client_phone"};

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
    add("policy_number", FieldType::policy_number, true);
    add("client_name", FieldType::text, true);
    add("client_email", FieldType::email, true);
    add("client_phone", FieldType::phone, true);
    add("carrier", FieldType::text, false);
    add("line_of_business", FieldType::text, false);
    add("state", FieldType::state, false);
    add("premium", FieldType::money, false);
    add("effective_date", FieldType::date, false);
    add("expiration_date", FieldType::date, false);
    add("status", FieldType::text, false);
    return mapping;
}

std::string document(int i, bool ours, bool differs) {
    const std::string n = std::to_string(1'000'000 + i);
    return R"({"id":")" + std::string(ours ? "o_" : "p_") + n + R"(","policy_number":")" + (ours ? "HO-" : "HO") + n + R"(","client_name":"Zebulon Quartermain )" + n +
           R"(","client_email":"zeb)" + n + R"(@client.example","client_phone":")" + (ours ? "(512) 555-" : "512555") + n.substr(3) +
           R"(","carrier":"Pecos Valley Mutual","line_of_business":"homeowners","state":"TX","premium":)" + std::to_string(900 + i % 700 + (differs ? 1 : 0)) +
           R"(.50,"effective_date":"2026-03-01","expiration_date":"2027-03-01","status":"active"})";
}

void fill(Store& store, const Mapping& mapping, int rows, bool ours, const Clock& clock) {
    Staging staging(store.file(), "bench", mapping, clock);
    staging.begin(clock.wall());
    for (int first = 0, page = 1; first < rows; first += 1000, ++page) {
        std::vector<std::string> texts;
        for (int i = first; i < std::min(rows, first + 1000); ++i) texts.push_back(document(i, ours, ours && i % 100 == 7));
        staging.add_page(page, clock.wall(), std::vector<std::string_view>(texts.begin(), texts.end()), std::nullopt);
    }
    LandOptions options;
    options.complete = true;
    options.verdict = "complete";
    land(store, mapping, staging, options);
}

template <typename Work>
double seconds(Work&& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void report(const char* what, double own, double baseline) {
    std::cout << what << ": " << own << " s, " << own / baseline << " x the join of bare tables (" << baseline << " s)\n";
}

}  // namespace

int main(int argc, char** argv) {
    const int rows = argc > 1 ? std::atoi(argv[1]) : 200'000;
    const auto folder = std::filesystem::temp_directory_path() / ("reconcile_bench." + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
    std::filesystem::create_directories(folder);
    {
        SystemClock clock;
        Store store(folder / "bench.db", clock);
        const Mapping ours = mapping_of("book.policies"), theirs = mapping_of("bindpilot.policies");
        for (const Mapping* mapping : {&ours, &theirs}) {
            ensure_dataset(store, *mapping);
            fill(store, *mapping, rows, mapping == &ours, clock);
        }
        auto& db = store.db();
        for (const char* side : {"ours", "theirs"}) {
            const std::string record = std::string(side) == "ours" ? "record_book_policies" : "record_bindpilot_policies";
            db.exec(std::string("CREATE TABLE bare_") + side + " AS SELECT key, policy_number_key, premium, status, effective_date, expiration_date, client_email_key, client_phone_key FROM " + record +
                    "; CREATE INDEX bare_" + side + "_number ON bare_" + side + " (policy_number_key);");
        }
        const auto join = [&](const std::string& o, const std::string& t) {
            SQLite::Statement s(db, "SELECT t.key FROM " + t + " t JOIN " + o + " o ON o.policy_number_key = t.policy_number_key AND o.expiration_date = t.expiration_date "
                                    "WHERE o.premium IS NOT t.premium OR o.status IS NOT t.status OR o.effective_date IS NOT t.effective_date OR "
                                    "o.client_email_key IS NOT t.client_email_key OR o.client_phone_key IS NOT t.client_phone_key");
            int found = 0;
            while (s.executeStep()) ++found;
            if (found != rows / 100) std::abort();
        };
        PairRules rules{"bench", &ours, &theirs, {std::begin(kFields), std::end(kFields)}, {{"policy_number", "expiration_date"}, {"client_name", "effective_date", "expiration_date"}}, {}};
        const auto reconcile = [&](bool first) {
            store.transaction([&] {
                if (first) db.exec("DELETE FROM agreed");
                Pairing pairing(store, rules);
                const auto pairs = pairing.differing();
                for (const auto& pair : pairs) put_base(store, "bench", pair, pair.base, 1);
                pairing.settle_equal(1);
                if (pairs.size() != static_cast<std::size_t>(rows / 100) || !pairing.only_ours().empty() || !pairing.only_theirs().empty() || !pairing.gone().empty() || !pairing.unclear().empty()) std::abort();
            });
        };
        double bare = 1e9, own_tables = 1e9, meeting = 1e9, again = 1e9;
        for (int i = 0; i < 3; ++i) {
            bare = std::min(bare, seconds([&] { join("bare_ours", "bare_theirs"); }));
            own_tables = std::min(own_tables, seconds([&] { join("record_book_policies", "record_bindpilot_policies"); }));
            meeting = std::min(meeting, seconds([&] { reconcile(true); }));
            again = std::min(again, seconds([&] { reconcile(false); }));
        }
        std::cout << rows << " policies a side, 1 % differ\n";
        report("the same join of the stored tables", own_tables, bare);
        report("reconcile, the books meet for the first time", meeting, bare);
        report("reconcile, as every day", again, bare);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
