// What we add to a ping, while the job runs as it would: bench/ping_bench CONFIG_FILE JOB [waits], against a sandbox; bench/sell_bench calls it.
// `waits`: each commit waits for the disk by itself, to compare with.
// - before: from the moment that a lead's row is taken, or that the budget allows its ping if that is later, to the first byte's send().
// - after, no post: from the reply's last byte to the moment that the answer is decided and noted, and the run looks at the wire again.
// - after, a post: from that byte to the first byte of the post, whose intent is durable by then.
// All stamps are taken here, on one clock, at the process's edge: send() and poll() are ours and hand on to the real ones. A reply that was
// there before poll() was asked counts from the poll() before it, so what waited while we were busy is in the figures.
#include <dlfcn.h>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string_view>
#include <vector>

#include "engine/job_run.h"
#include "services/account.h"
#include "store/record_table.h"
#include "store/datasets.h"

extern char** environ;

namespace {

using namespace bindery;

struct Stamps {
    SystemClock clock;
    BootTime polled{0};                      // the last poll() came back
    std::map<std::string, BootTime> pinged, posted;  // a lead's first byte, by external_id
} stamps;

// "b17" of {"external_id":"b17",…}
std::string lead_in(std::string_view bytes) {
    constexpr std::string_view kBefore = "\"external_id\":\"";
    const auto at = bytes.find(kBefore);
    if (at == std::string_view::npos) return {};
    const auto from = at + kBefore.size();
    return std::string(bytes.substr(from, bytes.find('"', from) - from));
}

}  // namespace

extern "C" ssize_t send(int fd, const void* bytes, size_t size, int flags) {
    using Send = ssize_t (*)(int, const void*, size_t, int);
    static const auto real = reinterpret_cast<Send>(dlsym(RTLD_NEXT, "send"));
    const std::string_view text(static_cast<const char*>(bytes), size);
    if (text.starts_with("POST /leads/ping")) stamps.pinged.emplace(lead_in(text), stamps.clock.boot());
    else if (text.starts_with("POST /leads/post")) stamps.posted.emplace(lead_in(text), stamps.clock.boot());
    return real(fd, bytes, size, flags);
}

extern "C" int poll(pollfd* fds, nfds_t count, int timeout) {
    using Poll = int (*)(pollfd*, nfds_t, int);
    static const auto real = reinterpret_cast<Poll>(dlsym(RTLD_NEXT, "poll"));
    const int ready = real(fds, count, timeout);
    stamps.polled = stamps.clock.boot();
    return ready;
}

namespace {

struct Reply {
    std::string lead;     // of a ping; empty: of a post or a status
    BootTime arrived, handed_over, ended, looked_again{0};
};

// Notes what passes between a run and its wire.
class NotingWire final : public Wire {
  public:
    NotingWire(std::unique_ptr<Wire> inner, std::vector<Reply>& replies) : inner_(std::move(inner)), replies_(replies) {}
    void start(std::uint64_t id, HttpRequest request) override {
        if (request.url.find("/leads/ping") != std::string::npos) leads_[id] = lead_in(request.body);
        inner_->start(id, std::move(request));
    }
    std::optional<HttpReply> wait(BootTime until) override { return noted(inner_->wait(until)); }
    std::optional<HttpReply> drain(BootTime until) override { return noted(inner_->drain(until)); }
    std::size_t under_way() const override { return inner_->under_way(); }
    bool stop_asked() const override {
        if (!replies_.empty() && replies_.back().looked_again == BootTime{0}) replies_.back().looked_again = stamps.clock.boot();
        return inner_->stop_asked();
    }

  private:
    std::optional<HttpReply> noted(std::optional<HttpReply> reply) {
        if (reply) replies_.push_back({leads_[reply->id], stamps.polled, stamps.clock.boot(), reply->ended});
        return reply;
    }
    std::unique_ptr<Wire> inner_;
    std::vector<Reply>& replies_;
    std::map<std::uint64_t, std::string> leads_;
};

void show(const char* what, std::vector<Duration> times) {
    if (times.empty()) {
        std::printf("%s: none\n", what);
        return;
    }
    std::sort(times.begin(), times.end());
    const auto ms = [&](double share) { return std::chrono::duration<double, std::milli>(times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]).count(); };
    std::printf("%s: %zu, half within %.2f ms, 99 of 100 within %.2f ms, all within %.2f ms\n", what, times.size(), ms(0.5), ms(0.99), ms(1));
}

