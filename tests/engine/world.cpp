#include "support/world.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/dates.h"
#include "core/exact_json.h"
#include "core/row_key.h"
#include "store/book_import.h"
#include "store/datasets.h"

namespace bindery::test {
namespace {

const char* const kNow = "2026-01-15T13:00:00.000Z";

// The hook that SQLite calls at each commit of a store while a process runs.
struct CommitCount {
    bool counting = false;
    std::size_t seen = 0, fail_from = 0;
    std::function<void()> meanwhile;
} commit_count;

int on_commit(void*) {
    if (!commit_count.counting) return 0;
    ++commit_count.seen;
    if (commit_count.meanwhile) commit_count.meanwhile();
    return commit_count.fail_from != 0 && commit_count.seen >= commit_count.fail_from ? 1 : 0;
}

int on_open(sqlite3* db, char**, const void*) {
    const char* file = sqlite3_db_filename(db, "main");
    if (file != nullptr && std::string_view(file).ends_with("/bindery.db")) sqlite3_commit_hook(db, on_commit, nullptr);
    return SQLITE_OK;
}

void watch_commits() {
    static const int once = sqlite3_auto_extension(reinterpret_cast<void (*)()>(on_open));
    REQUIRE(once == SQLITE_OK);
}

std::string read_all(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

class World::ProcessWire final : public Wire {
  public:
    explicit ProcessWire(World& world)
        : world_(world), inner_(world.clock, [&world](const HttpRequest& r, BootTime now) {
              if (world.elsewhere) {
                  if (auto answer = world.elsewhere(r, now)) return *answer;
              }
              return world.services.handle(r, now);
          }) {
        if (world.stop_at) inner_.stop_at(*world.stop_at);
    }
    void start(std::uint64_t id, HttpRequest request) override {
        if (++world_.starts == world_.death_.at_start) throw SimulatedCrash{};
        inner_.start(id, std::move(request));
    }
    std::optional<HttpReply> wait(BootTime until) override { return heard(inner_.wait(until)); }
    std::optional<HttpReply> drain(BootTime until) override { return heard(inner_.drain(until)); }
    std::size_t under_way() const override { return inner_.under_way(); }
    bool stop_asked() const override { return inner_.stop_asked(); }

  private:
    std::optional<HttpReply> heard(std::optional<HttpReply> reply) {
        if (!reply) return reply;
        if (++world_.replies == world_.death_.at_reply) throw SimulatedCrash{};
        if (world_.replies == world_.stop_after_replies) inner_.ask_stop();
        return reply;
    }
    World& world_;
    FakeWire inner_;
};

struct World::Process {
    explicit Process(World& world) : config(world.config()), store(config.settings.store, world.clock), budget(config.settings.budget, world.clock) {
        store.db().exec("PRAGMA synchronous = OFF");  // these processes die, the machine doesn't
        for (const auto& [name, service] : config.services) {
            for (const auto& [resource_name, resource] : service.resources) ensure_dataset(store, resource.mapping);
        }
        for (const auto& [name, book] : config.books) ensure_dataset(store, book.mapping);
    }
    const Config& config;
    Store store;
    BudgetFile budget;
};

World::World() : clock(parse_rfc3339(kNow)) {
    watch_commits();
    environment_ = {{"BI369_PROJECT", "prj_1"}, {"BINDPILOT_API_KEY", "bp-secret-key-0001"}, {"BI369_API_KEY", "bi-secret-key-0002"}, {"AUTOBIND_API_KEY", "ab-secret-key-0003"}};
    const std::filesystem::path source = BINDERY_SOURCE_DIR;
    std::filesystem::create_directories(folder_ / "config");
    std::filesystem::create_directories(folder_ / "jobs");
    std::ofstream(folder_ / "config/bindery.yaml") << "store: ../bindery.db\nbudget: ../budget.db\ntimezone: America/Chicago\nservices: "
                                                   << (source / "config" / "services").string() << "\nbooks: "
                                                   << (source / "config" / "books").string() << "\ncsv: "
                                                   << (source / "config" / "csv").string() << "\n";
    logger_ = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log));
    logger_->set_level(spdlog::level::trace);
}

World::~World() = default;

void World::settings(const std::string& lines) {
    std::ofstream(folder_ / "config/bindery.yaml", std::ios::app) << lines;
    config_.reset();
}

void World::job(const std::string& name, const std::string& yaml) {
    std::ofstream(folder_ / ("jobs/" + name + ".yaml"), std::ios::binary) << yaml;
    config_.reset();
}

void World::shipped_renewals(const std::vector<std::pair<std::string, std::string>>& replaced) { shipped("renewals", replaced); }

void World::shipped(const std::string& name, const std::vector<std::pair<std::string, std::string>>& replaced) {
    std::string text = read_all(std::filesystem::path(BINDERY_SOURCE_DIR) / "jobs" / (name + ".yaml"));
    for (const auto& [from, to] : replaced) {
        REQUIRE(text.find(from) != std::string::npos);
        for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
    }
    job(name, text);
}

void World::shipped_policies(const std::vector<std::pair<std::string, std::string>>& replaced) {
    std::string text = read_all(std::filesystem::path(BINDERY_SOURCE_DIR) / "jobs" / "policies.yaml");
    for (const auto& [from, to] : replaced) {
        REQUIRE(text.find(from) != std::string::npos);
        text.replace(text.find(from), from.size(), to);
    }
    job("policies", text);
}

void World::import_rows(const std::string& book, const std::vector<json>& rows, bool whole, WallTime at) {
    Process process(*this);
    const Mapping& mapping = process.config.mapping(book);
    const FoldRule fold;
    std::vector<FlatRow> flat;
    for (const json& row : rows) {
        FlatRow& one = flat.emplace_back();
        for (const Field& field : mapping.fields) one.fields.push_back(row.contains(field.name) ? scalar_text(row.at(field.name)).value_or("") : "");
    }
    BookImport import(process.store, mapping, fold);
    const RowKeys keys(mapping);
    for (std::size_t i = 0; i < flat.size(); ++i) {
        const RowKey key = keys.of(flat[i]);
        REQUIRE(key.reject == "");
        import.add(key.key, static_cast<std::uint64_t>(document_hash(flat_document(mapping, flat[i]))), {i, static_cast<std::int64_t>(i)});
    }
    ImportOptions options;
    options.read_at = at;
    options.whole = whole;
    options.max_removed = {0, 100, -1};
    import.land(options, [&](RowPlace place, FlatRow& row) { row = flat[place.offset]; }, [](RowPlace, const std::string& reason, auto&&...) { FAIL(reason); }, {});
    clock.advance(std::chrono::minutes(1));
}

void World::import_book(const std::vector<json>& rows, std::optional<WallTime> as_of) { import_rows("book.policies", rows, true, as_of.value_or(clock.wall())); }

void World::import_leads(const std::vector<json>& rows) { import_rows("book.leads", rows, false, clock.wall()); }

const Config& World::config() {
    if (!config_) config_ = load_config(folder_ / "config/bindery.yaml", environment_);
    return *config_;
}

void World::with_engine(const std::function<void(const Engine&)>& use) {
    Process process(*this);
    Engine engine{process.config, environment_, process.store, process.budget, clock, *logger_, [this] { return std::make_unique<ProcessWire>(*this); }};
    engine.call_class = call_class;
    engine.make_disk = make_disk;
    use(engine);
}

std::optional<RunReport> World::run_or_die(const std::string& job_name, const Death& death, RunOptions options) {
    commits = starts = replies = 0;
    death_ = death;
    std::optional<RunReport> report;
    try {
        with_engine([&](const Engine& engine) {
            commit_count = {true, 0, death.at_commit, at_commit};
            report = run_job(engine, engine.config.job(job_name), options);
        });
    } catch (const SimulatedCrash&) {
        report.reset();
    } catch (const Error&) {
        if (death.at_commit == 0) throw;
        report.reset();
    }
    commits = commit_count.seen;
    commit_count.counting = false;
    death_ = {};
    return report;
}

RunReport World::run(const std::string& job_name, RunOptions options) {
    auto report = run_or_die(job_name, {}, std::move(options));
    REQUIRE(report);
    clock.advance(std::chrono::minutes(1));
    return *report;
}

std::vector<EffectRow> World::effects(const std::string& name) {
    Process process(*this);
    return Ledger(process.store).list("", name, {});
}

std::map<std::string, std::string> World::states(const std::string& name) {
    std::map<std::string, std::string> states;
    for (const auto& row : effects(name)) states[row.name + " " + row.once_per] = row.state;
    return states;
}

std::map<std::string, std::int64_t> World::count_by_state() {
    Process process(*this);
    return Ledger(process.store).count_by_state();
}

void World::settle(const EffectRow& effect, const std::string& as) {
    Process process(*this);
    Ledger(process.store).settle(effect.identity, as);
}

std::vector<std::string> World::rows(const std::string& sql) {
    Process process(*this);
    SQLite::Statement select(process.store.db(), sql);
    std::vector<std::string> rows;
    while (select.executeStep()) {
        std::string row;
        for (int i = 0; i < select.getColumnCount(); ++i) row += (i == 0 ? "" : "|") + select.getColumn(i).getString();
        rows.push_back(row);
    }
    return rows;
}

std::string World::datasets() {
    std::string all;
    for (const char* dataset : {"bindpilot.policies", "bindpilot.renewals"}) {
        for (const auto& row : rows("SELECT key, hash, removed_at IS NULL FROM " + table_name(dataset) + " ORDER BY key")) all += row + "\n";
    }
    return all;
}

void World::remove_store() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        if (entry.path().filename().string().rfind("bindery.db", 0) == 0) std::filesystem::remove(entry.path());
    }
}

