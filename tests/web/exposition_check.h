#pragma once
// A small checker of the text format: what breaks a rule, one line each.
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace bindery::test {

// "name{labels} value" split into series and value; false when it isn't written so.
inline bool split_sample(const std::string& line, std::string& name, std::string& series, std::string& value) {
    const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; };
    std::size_t i = 0;
    while (i < line.size() && is_name(line[i])) ++i;
    name = line.substr(0, i);
    if (name.empty()) return false;
    if (i < line.size() && line[i] == '{') {
        bool quoted = false;
        for (++i; i < line.size() && (quoted || line[i] != '}'); ++i) {
            if (line[i] == '\\' && quoted) ++i;
            else if (line[i] == '"') quoted = !quoted;
        }
        if (i >= line.size()) return false;
        ++i;
    }
    if (i >= line.size() || line[i] != ' ') return false;
    series = line.substr(0, i);
    value = line.substr(i + 1);
    char* end = nullptr;
    std::strtod(value.c_str(), &end);
    return !value.empty() && *end == '\0';
}

inline std::vector<std::string> faults_of_exposition(const std::string& text) {
    std::vector<std::string> faults;
    std::set<std::string> helped, typed, all;
    std::string family, line;
    std::istringstream lines(text);
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string hash, what, name, type;
        if (line.rfind("# ", 0) == 0) {
            words >> hash >> what >> name >> type;
            auto& seen = what == "HELP" ? helped : typed;
            if (!seen.insert(name).second) faults.push_back("twice: " + line);
            if (what == "TYPE" && (type == "counter") != name.ends_with("_total")) faults.push_back("name and type: " + line);
            if (what == "TYPE" && helped.count(name) == 0) faults.push_back("no help: " + line);
            family = name;
            continue;
        }
        std::string series, value;
        if (!split_sample(line, name, series, value)) faults.push_back("unreadable: " + line);
        else if (name != family) faults.push_back("outside its family: " + line);
        else if (!all.insert(series).second) faults.push_back("series twice: " + line);
    }
    if (!text.empty() && text.back() != '\n') faults.emplace_back("no line feed at the end");
    return faults;
}

}  // namespace bindery::test
