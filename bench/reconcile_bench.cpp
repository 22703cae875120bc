// The reconcile step of the shipped policies job over two books, beside the same comparison as one hand-written SQL join of two typed
// tables without documents, in the same minute and the same file: which pairs differ, with both records, and what only one book has.
// Wall time, and the processor's time, which other work on the machine disturbs less; the best of several, commits included.
// Usage: reconcile_bench [ROWS [TIMES]]
#include <SQLiteCpp/SQLiteCpp.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "config/load.h"
#include "engine/reconcile.h"
#include "store/datasets.h"
#include "store/runs.h"

using namespace bindery;

namespace {

std::string document(int i, bool ours, int raised) {
    const std::string n = std::to_string(1'000'000 + i);
    const std::string id = (ours ? R"("key":"HO)" + n + "|2027-03-01" : R"("id":"p_)" + n) + "\",";
    return "{" + id + R"("policy_number":")" + (ours ? "HO-" : "HO") + n + R"(","client_name":"Zebulon Quartermain )" + n + R"(","client_email":"zeb)" + n +
           R"(@client.example","client_phone":")" + (ours ? "(512) 555-" : "512555") + n.substr(3) +
           R"(","carrier":"Pecos Valley Mutual","line_of_business":"homeowners","state":"TX","premium":)" + std::to_string(900 + i % 700 + raised) +
           R"(.50,"effective_date":"2026-03-01","expiration_date":"2027-03-01","status":"active"})";
}

void fill(Store& store, const Mapping& mapping, int rows, bool ours, int raised, const Clock& clock) {
    Mapping by_key = mapping;
    if (ours) {
        by_key.key_fields.clear();
        by_key.key_pointers = {"/key"};
    }
    Staging staging(store.file(), "bench", by_key, clock);
    staging.begin(clock.wall());
    for (int first = 0, page = 1; first < rows; first += 1000, ++page) {
        std::vector<std::string> texts;
        for (int i = first; i < std::min(rows, first + 1000); ++i) texts.push_back(document(i, ours, ours && i % 100 == 7 ? raised : 0));
        staging.add_page(page, clock.wall(), std::vector<std::string_view>(texts.begin(), texts.end()), std::nullopt);
    }
    LandOptions options;
    options.complete = true;
    options.one_list_is_enough = true;
    options.max_removed_percent = 100;
    options.verdict = "complete";
    land(store, mapping, staging, options);
}

struct Time {
    double wall = 1e9, processor = 1e9;
};

Time least(const Time& a, const Time& b) { return {std::min(a.wall, b.wall), std::min(a.processor, b.processor)}; }

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Work>
Time timed(Work&& work) {
    const double processor = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), processor_seconds() - processor};
}

struct Best {
    Time own, outer, inner;
};

constexpr const char* kColumns = "key, policy_number, policy_number_key, client_name, client_email, client_email_key, client_phone, client_phone_key, carrier, line_of_business, state, premium, "
                                 "effective_date, expiration_date, status";
constexpr const char* kDiffers = "(o.premium IS NOT t.premium OR o.status IS NOT t.status OR o.effective_date IS NOT t.effective_date OR "
                                 "o.client_email_key IS NOT t.client_email_key OR o.client_phone_key IS NOT t.client_phone_key)";

void make_bare(SQLite::Database& db) {
    for (const char* side : {"ours", "theirs"}) {
        const std::string name = std::string("bare_") + side, record = std::string(side) == "ours" ? "record_book_policies" : "record_bindpilot_policies";
        db.exec("DROP TABLE IF EXISTS " + name + "; CREATE TABLE " + name + " AS SELECT " + kColumns + " FROM " + record + "; CREATE INDEX " + name + "_number ON " + name +
                " (policy_number_key, expiration_date);");
    }
}

Time join(SQLite::Database& db, const std::string& kind, int expected) {
    return timed([&] {
        SQLite::Statement s(db, "SELECT t.*, o.* FROM bare_theirs t " + kind + " JOIN bare_ours o ON o.policy_number_key = t.policy_number_key AND o.expiration_date = t.expiration_date WHERE " +
                                    (kind.empty() ? "" : "o.key IS NULL OR t.key IS NULL OR ") + kDiffers);
        int found = 0;
        while (s.executeStep()) ++found;
        if (found != expected) throw std::runtime_error("the join found " + std::to_string(found));
    });
}

