#pragma once
// What tests of the running daemon share: a listener in systemd's place, jobs that only read, waits that can't hang.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "support.h"

namespace bindery::e2e {

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Fails the test when it doesn't come about: a limit against hanging, not a measure.
inline void until(const std::function<bool()>& good, int seconds = 60) {
    for (int i = 0; i < 100 * seconds; ++i) {
        if (good()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("it didn't come about");
}

inline int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(fd);
    return ntohs(address.sin_port);
}

// How many runs of a job ended so; 0 while the store is being made.
inline int runs_of(const Agency& agency, const std::string& job, const std::string& outcome = "done") {
    if (!fs::exists(agency.store())) return 0;
    const Ended ended = agency.run({"--output", "json", "runs", "--job", job, "--limit", "1000"});
    if (ended.code != 0) return 0;
    int n = 0;
    const json object = ended.object();
    for (const auto& run : object.at("runs")) n += run.at("outcome") == outcome ? 1 : 0;
    return n;
}

// A job that only reads, so that it may run as often as it likes.
inline void reading_job(const Agency& agency, const std::string& name, const std::string& schedule) {
    write_text(agency / ("jobs/" + name + ".yaml"), "job: " + name + "\nschedule: " + schedule + "\nsteps:\n  - pull: bindpilot.renewals\n");
}

// What systemd would hear. Read by a thread of its own, as systemd does: the kernel keeps no more than ten messages for a reader who is
// late, and the daemon waits for none.
class NotifySocket {
  public:
    explicit NotifySocket(const fs::path& path) : path_(path) {
        fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        reader_ = std::thread([this] {
            while (!ending_) {
                pollfd ready{fd_, POLLIN, 0};
                if (::poll(&ready, 1, 20) > 0) read();
            }
        });
    }
    explicit NotifySocket(const Agency& agency) : NotifySocket(agency / "notify") {}
    ~NotifySocket() {
        ending_ = true;
        reader_.join();
        ::close(fd_);
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    std::string path() const { return path_.string(); }

    // All messages so far, in the order in which they came.
    Words messages() {
        read();
        const std::lock_guard lock(mutex_);
        return messages_;
    }
    bool heard(const std::string& part) { return times(part) > 0; }
    // How many messages hold both, of those from the `from`-th on.
    std::size_t times(const std::string& part, const std::string& and_part = "", std::size_t from = 0) {
        const Words all = messages();
        std::size_t n = 0;
        for (std::size_t i = from; i < all.size(); ++i) n += has(all[i], part) && has(all[i], and_part) ? 1 : 0;
        return n;
    }

  private:
    void read() {
        const std::lock_guard lock(mutex_);
        std::string bytes(8192, '\0');
        for (ssize_t n = 0; (n = ::recv(fd_, bytes.data(), bytes.size(), 0)) > 0;) messages_.push_back(bytes.substr(0, static_cast<std::size_t>(n)));
    }

    fs::path path_;
    int fd_ = -1;
    std::mutex mutex_;
    Words messages_;
    std::atomic<bool> ending_{false};
    std::thread reader_;
};

}  // namespace bindery::e2e
