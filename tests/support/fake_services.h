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
    std::vector<Made> tasks, patches, corrections, deleted;
    std::set<std::string> deaf;  // ids of policies that don't keep what they're told
    bool hides_new = false;      // what is made isn't listed until show_new()
    std::map<std::string, std::vector<json>> unlisted;
    void show_new() {
        for (auto& [path, records] : unlisted) lists[path].insert(lists[path].end(), records.begin(), records.end());
        unlisted.clear();
        hides_new = false;
    }
    bool lags = false;           // corrections are kept and not yet listed
    std::map<std::string, json> late;
    struct Overwritten {
        std::string id, member;
        json before;
    };
    std::vector<Overwritten> overwritten;
    void catch_up() {
        for (auto& record : lists["/policies"]) {
            if (const auto found = late.find(record.at("id").get<std::string>()); found != late.end()) record.update(found->second);
        }
        late.clear();
    }
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

    // The record that "/crm/leads/lead_1" names; null when there is none.
    json* record_at(const std::string& path) {
        const auto slash = path.rfind('/');
        const auto found = lists.find(path.substr(0, slash));
        if (found == lists.end()) return nullptr;
        for (auto& record : found->second) {
            if (record.contains("quote_id") ? record["quote_id"] == path.substr(slash + 1) : record.at("id") == path.substr(slash + 1)) return &record;
        }
        return nullptr;
    }

    Answer list(const HttpRequest& request) {
        const auto found = lists.find(path_of(request));
        if (found == lists.end()) {
            if (const json* record = record_at(path_of(request))) return reply(200, {{"data", *record}});
        }
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
        Made made{path, "", request.body.empty() ? json() : json::parse(request.body)};
        for (const auto& [name, value] : request.headers) {
            if (name == "Idempotency-Key") made.key = value;
        }
        if (request.method == "PATCH") {
            patches.push_back(made);
            if (json* record = record_at(path)) record->update(made.body);
            return reply(200, {{"data", {{"id", path.substr(path.rfind('/') + 1)}}}});
        }
        if (request.method == "DELETE") {
            json* record = record_at(path);
            if (record == nullptr) return reply(404, {{"error", {{"code", "NOT_FOUND"}, {"message", "no such record"}}}});
            auto& list = lists[path.substr(0, path.rfind('/'))];
            list.erase(list.begin() + (record - list.data()));
            deleted.push_back(made);
            return reply(200, {{"data", json::object()}});
        }
        if (path == "/policies" && made.body.contains("id")) return correct(path, made);
        const bool task = path.size() > 6 && path.compare(path.size() - 6, 6, "/tasks") == 0;
        const std::string id = "new_" + std::to_string(++made_);
        if (task) {
            tasks.push_back(made);
        } else {
            json record = made.body;
            record["id"] = id;
            if (path == "/quotes") record.update({{"quote_id", "q_" + id}, {"status", "pending"}, {"quotes", json::array()}});
            if (path == "/quotes") record.erase("id");
            (hides_new ? unlisted : lists)[path].push_back(record);
            if (path == "/quotes") return reply(201, {{"data", {{"quote_id", "q_" + id}, {"status", "pending"}}}});
        }
        return reply(201, {{"data", {{"id", id}}}});
    }

    // A policy that is named by its id takes the members of the body; `deaf` ones say yes and keep what they had.
    Answer correct(const std::string& path, const Made& made) {
        corrections.push_back(made);
        for (auto& record : lists[path]) {
            if (record.at("id") != made.body.at("id")) continue;
            json now = record;
            const auto waiting = late.find(record.at("id").get<std::string>());
            if (waiting != late.end()) now.update(waiting->second);
            for (const auto& [member, value] : made.body.items()) {
                if (now.contains(member) && !now[member].is_null() && now[member] != value) overwritten.push_back({made.body.at("id"), member, now[member]});
            }
            if (lags) late[record.at("id").get<std::string>()].update(made.body);
            else if (deaf.count(record.at("id").get<std::string>()) == 0) record.update(made.body);
            now.update(made.body);
            return reply(200, {{"data", now}});
        }
        return reply(400, {{"error", {{"code", "invalid"}, {"message", "id names no policy"}}}});
    }

    int made_ = 0;
};

}  // namespace bindery::test