namespace {

std::string in_days(int days) {
    return format_date(*parse_date("2026-01-15") + std::chrono::days(days));
}

json record(const std::string& prefix, int number, const json& changed, json more) {
    const std::string n = std::to_string(1000 + number);
    json document{{"id", prefix + n},
                  {"policy_number", "HO-77" + n},
                  {"client_id", "c_" + n},
                  {"client_name", "Zebulon Quartermain" + n},
                  {"client_email", "zeb" + n + "@client.example"},
                  {"client_phone", "512555" + n},
                  {"carrier", "Pecos Valley"},
                  {"line_of_business", "homeowners"},
                  {"state", "TX"}};
    document.update(more);
    document.update(changed);
    return document;
}

}  // namespace

json renewal(int number, int days, const json& changed) {
    return record("r_", number, changed,
                  {{"policy_id", "p_" + std::to_string(1000 + number)},
                   {"zip", "75001"},
                   {"expiration_date", in_days(days)},
                   {"current_premium", 1000},
                   {"renewal_premium", 1050},
                   {"status", "Pending"},
                   {"account_manager", "Bo Field"}});
}

json policy(int number, int days, const json& changed) {
    return record("p_", number, changed,
                  {{"premium", 1000}, {"effective_date", in_days(days - 365)}, {"expiration_date", in_days(days)}, {"status", "active"}, {"producer", "Bo"}});
}

void fill(FakeServices& services) {
    for (int i = 0; i < 12; ++i) services.lists["/policies"].push_back(policy(i, 10 + 4 * i));
    for (int i = 0; i < 8; ++i) services.lists["/renewals"].push_back(renewal(i, 10 + 4 * i));
    services.lists["/carriers"] = {{{"id", "carrier_1"}, {"name", "Pecos Valley"}, {"status", "Active"}, {"appetite", "Full"}}};
    services.lists["/clients"] = {};
    services.lists["/crm/leads"] = {};
}

}  // namespace bindery::test
