#include "support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace bindery::e2e {
namespace {

constexpr const char* kBindery = BINDERY_PROGRAM;
constexpr const char* kSandbox = SANDBOX_PROGRAM;

fs::path place_for_folders() {
    return ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
}

void nap() { std::this_thread::sleep_for(std::chrono::milliseconds(3)); }

// "60s" in `per: 60s`, divided and rounded up.
std::string divided(const std::string& seconds, int by) { return std::to_string((std::stol(seconds) * 1000 + by - 1) / by) + "ms"; }

std::string divide_all(const std::string& text, const std::regex& pattern, int by) {
    std::string out;
    auto last = text.begin();
    for (std::sregex_iterator hit(text.begin(), text.end(), pattern), end; hit != end; ++hit) {
        out.append(last, (*hit)[2].first);
        out += divided((*hit)[2].str(), by);
        last = (*hit)[2].second + 1;  // the "s"
    }
    return out.append(last, text.end());
}

void scale_service(const fs::path& file, int by) {
    std::string text = divide_all(read_text(file), std::regex("((?:per|cool_down): )(\\d+)s"), by);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
        const std::string line = text.substr(at, end + 1 - at);
        out += line.find("waits: [") == std::string::npos ? line : divide_all(line, std::regex("([\\[ ])(\\d+)s"), by);
        at = end + 1;
    }
    write_text(file, out);
}

std::string http(int port, const std::string& method, const std::string& path, const std::string& body) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string reply;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
        const std::string request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                                    std::to_string(body.size()) + "\r\n\r\n" + body;
        for (std::size_t at = 0; at < request.size();) {
            const ssize_t n = ::send(fd, request.data() + at, request.size() - at, MSG_NOSIGNAL);
            if (n <= 0) break;
            at += static_cast<std::size_t>(n);
        }
        std::vector<char> buffer(1 << 16);
        for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) reply.append(buffer.data(), static_cast<std::size_t>(n));
    }
    ::close(fd);
    const std::size_t head = reply.find("\r\n\r\n");
    if (head == std::string::npos || reply.compare(9, 1, "2") != 0) throw std::runtime_error("control: " + method + " " + path + ": " + reply.substr(0, 300));
    return reply.substr(head + 4);
}

Variables with(Variables base, const std::string& name, const std::string& value) {
    base[name] = value;
    return base;
}

}  // namespace

Folder::Folder() {
    std::string name = (place_for_folders() / "bindery-e2e-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string read_text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("can't read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error("can't write " + file.string());
}

void replace_in(const fs::path& file, const std::string& from, const std::string& to) {
    std::string text = read_text(file);
    INFO(file << ": " << from);
    REQUIRE(text.find(from) != std::string::npos);
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    write_text(file, text);
}

unsigned mode_of(const fs::path& file) {
    struct stat found {};
    REQUIRE(::stat(file.c_str(), &found) == 0);
    return found.st_mode & 0777;
}

int count_of(const std::string& text, const std::string& part) {
    int n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
    return n;
}

json Ended::object() const {
    INFO("stdout: " << out.substr(0, 2000) << "\nstderr: " << err.substr(0, 2000));
    json parsed;
    REQUIRE_NOTHROW(parsed = json::parse(out));
    REQUIRE(parsed.is_object());
    return parsed;
}

Process::Process(const Words& words, const Variables& variables, const fs::path& folder, const std::function<void()>& before_exec) {
    static int number = 0;
    const std::string name = ".output-" + std::to_string(++number);
    out_ = folder / (name + "-out");
    err_ = folder / (name + "-err");
    std::vector<std::string> environment;
    for (const auto& [key, value] : variables) environment.push_back(key + "=" + value);
    std::vector<char*> arguments, settings;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    for (const auto& line : environment) settings.push_back(const_cast<char*>(line.c_str()));
    arguments.push_back(nullptr);
    settings.push_back(nullptr);
    const int out = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    began_ = std::chrono::steady_clock::now();
    pid_ = ::fork();
    if (pid_ == 0) {
        const int null = ::open("/dev/null", O_RDONLY);
        ::dup2(null, 0);
        ::dup2(out, 1);
        ::dup2(err, 2);
        if (::chdir(folder.c_str()) != 0) ::_exit(98);
        if (before_exec) before_exec();
        ::execve(arguments[0], arguments.data(), settings.data());
        ::_exit(99);
    }
    ::close(out);
    ::close(err);
    if (pid_ < 0) throw std::runtime_error("no fork");
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), out_(other.out_), err_(other.err_), began_(other.began_), status_(other.status_), reaped_(other.reaped_) {}

Process::~Process() {
    if (pid_ <= 0 || reaped_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
}

void Process::signal(int number) const {
    if (pid_ > 0 && !reaped_) ::kill(pid_, number);
}

bool Process::running() {
    if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    return !reaped_;
}

Ended Process::wait(std::chrono::seconds limit) {
    while (running()) {
        if (std::chrono::steady_clock::now() - began_ > limit) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, &status_, 0);
            reaped_ = true;
            FAIL("a program didn't end within " << limit.count() << " s: " << read_text(err_).substr(0, 3000));
        }
        nap();
    }
    Ended ended;
    if (WIFEXITED(status_)) ended.code = WEXITSTATUS(status_);
    if (WIFSIGNALED(status_)) ended.signal = WTERMSIG(status_);
    ended.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    ended.out = read_text(out_);
    ended.err = read_text(err_);
    fs::remove(out_);
    fs::remove(err_);
    return ended;
}

