// What a whole `bindery sync` costs over HTTP, from the sandbox with its limits lifted, beside the least that any tool has to do in
// the same minute: parse the same pages with nlohmann/json; for the first pull also insert the bare documents with SQLite.
// User CPU of the process, as ratios; and its peak memory. Usage: sync_bench BINDERY SANDBOX CONFIG_FOLDER [ROWS]
#include <curl/curl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

double own_user_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

pid_t start(const std::vector<std::string>& words, const fs::path& output) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    if (freopen(output.c_str(), "w", stdout) == nullptr || dup2(STDOUT_FILENO, STDERR_FILENO) < 0) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
}

struct Cost {
    double user = 0, all = 0;
    long peak_kib = 0;
    int code = 0;
};

Cost run(const std::vector<std::string>& words, const fs::path& output) {
    int status = 0;
    rusage usage{};
    wait4(start(words, output), &status, 0, &usage);
    const double user = static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
    const double system = static_cast<double>(usage.ru_stime.tv_sec) + static_cast<double>(usage.ru_stime.tv_usec) / 1e6;
    return {user, user + system, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

size_t keep(char* data, size_t size, size_t n, void* text) {
    static_cast<std::string*>(text)->append(data, size * n);
    return size * n;
}

std::vector<std::string> fetch_pages(const std::string& base, const std::string& list, int rows) {
    std::vector<std::string> pages;
    CURL* curl = curl_easy_init();
    curl_slist* headers = curl_slist_append(nullptr, "Authorization: Bearer sandbox-bindpilot-key");
    for (int page = 1; (page - 1) * 100 < rows; ++page) {
        std::string body;
        curl_easy_setopt(curl, CURLOPT_URL, (base + list + "?per_page=100&page=" + std::to_string(page)).c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        if (curl_easy_perform(curl) != CURLE_OK) std::abort();
        pages.push_back(std::move(body));
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return pages;
}

double parse_cost(const std::vector<std::string>& pages) {
    const double before = own_user_seconds();
    std::size_t rows = 0;
    for (const auto& page : pages) rows += json::parse(page).at("data").size();
    std::cerr << "baseline parsed " << rows << " rows\n";
    return own_user_seconds() - before;
}

double parse_and_insert_cost(const std::vector<std::string>& pages, const fs::path& file) {
    const double before = own_user_seconds();
    sqlite3* db = nullptr;
    sqlite3_open(file.c_str(), &db);
    sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE t (key TEXT PRIMARY KEY, doc TEXT); BEGIN", nullptr, nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?, ?)", -1, &insert, nullptr);
    for (const auto& page : pages) {
        const json parsed = json::parse(page);
        for (const auto& record : parsed.at("data")) {
            const std::string key = record.at("id"), doc = record.dump();
            sqlite3_bind_text(insert, 1, key.c_str(), -1, SQLITE_TRANSIENT);
            sqlite3_bind_text(insert, 2, doc.c_str(), -1, SQLITE_TRANSIENT);
            sqlite3_step(insert);
            sqlite3_reset(insert);
        }
    }
    sqlite3_finalize(insert);
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    return own_user_seconds() - before;
}

std::string read(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The shipped service files with limits that don't bind, and a job that only pulls policies.
void write_config(const fs::path& from, const fs::path& to) {
    fs::create_directories(to / "jobs");
    fs::copy(from, to / "config", fs::copy_options::recursive);
    std::string text = read(to / "config/services/bindpilot.yaml");
    for (const auto& [old, fresh] : {std::pair<std::string, std::string>("{tokens: 100, per: 60s}", "{tokens: 1000000, per: 1s}"), {"{tokens: 10, per: 1s}", "{tokens: 1000000, per: 2s}"}}) {
        const auto at = text.find(old);
        if (at == std::string::npos) std::abort();
        text.replace(at, old.size(), fresh);
    }
    std::ofstream(to / "config/services/bindpilot.yaml") << text;
    std::ofstream(to / "config/bindery.yaml") << "store: bench.db\nbudget: budget.db\nlog: {level: warn}\n";
    std::ofstream(to / "jobs/pull.yaml") << "job: pull\nabout: pulls policies\nguard: {max_effects: 0, max_removed: 10%}\nsteps:\n  - pull: bindpilot.policies\n";
}

void export_env(const fs::path& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos) setenv(line.substr(0, equals).c_str(), line.substr(equals + 1).c_str(), 1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::cerr << "usage: sync_bench BINDERY SANDBOX CONFIG_FOLDER [ROWS]\n";
        return 64;
    }
    const int rows = argc > 4 ? std::atoi(argv[4]) : 100000;
    std::string name = (fs::temp_directory_path() / "bindery-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return 1;
    const fs::path folder = name;
    write_config(argv[3], folder);
    const pid_t sandbox = start({argv[2], "--no-limits", "--policies", std::to_string(rows), "--renewals", "10", "--env-file", (folder / "env").string(), "--exit-with-parent"}, folder / "sandbox.log");
    while (!fs::exists(folder / "env")) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    export_env(folder / "env");
    const std::vector<std::string> sync{argv[1], "--config", (folder / "config/bindery.yaml").string(), "sync", "--job", "pull"};
    const Cost first = run(sync, folder / "first.log");
    const Cost again = run(sync, folder / "again.log");
    const auto pages = fetch_pages(std::getenv("BINDPILOT_BASE_URL"), "/policies", rows);
    const double parse = parse_cost(pages), insert = parse_and_insert_cost(pages, folder / "bare.db");
    kill(sandbox, SIGTERM);
    waitpid(sandbox, nullptr, 0);
    std::cout << "rows " << rows << ", exit codes " << first.code << " and " << again.code << "\n"
              << "unchanged pull: " << again.user << " s user (" << again.all << " with system); parse alone " << parse << " s; ratio " << again.user / parse << "\n"
              << "first pull: " << first.user << " s user; parse and bare insert " << insert << " s; ratio " << first.user / insert << "\n"
              << "peak memory: first " << first.peak_kib / 1024 << " MiB, unchanged " << again.peak_kib / 1024 << " MiB\n";
    fs::remove_all(folder);
    return first.code == 0 && again.code == 0 ? 0 : 1;
}
