// The design's rules that a compiler doesn't see: which folder may include which, who touches a C library, how long a file may
// grow, and which names are none. Reads the tree; the table is kArrows.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <regex>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Folder -> the folders it may include beside itself.
const std::map<std::string, std::set<std::string>> kArrows = {
    {"core", {}},
    {"config", {"core"}},
    {"net", {"core"}},
    {"store", {"core"}},
    {"sync", {"core"}},
    {"csv", {"core"}},
    {"services", {"net", "store", "config", "core"}},
    {"engine", {"services", "store", "sync", "csv", "net", "config", "core"}},
    {"web", {"store", "core"}},
    {"app", {"engine", "services", "web", "store", "sync", "csv", "net", "config", "core"}},
    {"sandbox", {}},
};

// Header -> the folders that may include it.
const std::map<std::string, std::set<std::string>> kLibraries = {
    {"curl/", {"net", "sandbox"}},
    {"SQLiteCpp/", {"store"}},
    {"sqlite3.h", {"store"}},
    {"yaml-cpp/", {"config"}},
    {"microhttpd.h", {"web", "sandbox"}},
    {"valijson/", {"services"}},
};

constexpr std::size_t kMostLines = 400;
// Waits to be split in two; nothing else may come in here.
const std::set<std::string> kNoNames = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"};

struct SourceFile {
    std::string path;    // below src
    std::string folder;  // the first part of it
    std::vector<std::string> quoted, angled;
    std::size_t lines = 0;
};

std::string between(const std::string& line, char open, char close) {
    const auto first = line.find(open);
    const auto last = first == std::string::npos ? first : line.find(close, first + 1);
    return last == std::string::npos ? std::string{} : line.substr(first + 1, last - first - 1);
}

SourceFile read_source(const fs::path& file, const fs::path& root) {
    SourceFile source;
    source.path = fs::relative(file, root).generic_string();
    source.folder = source.path.substr(0, source.path.find('/'));
    std::ifstream in(file);
    for (std::string line; std::getline(in, line); ++source.lines) {
        const auto hash = line.find_first_not_of(" \t");
        if (hash == std::string::npos || line[hash] != '#') continue;
        const auto word = line.find_first_not_of(" \t", hash + 1);
        if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
        const std::string rest = line.substr(word + 7);
        if (const auto name = between(rest, '"', '"'); !name.empty()) source.quoted.push_back(name);
        else source.angled.push_back(between(rest, '<', '>'));
    }
    return source;
}

std::vector<SourceFile> all_sources() {
    const fs::path root = fs::path(BINDERY_SOURCE_DIR) / "src";
    std::vector<SourceFile> sources;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const auto kind = entry.path().extension();
        if (entry.is_regular_file() && (kind == ".h" || kind == ".cpp")) sources.push_back(read_source(entry.path(), root));
    }
    REQUIRE(sources.size() > 100);
    return sources;
}

// What breaks a rule, one line each; empty when all is well.
std::vector<std::string> forbidden_arrows(const std::vector<SourceFile>& sources) {
    std::vector<std::string> faults;
    for (const auto& source : sources) {
        const auto folder = kArrows.find(source.folder);
        if (folder == kArrows.end()) {
            faults.push_back(source.path + ": the design knows no folder src/" + source.folder);
            continue;
        }
        for (const auto& name : source.quoted) {
            const std::string target = name.substr(0, name.find('/'));
            if (target != source.folder && folder->second.count(target) == 0) {
                faults.push_back(source.path + " includes " + name + ": no arrow leads from " + source.folder + " to " + target);
            }
        }
    }
    return faults;
}

std::vector<std::string> foreign_libraries(const std::vector<SourceFile>& sources) {
    std::vector<std::string> faults;
    for (const auto& source : sources) {
        for (const auto& name : source.angled) {
            for (const auto& [header, folders] : kLibraries) {
                if (name.rfind(header, 0) == 0 && folders.count(source.folder) == 0) faults.push_back(source.path + " includes <" + name + ">");
            }
            if (kArrows.count(name.substr(0, name.find('/'))) != 0) faults.push_back(source.path + " includes its own <" + name + "> with angles");
        }
    }
    return faults;
}