class Bench {
  public:
    Bench(const std::filesystem::path& folder, int rows) : rows_(rows), config_(config_in(folder)), store_(folder / "bench.db", clock_), budget_(folder / "budget.db", clock_) {
        ours_ = config_.mapping("book.policies");
        theirs_ = config_.mapping("bindpilot.policies");
        for (const Mapping* mapping : {&ours_, &theirs_}) {
            ensure_dataset(store_, *mapping);
            fill(store_, *mapping, rows_, mapping == &ours_, 0, clock_);
        }
    }

    void measure(int times) {
        std::cout << rows_ << " policies a side\n";
        make_bare(store_.db());
        tell("the two meet for the first time", timed([&] { reconcile_once(0); }));
        Best best;
        for (int i = 0; i < times; ++i) one(0, best);
        tell("nothing has changed", best);
        best = {};
        for (int raised = 1; raised <= times; ++raised) {
            fill(store_, ours_, rows_, true, raised, clock_);
            make_bare(store_.db());
            one(rows_ / 100, best);
        }
        tell("1 % have changed, each becomes a correction", best);
        best = {};
        for (int i = 0; i < times; ++i) one(rows_ / 100, best);
        tell("1 % differ as in the run before", best);
    }

  private:
    static Config config_in(const std::filesystem::path& folder) {
        const std::filesystem::path source = BINDERY_SOURCE_DIR;
        std::filesystem::create_directories(folder / "config");
        std::filesystem::create_directories(folder / "jobs");
        std::filesystem::copy(source / "jobs" / "policies.yaml", folder / "jobs" / "policies.yaml");
        std::ofstream(folder / "config/bindery.yaml") << "store: ../bench.db\ntimezone: UTC\nservices: " << (source / "config/services").string() << "\nbooks: " << (source / "config/books").string() << "\n";
        return load_config(folder / "config/bindery.yaml", {{"HOME", folder.string()}});
    }

    void reconcile_once(int expected) {
        const Environment none;
        spdlog::logger log("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
        const Engine engine{config_, none, store_, budget_, clock_, log, {}};
        const Job& job = config_.job("policies");
        for (std::size_t i = 0; i < job.steps.size(); ++i) {
            const auto* step = std::get_if<ReconcileStep>(&job.steps[i]);
            if (step == nullptr) continue;
            const ReconcileContext context{++run_, static_cast<int>(i), false, {}};
            const Reconciled done = reconcile(engine, job, *step, context);
            if (done.report.differ != expected || done.report.pairs != rows_) throw std::runtime_error("it found " + std::to_string(done.report.differ) + " that differ");
        }
    }

    void one(int expected, Best& best) {
        best.inner = least(best.inner, join(store_.db(), "", expected));
        best.outer = least(best.outer, join(store_.db(), "FULL OUTER", expected));
        best.own = least(best.own, timed([&] { reconcile_once(expected); }));
    }

    static void tell(const char* what, const Best& best) {
        std::cout << what << ": " << best.own.wall << " s (processor " << best.own.processor << " s)\n";
        for (const auto& [name, join] : {std::pair("the join", best.outer), std::pair("without what only one book has", best.inner)}) {
            std::cout << "    " << name << " " << join.wall << " s (processor " << join.processor << " s): " << best.own.wall / join.wall << " x, processor " << best.own.processor / join.processor << " x\n";
        }
    }
    static void tell(const char* what, const Time& took) { std::cout << what << ": " << took.wall << " s (processor " << took.processor << " s)\n"; }

    int rows_;
    SystemClock clock_;
    Config config_;
    Store store_;
    BudgetFile budget_;
    Mapping ours_, theirs_;
    std::int64_t run_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const int rows = argc > 1 ? std::atoi(argv[1]) : 200'000;
    const int times = argc > 2 ? std::atoi(argv[2]) : 5;
    const auto folder = std::filesystem::temp_directory_path() / ("reconcile_bench." + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
    std::filesystem::create_directories(folder);
    int code = 0;
    try {
        Bench(folder, rows).measure(times);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        code = 1;
    }
    std::filesystem::remove_all(folder);
    return code;
}
