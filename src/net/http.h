#pragma once
// The wire: HTTP requests to services. `Wire` is an interface because the process ends here; CurlWire is the real one and
// tests/support/fake_wire.h a simulated one. Single-threaded: one Wire belongs to one run on one thread, transfers go in
// parallel inside it. Nothing here retries, meters or interprets a reply.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace bindery {

struct HttpRequest {
    std::string method;  // GET POST PUT PATCH DELETE
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Duration connect_timeout{std::chrono::seconds(5)};
    Duration timeout{std::chrono::seconds(30)};  // the whole call
    std::size_t max_body = 32u << 20;            // after decompression
};

// How a transfer ended, as far as the wire knows. Closed: callers branch on it.
enum class Ending {
    replied,   // a whole reply arrived; see `status`
    not_sent,  // DNS, connect, TLS: no byte of the request left
    lost,      // the request may have arrived: time-out, reset, a reply cut short or beyond max_body
    stopped    // for callers that give a call up themselves; no Wire returns it
};

struct HttpReply {
    std::uint64_t id = 0;  // as given to start()
    Ending ending = Ending::lost;
    int status = 0;  // also set for `lost` when the status line came before the rest was cut short; else 0
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;                                          // decompressed
    std::string problem;     // for the operator: "timed out after 30 s", "connection reset"; no URL query, no secret
    BootTime ended{0};       // when the last byte (or the failure) came
    const std::string* header(const std::string& lower_name) const;
};

class Wire {
  public:
    virtual ~Wire() = default;
    virtual void start(std::uint64_t id, HttpRequest request) = 0;
    // Waits until a transfer ends, `until` (boot time) comes, or a stop is asked for; also with nothing under way, when
    // it's how a run sleeps. A finished transfer, or nullopt. Never longer than `until`.
    virtual std::optional<HttpReply> wait(BootTime until) = 0;
    // The same, but a stop doesn't cut it short: for what is under way when one is asked for.
    virtual std::optional<HttpReply> drain(BootTime until) = 0;
    virtual std::size_t under_way() const = 0;
    // True once SIGTERM or SIGINT asked this process to end (see StopFlag); wait() returns at once from then on, with what
    // has ended by then, else nullopt. A request of which no byte had left by then never leaves: it ends as not_sent.
    virtual bool stop_asked() const = 0;
};

// Set from a signal handler or another thread; readable by poll. One a process is enough, but it's no singleton.
class StopFlag {
  public:
    StopFlag();
    ~StopFlag();
    StopFlag(const StopFlag&) = delete;
    StopFlag& operator=(const StopFlag&) = delete;
    void ask() noexcept;  // async-signal-safe
    bool asked() const noexcept;
    int poll_fd() const { return read_fd_; }

  private:
    int read_fd_;
    int write_fd_;
};

// libcurl's multi interface. curl_global_init once a process, before threads: construct CurlRuntime in main. It makes the
// process ignore SIGPIPE, unless a handler is set.
class CurlRuntime {
  public:
    CurlRuntime();
    ~CurlRuntime();
    CurlRuntime(const CurlRuntime&) = delete;
    CurlRuntime& operator=(const CurlRuntime&) = delete;
};

// `ca_file`: empty for the system's store (TLS is always verified). No redirects are followed. HTTP/1.1. Gzip accepted.
std::unique_ptr<Wire> make_curl_wire(const Clock& clock, const StopFlag& stop, std::string ca_file = {});

}  // namespace bindery