Sandbox::Sandbox(const Words& flags, int time_scale)
    : process_([&] {
          Words words{kSandbox, "--exit-with-parent", "--ports-file", (folder_ / "ports.json").string(), "--env-file", (folder_ / "env").string(), "--time-scale",
                      std::to_string(time_scale)};
          words.insert(words.end(), flags.begin(), flags.end());
          return Process(words, {{"PATH", "/usr/bin:/bin"}}, folder_.path());
      }()) {
    const auto began = std::chrono::steady_clock::now();
    while (!fs::exists(folder_ / "ports.json")) {
        if (!process_.running() || std::chrono::steady_clock::now() - began > std::chrono::seconds(30)) throw std::runtime_error("the sandbox didn't start");
        nap();
    }
    port_ = json::parse(read_text(folder_ / "ports.json")).at("control").at("port");
    std::ifstream lines(folder_ / "env");
    for (std::string line; std::getline(lines, line);) variables_[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
}

json Sandbox::get(const std::string& path) const { return json::parse(http(port_, "GET", path, "")); }

json Sandbox::send(const std::string& method, const std::string& path, const json& body) const {
    const std::string reply = http(port_, method, path, body.is_null() ? "" : body.dump());
    return reply.empty() ? json() : json::parse(reply, nullptr, false);
}

namespace {

json list_of(const json& reply) {
    if (reply.is_array()) return reply;
    for (const auto& [name, member] : reply.items()) {
        if (member.is_array()) return member;
    }
    return json::array();
}

}  // namespace

json Sandbox::tasks() const { return list_of(get("/tasks")); }

json Sandbox::requests(const std::string& service) const { return list_of(get("/requests" + (service.empty() ? "" : "?service=" + service))); }

int Sandbox::writes() const {
    int n = 0;
    for (const auto& request : requests()) n += request.at("method") == "GET" ? 0 : 1;
    return n;
}

json Sandbox::records(const std::string& service, const std::string& resource) const {
    return list_of(get("/state?service=" + service + "&resource=" + resource));
}

Agency::Agency(const Sandbox& sandbox, int time_scale) : variables_(with(sandbox.variables(), "PATH", "/usr/bin:/bin")) {
    const fs::path source = BINDERY_SOURCE_DIR;
    fs::copy(source / "config", folder_ / "config", fs::copy_options::recursive);
    fs::create_directory(folder_ / "jobs");
    fs::copy(source / "jobs/renewals.yaml", folder_ / "jobs/renewals.yaml");
    for (const auto& file : fs::directory_iterator(folder_ / "config/services")) scale_service(file.path(), time_scale);
    variables_["HOME"] = folder_.path().string();
    variables_["XDG_STATE_HOME"] = (folder_ / "state").string();
}

Process Agency::start(const Words& words, const std::function<void()>& before_exec) const {
    Words all{kBindery};
    all.insert(all.end(), words.begin(), words.end());
    return Process(all, variables_, folder_.path(), before_exec);
}

Ended Agency::run(const Words& words, const std::function<void()>& before_exec) const { return start(words, before_exec).wait(); }

Ended Agency::sync(const Words& more) const {
    Words words{"--output", "json", "sync", "--job", "renewals"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
}

json Agency::synced(int code) const {
    const Ended ended = sync();
    INFO("stdout: " << ended.out << "\nstderr: " << ended.err);
    REQUIRE(ended.code == code);
    return ended.object();
}

void Agency::forget_everything() const {
    fs::remove_all(folder_ / "state");
    for (const auto& file : fs::directory_iterator(folder_ / "config")) {
        if (file.path().filename().string().rfind("bindery.db", 0) == 0) fs::remove(file.path());
    }
}

std::vector<std::vector<std::string>> Agency::rows(const std::string& sql) const {
    sqlite3* db = nullptr;
    sqlite3_stmt* statement = nullptr;
    INFO(sql);
    REQUIRE(sqlite3_open_v2(store().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    const int prepared = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
    std::vector<std::vector<std::string>> all;
    while (prepared == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        all.emplace_back();
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
            all.back().emplace_back(text == nullptr ? "" : text);
        }
    }
    const std::string problem = sqlite3_errmsg(db);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    INFO(problem);
    REQUIRE(prepared == SQLITE_OK);
    return all;
}

std::string Agency::cell(const std::string& sql) const {
    const auto all = rows(sql);
    REQUIRE(all.size() == 1);
    return all.front().front();
}

int run_examples(const Agency& agency, const std::string& page, const std::string& from, const std::string& to) {
    std::istringstream lines(read_text(fs::path(BINDERY_SOURCE_DIR) / page));
    int examples = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("$ bindery ", 0) != 0) continue;
        ++examples;
        std::string command = line.substr(2 + std::string("bindery").size());
        if (const auto at = command.find(from); !from.empty() && at != std::string::npos) command.replace(at, from.size(), to);
        const Ended ended = Process({"/bin/sh", "-c", kBindery + command}, agency.start_variables(), agency.folder()).wait();
        INFO(line << "\n" << ended.out << ended.err);
        CHECK(ended.code == 0);
        CHECK(ended.out.size() > 5);
    }
    return examples;
}

void use_job(const Agency& agency, const std::string& name) {
    fs::copy_file(fs::path(BINDERY_SOURCE_DIR) / "jobs" / (name + ".yaml"), agency / ("jobs/" + name + ".yaml"));
}

}  // namespace bindery::e2e