// When each ping's row was taken: the caller has room for `in_flight` calls, each reply frees one, and a post takes one at once. The
// budget gives a token back `per` after the reply that held it.
std::vector<Duration> before_pings(const std::vector<Reply>& replies, std::vector<std::pair<BootTime, std::string>> pings, int in_flight, const Bucket& bucket, BootTime begun) {
    std::vector<BootTime> taken(pings.size(), begun), back;
    int under_way = 0;
    std::size_t next = 0;
    for (; next < pings.size() && under_way < in_flight; ++next) ++under_way;
    for (const Reply& reply : replies) {
        --under_way;
        if (!reply.lead.empty()) {
            back.push_back(reply.ended + bucket.per);
            if (stamps.posted.count(reply.lead) != 0) ++under_way;
        }
        for (; next < pings.size() && under_way < in_flight; ++next, ++under_way) taken[next] = reply.handed_over;
    }
    std::sort(back.begin(), back.end());
    std::vector<Duration> times;
    const auto free = static_cast<std::size_t>(bucket.usable);
    for (std::size_t k = static_cast<std::size_t>(in_flight); k < pings.size(); ++k) {  // the first ones make their connections
        const BootTime allowed = k < free ? begun : back.at(k - free);
        times.push_back(pings[k].first - std::max(taken[k], allowed));
    }
    return times;
}

int measure(const char* file, const char* job_name, bool waits) {
    Environment environment;
    for (char** each = environ; *each != nullptr; ++each) {
        const char* is = std::strchr(*each, '=');
        if (is != nullptr) environment[std::string(*each, static_cast<std::size_t>(is - *each))] = is + 1;
    }
    const CurlRuntime runtime;
    const StopFlag never;
    const Config config = load_config(file, environment);
    const SystemClock clock;
    Store store(config.settings.store, clock);
    BudgetFile budget(config.settings.budget, clock);
    for (const auto& [name, service] : config.services) {
        for (const auto& [resource_name, resource] : service.resources) ensure_dataset(store, resource.mapping);
    }
    spdlog::logger log("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
    std::vector<Reply> replies;
    Engine engine{config, environment, store, budget, clock, log, [&] { return std::make_unique<NotingWire>(make_curl_wire(clock, never), replies); }};
    if (!waits) engine.make_disk = [&] { return std::make_unique<DiskThread>(store.file()); };
    const BootTime begun = clock.boot();
    const RunReport report = run_job(engine, config.job(job_name), {});
    if (report.exit != ExitCode::done) std::fputs(to_text(report).c_str(), stderr);
    std::vector<std::pair<BootTime, std::string>> pings;
    for (const auto& [lead, time] : stamps.pinged) pings.emplace_back(time, lead);
    std::sort(pings.begin(), pings.end());
    if (pings.empty()) return 1;
    const Service& service = config.service("autobind");
    const Bucket bucket = buckets_for(service, "POST", "/leads/ping").front();
    std::vector<Duration> noted, posted;
    for (const Reply& reply : replies) {
        if (reply.lead.empty()) continue;
        const auto post = stamps.posted.find(reply.lead);
        if (post != stamps.posted.end()) posted.push_back(post->second - reply.arrived);
        else noted.push_back(reply.looked_again - reply.arrived);
    }
    const auto decided = std::chrono::duration<double, std::micro>(pings.front().first - begun).count() / static_cast<double>(pings.size());
    std::printf("rows read, judged and checked before the first ping: %.0f us each\n", decided);
    show("row or budget to first byte", before_pings(replies, pings, service.in_flight, bucket, pings.front().first));
    show("last byte to decision noted, no post", noted);
    show("last byte to first byte of the post, intent durable", posted);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const bool waits = argc == 4 && std::string_view(argv[3]) == "waits";
    if (argc != 3 && !waits) {
        std::fprintf(stderr, "usage: ping_bench CONFIG_FILE JOB [waits]\n");
        return 64;
    }
    try {
        return measure(argv[1], argv[2], waits);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ping_bench: %s\n", error.what());
        return 1;
    }
}
