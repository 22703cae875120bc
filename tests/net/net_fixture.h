#pragma once
// A CurlWire with what it needs, for the tests of this folder.
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "support/raw_server.h"

namespace bindery::test {

class MonotonicClock final : public Clock {
  public:
    WallTime wall() const override { return WallTime{}; }
    BootTime boot() const override {
        timespec now{};
        ::clock_gettime(CLOCK_BOOTTIME, &now);
        return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    }
    std::string boot_id() const override { return "this"; }
};

struct Net {
    MonotonicClock clock;
    StopFlag stop;
    std::unique_ptr<Wire> wire;

    Net() {
        static const CurlRuntime runtime;
        wire = make_curl_wire(clock, stop);
    }
    BootTime in(Duration duration) const { return clock.boot() + duration; }
    // The next ending; far more patient than any test needs to be.
    HttpReply next() {
        auto reply = wire->wait(in(std::chrono::seconds(60)));
        if (!reply) throw std::runtime_error("no transfer ended");
        return std::move(*reply);
    }
    HttpReply call(HttpRequest request) {
        wire->start(++last_id, std::move(request));
        return next();
    }
    HttpReply get(const std::string& url) { return call(request("GET", url)); }
    static HttpRequest request(std::string method, std::string url, std::string body = {}) {
        HttpRequest request;
        request.method = std::move(method);
        request.url = std::move(url);
        request.body = std::move(body);
        return request;
    }
    std::uint64_t last_id = 0;
};

using Peer = RawServer::Peer;

inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline RawServer::Script reply_with(std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer) { peer.serve(bytes); };
}

// Any number of requests on one connection.
inline RawServer::Script keep_replying(std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer) {
        while (!peer.read_request().empty()) peer.send(bytes);
    };
}

}  // namespace bindery::test
