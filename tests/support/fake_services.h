#pragma once
// BindPilot and Bi369 in memory: lists with pages and a total, tasks, clients and leads that are really made, each with the request
// that made it. A fault, asked for every request, may answer in the service's place, before or after it acts.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/fake_wire.h"

namespace bindery::test {

using json = nlohmann::json;

struct Fault {
    Answer answer;
    bool acts = false;  // the service does what was asked, and the caller gets `answer` all the same
};
inline Fault lost_after() { return {{.ending = Ending::lost}, true}; }
inline Fault lost_before() { return {{.ending = Ending::lost}, false}; }
inline Fault no_connection() { return {{.ending = Ending::not_sent}, false}; }
inline Fault says(int status, std::string body = R"({"error":{"code":"no","message":"no"}})") {
    return {{.status = status, .body = std::move(body)}, false};
}
inline Fault busy(const std::string& retry_after = {}) {
    Fault fault = says(429);
    if (!retry_after.empty()) fault.answer.headers = {{"retry-after", retry_after}};
    return fault;
}

class FakeServices {
  public:
    struct Made {
        std::string path, key;  // key: the Idempotency-Key
        json body;
    };

    std::map<std::string, std::vector<json>> lists;  // by path below the version: "/policies", "/crm/leads"
    std::vector<Made> tasks, patches, corrections;
    std::set<std::string> deaf;  // ids of policies that don't keep what they're told
    std::size_t writes = 0, reads = 0;  // requests that reached the service
    bool tells_total = true;
    // `nth` counts writes from 1, or reads from 1.
    using FaultRule = std::function<std::optional<Fault>(const HttpRequest&, std::size_t nth)>;
    FaultRule on_write, on_read;

    Answer handle(const HttpRequest& request, BootTime) {
        const bool read = request.method == "GET";
        const std::size_t nth = read ? ++reads : ++writes;
        const FaultRule& rule = read ? on_read : on_write;
        const auto fault = rule ? rule(request, nth) : std::nullopt;
        if (fault && !fault->acts) return fault->answer;
        Answer answer = read ? list(request) : act(request);
        return fault ? fault->answer : answer;
    }

    std::map<std::string, int> titles() const {  // of the tasks that exist → how many
        std::map<std::string, int> counts;
        for (const auto& task : tasks) ++counts[task.body.at("title").get<std::string>()];
        return counts;
    }

  private:
    static Answer reply(int status, const json& body) { return {.status = status, .body = body.dump()}; }

    static std::string path_of(const HttpRequest& request) {
        const auto version = request.url.find("/v1");
        std::string path = request.url.substr(version + 3);
        return path.substr(0, path.find('?'));
    }

    static int number_in(const std::string& url, const std::string& name) {
        for (const char* mark : {"?", "&"}) {
            const auto at = url.find(mark + name + "=");
            if (at != std::string::npos) return std::atoi(url.c_str() + at + name.size() + 2);
        }
        return 1;
    }

    Answer list(const HttpRequest& request) const {
        const auto found = lists.find(path_of(request));
        if (found == lists.end()) return reply(404, {{"error", {{"code", "not_found"}, {"message", "no such list"}}}});
        const int page = number_in(request.url, "page");
        const int size = std::max(number_in(request.url, "per_page"), number_in(request.url, "perPage"));
        json data = json::array();
        const auto& rows = found->second;
        for (std::size_t i = static_cast<std::size_t>((page - 1) * size); i < rows.size() && i < static_cast<std::size_t>(page * size); ++i) {
            data.push_back(rows[i]);
        }
        json body{{"data", data}};
        if (tells_total) body["meta"] = {{"total", rows.size()}};
        return reply(200, body);
    }

    Answer act(const HttpRequest& request) {
        const std::string path = path_of(request);
        Made made{path, "", json::parse(request.body)};
        for (const auto& [name, value] : request.headers) {
            if (name == "Idempotency-Key") made.key = value;
        }
        if (request.method == "PATCH") {
            patches.push_back(made);
            return reply(200, {{"data", {{"id", path.substr(path.rfind('/') + 1)}}}});
        }
        if (path == "/policies" && made.body.contains("id")) return correct(path, made);
        const bool task = path.size() > 6 && path.compare(path.size() - 6, 6, "/tasks") == 0;
        const std::string id = "new_" + std::to_string(++made_);
        if (task) {
            tasks.push_back(made);
        } else {
            json record = made.body;
            record["id"] = id;
            lists[path].push_back(record);
        }
        return reply(201, {{"data", {{"id", id}}}});
    }

    // A policy that is named by its id takes the members of the body; `deaf` ones say yes and keep what they had.
    Answer correct(const std::string& path, const Made& made) {
        corrections.push_back(made);
        for (auto& record : lists[path]) {
            if (record.at("id") != made.body.at("id")) continue;
            if (deaf.count(record.at("id").get<std::string>()) == 0) record.update(made.body);
            return reply(200, {{"data", record}});
        }
        return reply(400, {{"error", {{"code", "invalid"}, {"message", "id names no policy"}}}});
    }

    int made_ = 0;
};

}  // namespace bindery::test
