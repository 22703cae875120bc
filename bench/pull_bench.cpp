// What landing costs beside the least that any tool would have to do in the same process: parse the pages with
// nlohmann/json, insert the bare documents with SQLite, join two bare typed tables. User CPU, as ratios. A new process
// for the figure of memory: pull_bench ROWS [pulls | join | memory | all]; `memory` runs no baseline.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/clock.h"
#include "core/exact_json.h"
#include "core/random.h"
#include "store/datasets.h"
#include "store/staging.h"
#include "store/store.h"

using namespace bindery;

namespace {

constexpr int kPerPage = 100;

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "bindery-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

double user_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

long peak_kib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

template <class Work>
double timed(Work work) {
    const double before = user_seconds();
    work();
    return user_seconds() - before;
}

Mapping mapping(const std::string& dataset) {
    Mapping of;
    of.dataset = dataset;
    of.key_pointers = {"/id"};
    const auto field = [&](const char* name, FieldType type, bool required = false, bool match = false) {
        of.fields.push_back({name, type, required, match, {std::string("/") + name}});
    };
    field("policy_number", FieldType::policy_number, true, true);
    field("client_id", FieldType::text, false, true);
    field("client_name", FieldType::text, false, true);
    field("client_email", FieldType::email, false, true);
    field("client_phone", FieldType::phone, false, true);
    field("carrier", FieldType::text, false, true);
    field("line_of_business", FieldType::text);
    field("state", FieldType::state);
    field("premium", FieldType::money);
    field("effective_date", FieldType::date);
    field("expiration_date", FieldType::date, true);
    field("status", FieldType::text);
    field("producer", FieldType::text);
    field("updated_at", FieldType::datetime);
    of.ignore = {"updated_at"};
    return of;
}

std::string digits(std::uint64_t number, int width) {
    std::string text = std::to_string(number);
    return std::string(static_cast<std::size_t>(std::max(0, width - static_cast<int>(text.size()))), '0') + text;
}

// Row `i` of the list, always the same; keys come in no order, as with services that name records at random.
std::string policy(std::uint64_t i) {
    Random random(i + 1);
    const std::string person = digits(random.below(1000000), 6);
    return R"({"id":"p_)" + digits(random.next() % 100000000000ULL, 11) + digits(i, 8) + R"(","policy_number":"TX-)" +
           digits(i, 8) + R"(","client_id":"c_)" + person + R"(","client_name":"Client Number )" + person +
           R"(","client_email":"client)" + person + R"(@mail.example","client_phone":"(512) 555-)" +
           digits(random.below(10000), 4) + R"(","carrier":"Carrier )" + digits(random.below(40), 2) +
           R"( Mutual","line_of_business":"personal_auto","state":"TX","premium":)" +
           std::to_string(random.below(9000) + 300) + '.' + digits(random.below(100), 2) +
           R"(,"effective_date":"2026-0)" + std::to_string(random.below(9) + 1) + R"(-15","expiration_date":"2027-0)" +
           std::to_string(random.below(9) + 1) + R"(-15","status":"active","producer":"Producer )" +
           digits(random.below(20), 2) + R"(","updated_at":"2026-11-20T08:30:00Z"})";
}

std::string page_body(std::int64_t first, std::int64_t rows) {
    std::string body = R"({"data":[)";
    for (std::int64_t i = first; i < std::min(first + kPerPage, rows); ++i) {
        if (i > first) body += ',';
        body += policy(static_cast<std::uint64_t>(i));
    }
    return body + R"(],"meta":{"total":)" + std::to_string(rows) + "}}";
}

// Making the pages isn't what is measured: its share is taken off everywhere.
double cost_of_pages(std::int64_t rows) {
    return timed([&] {
        std::size_t bytes = 0;
        for (std::int64_t i = 0; i < rows; i += kPerPage) bytes += page_body(i, rows).size();
        std::cout << rows << " rows, " << bytes / static_cast<std::size_t>(rows) << " bytes each\n";
    });
}

void stage(Staging& staging, const Clock& clock, std::int64_t rows) {
    staging.begin(clock.wall());
    int number = 0;
    for (std::int64_t i = 0; i < rows; i += kPerPage) {
        const std::string body = page_body(i, rows);
        const auto slices = array_slices(body, "/data");
        std::vector<std::string_view> documents;
        for (const Slice& slice : *slices)
            documents.push_back(std::string_view(body).substr(slice.offset, slice.length));
        staging.add_page(++number, clock.wall(), documents, rows);
    }
}

void say(const std::string& what, double ours, double baseline) {
    std::cout << std::fixed << std::setprecision(2) << what << ": " << ours << " s, baseline " << baseline
              << " s, ratio " << ours / baseline << std::endl;
}

