#pragma once
// Drives the two programs as people and cron do: processes, files, exit codes, output. Shares no code with either.
#include <sys/types.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bindery::e2e {

using nlohmann::json;
namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

// In memory where there is such a place: hundreds of durable commits would otherwise measure the disk.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path operator/(const std::string& name) const { return path_ / name; }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

std::string read_text(const fs::path& file);
void write_text(const fs::path& file, const std::string& text);
// Fails the test when `from` isn't there, so that a changed file isn't edited past.
void replace_in(const fs::path& file, const std::string& from, const std::string& to);
unsigned mode_of(const fs::path& file);
int count_of(const std::string& text, const std::string& part);

struct Ended {
    int code = -1;   // exit code; -1 when a signal ended it
    int signal = 0;
    std::string out, err;
    double seconds = 0;

    // Standard output as the one JSON object that it must be.
    json object() const;
};

// A program under way. Ended by SIGKILL when it outlives its object or the limit of wait().
class Process {
  public:
    Process(const Words& words, const Variables& variables, const fs::path& folder, const std::function<void()>& before_exec = {});
    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;
    ~Process();
    pid_t pid() const { return pid_; }
    void signal(int number) const;
    bool running();
    Ended wait(std::chrono::seconds limit = std::chrono::seconds(60));

  private:
    pid_t pid_ = -1;
    fs::path out_, err_;
    std::chrono::steady_clock::time_point began_;
    int status_ = 0;
    bool reaped_ = false;
};

// bindery-sandbox on free ports; ends with its object.
class Sandbox {
  public:
    explicit Sandbox(const Words& flags = {}, int time_scale = 60);
    const Variables& variables() const { return variables_; }
    json get(const std::string& path) const;
    json send(const std::string& method, const std::string& path, const json& body = nullptr) const;
    void fault(const json& fault) const { send("POST", "/faults", fault); }
    void no_faults() const { send("DELETE", "/faults"); }
    void reset() const { send("POST", "/reset"); }
    json tasks() const;
    // Requests that reached it, as its log has them.
    json requests(const std::string& service = "") const;
    int writes() const;
    json records(const std::string& service, const std::string& resource) const;

  private:
    Folder folder_;
    Process process_;
    Variables variables_;
    int port_ = 0;
};

// One agency: a copy of config/ and jobs/ with waits and limits divided as the sandbox divides them, a budget file of its own.
class Agency {
  public:
    explicit Agency(const Sandbox& sandbox, int time_scale = 60);
    fs::path folder() const { return folder_.path(); }
    fs::path operator/(const std::string& name) const { return folder_ / name; }
    fs::path store() const { return folder_ / "config/bindery.db"; }
    fs::path service_file(const std::string& name) const { return folder_ / ("config/services/" + name + ".yaml"); }
    fs::path job_file() const { return folder_ / "jobs/renewals.yaml"; }
    Variables& variables() { return variables_; }
    const Variables& start_variables() const { return variables_; }

    Process start(const Words& words, const std::function<void()>& before_exec = {}) const;
    Ended run(const Words& words, const std::function<void()>& before_exec = {}) const;
    Ended sync(const Words& more = {}) const;
    // `bindery --output json sync --job renewals`: the report; fails the test unless the exit code is this one.
    json synced(int code) const;
    // Store, locks, staging and budget removed: as on the first day.
    void forget_everything() const;
    // Rows of a statement on the store, each a list of texts.
    std::vector<std::vector<std::string>> rows(const std::string& sql) const;
    std::string cell(const std::string& sql) const;

  private:
    Folder folder_;
    Variables variables_;
};

// Runs each line of a page that begins with "$ bindery", with `from` in it replaced; each must end with 0 and say something. How many.
int run_examples(const Agency& agency, const std::string& page, const std::string& from = "", const std::string& to = "");

// Another of the shipped jobs beside the renewals job.
void use_job(const Agency& agency, const std::string& name);

}  // namespace bindery::e2e
