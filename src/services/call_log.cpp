#include "services/call_log.h"

#include <algorithm>

namespace bindery {
namespace {

constexpr std::size_t kLongestNote = 200;

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t from = path.starts_with('/') ? 1 : 0; from <= path.size();) {
        const std::size_t to = std::min(path.find('/', from), path.size());
        parts.push_back(path.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

// How many parts are the same word; -1 when the path doesn't fit.
int likeness(std::string_view form, const std::vector<std::string_view>& parts) {
    const auto places = parts_of(form.substr(0, form.find('?')));
    if (places.size() != parts.size()) return -1;
    int same = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (places[i] == parts[i]) ++same;
        else if (places[i].find('{') == places[i].npos || parts[i].empty()) return -1;
    }
    return same;
}

// Without those of the page, which is told apart.
std::string query_names(std::string_view query, const Paging& paging) {
    std::string names;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::string_view name = pair.substr(0, pair.find('='));
        if (name != paging.page && name != paging.size) names += (names.empty() ? "?" : "&") + std::string(name);
    }
    return names;
}

}  // namespace

std::string shown_path(const Service& service, std::string_view method, std::string_view path, std::string_view query) {
    const std::string_view bare = path.substr(0, path.find('?'));
    const std::string names = query_names(path.size() > bare.size() ? path.substr(bare.size() + 1) : query, service.paging);
    const auto parts = parts_of(bare);
    std::string_view form;
    int best = -1;
    const auto look = [&](const Call& call) {
        const int like = call.method == method ? likeness(call.path, parts) : -1;
        if (like <= best) return;
        best = like;
        form = call.path;
    };
    for (const auto& [name, resource] : service.resources) {
        if (resource.list) look(*resource.list);
        if (resource.get) look(*resource.get);
    }
    for (const auto& [name, operation] : service.operations) look(operation.call);
    if (best >= 0) return std::string(form.substr(0, form.find('?'))) + names;
    return "/" + std::string(parts.front()) + (parts.size() > 1 ? "/…" : "") + names;
}

std::int64_t CallLog::began(const Service& service, const Asked& asked) {
    RunCall call;
    call.service = service.name;
    call.at = asked.at;
    call.method = asked.method;
    call.path = shown_path(service, asked.method, asked.path, asked.query);
    call.page = asked.page;
    call.attempt = asked.attempt;
    return add(std::move(call));
}

std::int64_t CallLog::add(RunCall call) {
    call.seq = ++count_;
    if (first_.size() < kFirst) {
        first_.push_back(std::move(call));
    } else {
        last_.push_back(std::move(call));
        if (last_.size() > kLast) last_.pop_front();
    }
    return count_;
}

RunCall* CallLog::find(std::int64_t seq) {
    if (seq >= 1 && seq <= static_cast<std::int64_t>(first_.size())) return &first_[static_cast<std::size_t>(seq - 1)];
    if (last_.empty() || seq < last_.front().seq || seq > last_.back().seq) return nullptr;
    return &last_[static_cast<std::size_t>(seq - last_.front().seq)];
}

void CallLog::ended(std::int64_t seq, const HttpReply& reply, Duration took) {
    RunCall* call = find(seq);
    if (call == nullptr) return;
    call->took = took;
    call->status = reply.status;
    call->bytes = static_cast<std::int64_t>(reply.body.size());
    call->note = reply.problem.substr(0, kLongestNote);
}

void CallLog::waited(const std::string& service, std::string_view why, WallTime until, Duration took) {
    if (took <= Duration{0}) return;
    RunCall* before = find(count_);
    if (before != nullptr && before->wait && before->service == service && before->note == why) {
        *before->took += took;
        return;
    }
    RunCall wait;
    wait.service = service;
    wait.wait = true;
    wait.at = until - std::chrono::round<std::chrono::milliseconds>(took);
    wait.took = took;
    wait.note = why;
    add(std::move(wait));
}

std::vector<RunCall> CallLog::calls() const {
    std::vector<RunCall> all = first_;
    all.insert(all.end(), last_.begin(), last_.end());
    return all;
}

}  // namespace bindery
