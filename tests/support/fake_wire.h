#pragma once
// A simulated clock and a simulated wire: a discrete-event simulation in which a whole run with its waits takes no
// time. Nothing moves but what waits: FakeWire::wait() sets the SimClock to the next event. One thread only. Several
// wires may share one clock (processes that take turns). To crash a process, let the wire throw SimulatedCrash, drop
// everything that belongs to the "process", and build it anew on the same store, clock and handler.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "net/http.h"

namespace bindery::test {

// Not a std::exception, so that no handler for errors catches the death of the process.
struct SimulatedCrash {};

class SimClock final : public Clock {
  public:
    // 2026-11-23T06:00:00Z, 1000 s after boot.
    explicit SimClock(WallTime wall = WallTime(std::chrono::seconds(1795413600)),
                      BootTime boot = std::chrono::seconds(1000))
        : wall_(wall), boot_(boot) {}

    WallTime wall() const override { return std::chrono::floor<std::chrono::milliseconds>(wall_); }
    BootTime boot() const override { return boot_; }
    std::string boot_id() const override { return boot_id_; }

    void advance(Duration by) {
        wall_ += by;
        boot_ += by;
    }
    void advance_to(BootTime time) {
        if (time > boot_) advance(time - boot_);
    }
    void set_wall(WallTime wall) { wall_ = wall; }  // somebody sets the clock; boot time doesn't notice
    void set_boot_id(std::string id) { boot_id_ = std::move(id); }
    void reboot(std::string new_boot_id, Duration away = std::chrono::seconds(30)) {
        boot_id_ = std::move(new_boot_id);
        wall_ += away;
        boot_ = std::chrono::seconds(5);
    }

  private:
    std::chrono::sys_time<std::chrono::nanoseconds> wall_;
    BootTime boot_;
    std::string boot_id_ = "simulated-boot-1";
};

// What the simulated service does with a request. Is the latency longer than the request's time-out, then the caller
// gets `lost` at the time-out, and the service has acted all the same.
struct Answer {
    Ending ending = Ending::replied;
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case
    std::string body{};
    Duration latency{std::chrono::milliseconds(50)};
    std::string problem{};
};

class FakeWire final : public Wire {
  public:
    // Called in start(), with the time of the start; may throw SimulatedCrash.
    using Handler = std::function<Answer(const HttpRequest&, BootTime now)>;
    struct Sent {
        BootTime time;
        HttpRequest request;
    };

    FakeWire(SimClock& clock, Handler handler) : clock_(clock), handler_(std::move(handler)) {}

    std::vector<Sent> sent;  // each request that reached the service or tried to, in order of start()

    // Both count from 1; 0 is never. The process dies in the n-th start() before anything leaves, or in wait() when the
    // n-th reply is due: then the service has acted, and nobody will know the reply.
    std::size_t crash_at_start = 0;
    std::size_t crash_at_reply = 0;
    // SIGTERM: now, or when the simulation comes to that time. wait() then hands over what has ended, and else returns
    // at once.
    void ask_stop() { stop_ = true; }
    void stop_at(BootTime time) { stop_at_ = time; }

    std::size_t starts() const { return starts_; }
    std::size_t replies() const { return replies_; }

    void start(std::uint64_t id, HttpRequest request) override {
        if (++starts_ == crash_at_start) throw SimulatedCrash{};
        const BootTime now = clock_.boot();
        sent.push_back({now, request});
        Answer answer = handler_(request, now);
        HttpReply reply;
        reply.id = id;
        reply.ending = answer.ending;
        reply.status = answer.ending == Ending::not_sent ? 0 : answer.status;
        reply.headers = std::move(answer.headers);
        reply.body = std::move(answer.body);
        reply.problem = std::move(answer.problem);
        reply.ended = now + answer.latency;
        if (answer.latency > request.timeout) {
            reply = HttpReply{};
            reply.id = id;
            reply.ending = Ending::lost;
            reply.problem = "timed out waiting for a reply";
            reply.ended = now + request.timeout;
        }
        if (reply.ending == Ending::lost && reply.problem.empty()) reply.problem = "the connection was reset";
        if (reply.ending == Ending::not_sent && reply.problem.empty()) reply.problem = "no connection (refused)";
        under_way_.push_back(std::move(reply));
    }

    std::optional<HttpReply> wait(BootTime until) override { return wait_for(until, true); }
    std::optional<HttpReply> drain(BootTime until) override { return wait_for(until, false); }

    std::optional<HttpReply> wait_for(BootTime until, bool until_stop) {
        const auto next = earliest();
        BootTime event = until;
        if (next != under_way_.end()) event = std::min(event, next->ended);
        if (!stop_ || !until_stop) advance(event);
        if (next == under_way_.end() || next->ended > clock_.boot()) return std::nullopt;
        if (++replies_ == crash_at_reply) throw SimulatedCrash{};
        HttpReply reply = std::move(*next);
        under_way_.erase(next);
        return reply;
    }

    std::size_t under_way() const override { return under_way_.size(); }
    bool stop_asked() const override { return stop_; }

  private:
    std::vector<HttpReply>::iterator earliest() {
        return std::min_element(under_way_.begin(), under_way_.end(),
                                [](const HttpReply& a, const HttpReply& b) { return a.ended < b.ended; });
    }

    void advance(BootTime event) {
        if (!stop_ && stop_at_ && *stop_at_ <= std::max(event, clock_.boot())) {
            event = *stop_at_;
            stop_ = true;
        }
        if (event - clock_.boot() > std::chrono::hours(24 * 365 * 2))
            throw std::logic_error("simulation: this wait would never end (nothing under way, no stop to come)");
        clock_.advance_to(event);
    }

    SimClock& clock_;
    Handler handler_;
    std::vector<HttpReply> under_way_;  // in order of start(), which breaks ties
    std::optional<BootTime> stop_at_;
    std::size_t starts_ = 0;
    std::size_t replies_ = 0;
    bool stop_ = false;
};

}  // namespace bindery::test