struct Bench {
    std::int64_t rows;
    Folder folder{};
    SystemClock clock{};
    Store store{folder.path / "store.db", clock};
    double pages = cost_of_pages(rows);

    double parse() {
        return timed([&] {
                   std::size_t members = 0;
                   for (std::int64_t i = 0; i < rows; i += kPerPage)
                       members += nlohmann::json::parse(page_body(i, rows)).size();
                   if (members == 0) std::abort();
               }) -
               pages;
    }

    double parse_and_insert() {
        return timed([&] {
                   SQLite::Database db((folder.path / "bare.db").string(),
                                       SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
                   db.exec("PRAGMA journal_mode=WAL; CREATE TABLE policy (key TEXT PRIMARY KEY, doc TEXT)");
                   SQLite::Transaction transaction(db);
                   SQLite::Statement insert(db, "INSERT INTO policy (key, doc) VALUES (?, ?)");
                   for (std::int64_t i = 0; i < rows; i += kPerPage) {
                       const std::string body = page_body(i, rows);
                       const auto page = nlohmann::json::parse(body);
                       const auto slices = array_slices(body, "/data");
                       for (std::size_t row = 0; row < slices->size(); ++row) {
                           insert.bind(1, page["data"][row]["id"].get_ref<const std::string&>());
                           insert.bind(2, body.substr((*slices)[row].offset, (*slices)[row].length));
                           insert.exec();
                           insert.reset();
                       }
                   }
                   transaction.commit();
               }) -
               pages;
    }

    // User seconds of staging and of landing.
    std::pair<double, double> pull(const Mapping& of) {
        Staging staging(store.file(), "bench", of, clock);
        const double staged = timed([&] { stage(staging, clock, rows); }) - pages;
        LandOptions options;
        options.run = 1;
        options.complete = true;
        options.verdict = "complete";
        LandCounts counts;
        const double landed = timed([&] { counts = land(store, of, staging, options); });
        staging.clear();
        std::cout << "  staged in " << staged << " s, landed in " << landed << " s (" << counts.added << " added, "
                  << counts.unchanged << " unchanged)" << std::endl;
        return {staged, landed};
    }

    void first_and_again(bool baselines) {
        const Mapping of = mapping("bindpilot.policies");
        ensure_dataset(store, of);
        const auto first = pull(of);
        if (baselines) say("first pull", first.first + first.second, parse_and_insert());
        const auto again = pull(of);
        if (baselines) say("pull that changes nothing", again.first + again.second, parse());
    }

    void join() {
        for (const char* dataset : {"bindpilot.policies", "bindpilot.renewals"}) {
            const Mapping of = mapping(dataset);
            ensure_dataset(store, of);
            pull(of);
        }
        SQLite::Database db((folder.path / "store.db").string(), SQLite::OPEN_READWRITE);
        for (const char* name : {"policies", "renewals"}) {
            const std::string bare = std::string("bare_") + name, view = std::string("bindpilot_") + name;
            db.exec("CREATE TABLE " + bare +
                    " (key TEXT PRIMARY KEY, policy_number TEXT, policy_number_key TEXT, state TEXT, premium TEXT, "
                    "premium_cents INTEGER, "
                    "expiration_date TEXT, status TEXT)");
            db.exec("INSERT INTO " + bare +
                    " SELECT key, policy_number, policy_number_key, state, premium, premium_cents, "
                    "expiration_date, status FROM " +
                    view);
            db.exec("CREATE INDEX " + bare + "_number ON " + bare + " (policy_number_key)");
        }
        const auto query = [&](const std::string& prefix) {
            SQLite::Statement select(
                db, "SELECT p.key, r.key, p.policy_number, r.premium, p.premium_cents - r.premium_cents FROM " +
                        prefix + "policies p JOIN " + prefix +
                        "renewals r ON r.policy_number_key = p.policy_number_key WHERE r.state = 'TX' "
                        "AND r.expiration_date > '2027-01-01'");
            std::int64_t found = 0;
            while (select.executeStep()) found += select.getColumn(4).getInt64() == 0 ? 1 : 0;
            if (found == 0) std::abort();
        };
        query("bare_");
        query("bindpilot_");
        const double bare = timed([&] { query("bare_"); });
        say("join of two views", timed([&] { query("bindpilot_"); }), bare);
    }
};

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t rows = argc > 1 ? std::atoll(argv[1]) : 100000;
    const std::string part = argc > 2 ? argv[2] : "all";
    if (part == "memory") {
        Bench{rows}.first_and_again(false);
    } else {
        if (part != "join") Bench{rows}.first_and_again(true);
        if (part == "join" || part == "all") Bench{2 * rows}.join();
    }
    std::cout << "peak memory " << peak_kib() / 1024 << " MiB" << std::endl;
}
