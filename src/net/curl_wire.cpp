#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <list>

#include "core/error.h"
#include "net/curl_transfer.h"
#include "net/http.h"

namespace bindery {
namespace {

// poll() counts time without the machine's sleep, boot time counts it: look at the clock now and then.
constexpr Duration kLongestPoll = std::chrono::seconds(10);

// poll() counts in whole milliseconds, which is long beside a ping that is due; this wakes it in time.
class WakeTimer {
  public:
    WakeTimer() : fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
        if (fd_ < 0) throw Error(ErrorCode::internal, std::string("no timer can be had: ") + std::strerror(errno), {}, Reach::process);
    }
    ~WakeTimer() { ::close(fd_); }
    WakeTimer(const WakeTimer&) = delete;
    WakeTimer& operator=(const WakeTimer&) = delete;

    // Readable when `in` is over; what it was set to before counts no more.
    int set(Duration in) {
        const auto ns = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::nanoseconds>(in).count());  // 0 would turn it off
        struct itimerspec when {};
        when.it_value.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
        when.it_value.tv_nsec = static_cast<long>(ns % 1'000'000'000);
        ::timerfd_settime(fd_, 0, &when, nullptr);  // fails for a bad time alone
        return fd_;
    }

  private:
    int fd_;
};

class CurlWire final : public Wire {
  public:
    CurlWire(const Clock& clock, const StopFlag& stop, std::string ca_file)
        : clock_(clock), stop_(stop), ca_file_(std::move(ca_file)), multi_(curl_multi_init()) {
        if (!multi_) throw std::bad_alloc();
    }

    ~CurlWire() override {
        for (const auto& transfer : transfers_) curl_multi_remove_handle(multi_.get(), transfer->handle());
    }

    void start(std::uint64_t id, HttpRequest request) override;
    std::optional<HttpReply> wait(BootTime until) override { return wait_for(until, true); }
    std::optional<HttpReply> drain(BootTime until) override { return wait_for(until, false); }
    std::size_t under_way() const override { return transfers_.size() + ended_.size(); }
    bool stop_asked() const override { return stop_.asked(); }

  private:
    struct MultiDeleter {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };

    EasyHandle easy_handle();
    void perform();
    void collect();
    void poll(Duration at_most, bool until_stop);
    std::optional<HttpReply> wait_for(BootTime until, bool until_stop);

    const Clock& clock_;
    const StopFlag& stop_;
    const std::string ca_file_;
    CurlSockets sockets_;
    WakeTimer timer_;
    std::unique_ptr<CURLM, MultiDeleter> multi_;  // before the handles: it outlives them
    std::vector<EasyHandle> spare_;
    std::list<std::unique_ptr<CurlTransfer>> transfers_;
    std::deque<HttpReply> ended_;
};

void check(CURLMcode code) {
    if (code != CURLM_OK)
        throw Error(ErrorCode::internal, std::string("libcurl fails: ") + curl_multi_strerror(code), {},
                    Reach::process);
}

EasyHandle CurlWire::easy_handle() {
    EasyHandle easy;
    if (spare_.empty()) {
        easy.reset(curl_easy_init());
        if (!easy) throw std::bad_alloc();
    } else {
        easy = std::move(spare_.back());
        spare_.pop_back();
    }
    return easy;
}

void CurlWire::start(std::uint64_t id, HttpRequest request) {
    if (std::string fault = fault_of(request); !fault.empty()) {
        HttpReply reply;
        reply.id = id;
        reply.ending = Ending::not_sent;
        reply.problem = std::move(fault);
        reply.ended = clock_.boot();
        ended_.push_back(std::move(reply));
        return;
    }
    auto transfer = std::make_unique<CurlTransfer>(easy_handle(), id, std::move(request), stop_, sockets_, ca_file_);
    CURL* const handle = transfer->handle();
    transfers_.push_back(std::move(transfer));
    if (const CURLMcode code = curl_multi_add_handle(multi_.get(), handle); code != CURLM_OK) {
        transfers_.pop_back();
        check(code);
    }
    perform();  // off it goes, even if the caller has more to do before it waits
}

void CurlWire::perform() {
    if (transfers_.empty()) return;
    int running = 0;
    check(curl_multi_perform(multi_.get(), &running));
    collect();
}

void CurlWire::collect() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* const handle = message->easy_handle;
        const CURLcode code = message->data.result;  // `message` dies with the removal
        const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                        [&](const auto& transfer) { return transfer->handle() == handle; });
        if (found == transfers_.end()) continue;
        if ((*found)->wants_fresh_connection()) {
            curl_multi_remove_handle(multi_.get(), handle);
            (*found)->use_fresh_connection();
            check(curl_multi_add_handle(multi_.get(), handle));
            continue;
        }
        ended_.push_back((*found)->finish(code, clock_.boot()));
        curl_multi_remove_handle(multi_.get(), handle);
        EasyHandle easy = (*found)->release();
        curl_easy_reset(easy.get());
        transfers_.erase(found);
        spare_.push_back(std::move(easy));
    }
}

void CurlWire::poll(Duration at_most, bool until_stop) {
    const Duration longest = std::min(at_most, kLongestPoll);
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
    curl_waitfd also[] = {{timer_.set(longest), CURL_WAIT_POLLIN, 0}, {stop_.poll_fd(), CURL_WAIT_POLLIN, 0}};
    check(curl_multi_poll(multi_.get(), also, until_stop ? 2 : 1, static_cast<int>(ms), nullptr));
}

// What has ended is handed over before anything else, also after a stop: a known ending is worth more than a doubt.
std::optional<HttpReply> CurlWire::wait_for(BootTime until, bool until_stop) {
    for (;;) {
        perform();
        if (!ended_.empty()) {
            HttpReply reply = std::move(ended_.front());
            ended_.pop_front();
            return reply;
        }
        if (until_stop && stop_.asked()) return std::nullopt;
        const BootTime now = clock_.boot();
        if (now >= until) return std::nullopt;
        poll(until - now, until_stop);
    }
}

}  // namespace

const std::string* HttpReply::header(const std::string& lower_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_name) return &value;
    return nullptr;
}

CurlRuntime::CurlRuntime() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        throw Error(ErrorCode::internal, "libcurl can't be initialised", {}, Reach::process);
    // With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to the program.
    struct sigaction pipe {};
    if (::sigaction(SIGPIPE, nullptr, &pipe) == 0 && pipe.sa_handler == SIG_DFL) {
        pipe.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &pipe, nullptr);
    }
}

CurlRuntime::~CurlRuntime() {
    curl_global_cleanup();
}

std::unique_ptr<Wire> make_curl_wire(const Clock& clock, const StopFlag& stop, std::string ca_file) {
    return std::make_unique<CurlWire>(clock, stop, std::move(ca_file));
}

}  // namespace bindery