std::vector<std::string> long_files(const std::vector<SourceFile>& sources) {
    std::vector<std::string> faults;
    for (const auto& source : sources) {
        if (source.lines > kMostLines) faults.push_back(source.path + " has " + std::to_string(source.lines) + " lines");
    }
    return faults;
}

std::vector<std::string> names_that_say_nothing(const std::vector<SourceFile>& sources) {
    std::vector<std::string> faults;
    for (const auto& source : sources) {
        std::string word;
        for (const char c : source.path + "/") {
            if (c != '/' && c != '_' && c != '.') {
                word += c;
                continue;
            }
            if (kNoNames.count(word) != 0) faults.push_back(source.path);
            word.clear();
        }
    }
    return faults;
}

// CTest takes a semicolon for the end of a name, and would then look for a case that isn't there.
std::vector<std::string> names_with_semicolon() {
    std::vector<std::string> faults;
    const std::regex name("TEST_CASE\\(\\s*\"([^\"]*)\"");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(BINDERY_SOURCE_DIR) + "/tests")) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream in(entry.path());
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        for (std::sregex_iterator hit(text.begin(), text.end(), name), end; hit != end; ++hit) {
            if ((*hit)[1].str().find(';') != std::string::npos) faults.push_back((*hit)[1].str());
        }
    }
    return faults;
}

SourceFile made_up(std::string path, std::vector<std::string> quoted, std::vector<std::string> angled = {}, std::size_t lines = 10) {
    const std::string folder = path.substr(0, path.find('/'));
    return {std::move(path), folder, std::move(quoted), std::move(angled), lines};
}

const std::vector<std::string> kNone;

}  // namespace

TEST_CASE("the folders of src include each other along the arrows of the design only") {
    CHECK(forbidden_arrows(all_sources()) == kNone);
}

TEST_CASE("each C library and SQLite is known to one folder") { CHECK(foreign_libraries(all_sources()) == kNone); }

TEST_CASE("no source file has more than 400 lines") { CHECK(long_files(all_sources()) == kNone); }

TEST_CASE("no test case has a semicolon in its name") { CHECK(names_with_semicolon() == kNone); }

TEST_CASE("no source file has a name that says nothing") { CHECK(names_that_say_nothing(all_sources()) == kNone); }

TEST_CASE("the rules of layers catch what breaks them") {
    CHECK(forbidden_arrows({made_up("core/a.h", {"core/b.h"}), made_up("services/a.h", {"store/b.h", "net/http.h"})}) == kNone);
    CHECK(forbidden_arrows({made_up("core/a.h", {"store/b.h"})}).size() == 1);
    CHECK(forbidden_arrows({made_up("store/a.h", {"config/b.h"})}).size() == 1);
    CHECK(forbidden_arrows({made_up("sandbox/a.h", {"core/b.h"})}).size() == 1);
    CHECK(forbidden_arrows({made_up("services/a.h", {"sync/b.h", "engine/c.h"})}).size() == 2);
    CHECK(forbidden_arrows({made_up("new/a.h", {})}).size() == 1);
    CHECK(forbidden_arrows({made_up("engine/a.cpp", {"a.h"})}).size() == 1);  // a header is named with its folder
    CHECK(foreign_libraries({made_up("engine/a.cpp", {}, {"SQLiteCpp/SQLiteCpp.h", "vector", "sqlite3.h"})}).size() == 2);
    CHECK(foreign_libraries({made_up("net/a.cpp", {}, {"curl/curl.h"}), made_up("services/a.cpp", {}, {"curl/curl.h"})}).size() == 1);
    CHECK(long_files({made_up("core/a.h", {}, {}, 400), made_up("core/b.h", {}, {}, 401)}).size() == 1);
    CHECK(names_that_say_nothing({made_up("core/text_utils.h", {}), made_up("core/common.cpp", {}), made_up("core/utility.h", {})}).size() == 2);
}
