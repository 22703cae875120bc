#pragma once
// A server of raw bytes on loopback, for what no well-behaved server does: resets, cuts, silence. A script a
// connection, in the order in which they are accepted; each runs in a thread of its own. Connections beyond the scripts
// are counted and closed. The destructor ends every script, whatever it waits for.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "net/http.h"

namespace bindery::test {

class RawServer {
  public:
    // One accepted connection, as a script sees it. Calls after the end of the connection or of the server do nothing.
    class Peer {
      public:
        Peer(int fd, RawServer& server) : fd_(fd), server_(server) {}
        ~Peer() { close(); }
        Peer(const Peer&) = delete;
        Peer& operator=(const Peer&) = delete;

        // Head and body of the next request, also noted in RawServer::requests(); empty when the other side has closed.
        std::string read_request() {
            std::size_t head = std::string::npos;
            while ((head = buffer_.find("\r\n\r\n")) == std::string::npos)
                if (!fill()) return {};
            const std::size_t whole = head + 4 + body_length(buffer_.substr(0, head + 4));
            while (buffer_.size() < whole)
                if (!fill()) return {};
            std::string request = buffer_.substr(0, whole);
            buffer_.erase(0, whole);
            server_.note(request);
            return request;
        }
        // The next line with its end, for servers of other protocols; empty when the other side has closed.
        std::string read_line() {
            std::size_t end = std::string::npos;
            while ((end = buffer_.find('\n')) == std::string::npos)
                if (!fill()) return {};
            const std::string line = buffer_.substr(0, end + 1);
            buffer_.erase(0, end + 1);
            return line;
        }
        // Any byte at all, noted nowhere.
        void read_some() { fill(); }
        // False when the other side is gone.
        bool send(std::string_view bytes) {
            while (!bytes.empty() && ready(POLLOUT)) {
                const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n < 0 && errno == EAGAIN) continue;
                if (n <= 0) return false;
                bytes.remove_prefix(static_cast<std::size_t>(n));
            }
            return bytes.empty();
        }
        void serve(std::string_view reply) {
            if (!read_request().empty()) send(reply);
        }
        // A byte each `gap`, until the end.
        void trickle(std::string_view bytes, std::chrono::milliseconds gap) {
            for (const char& c : bytes) {
                pollfd stop{server_.stop_.poll_fd(), POLLIN, 0};
                if (::poll(&stop, 1, static_cast<int>(gap.count())) > 0 || !send({&c, 1})) return;
            }
        }
        // Silence, until the other side closes.
        void hang() {
            while (fill()) buffer_.clear();
        }
        void close() {
            if (fd_ >= 0) ::close(fd_);
            fd_ = -1;
        }
        void reset() {
            const linger at_once{1, 0};
            ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            close();
        }

      private:
        bool ready(short what) const {
            if (fd_ < 0) return false;
            pollfd fds[] = {{fd_, what, 0}, {server_.stop_.poll_fd(), POLLIN, 0}};
            return ::poll(fds, 2, -1) > 0 && fds[1].revents == 0;
        }
        bool fill() {
            if (!ready(POLLIN)) return false;
            char chunk[16384];
            const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
            if (n <= 0) return false;
            buffer_.append(chunk, static_cast<std::size_t>(n));
            return true;
        }
        static std::size_t body_length(std::string head) {
            for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            const auto at = head.find("content-length:");
            return at == std::string::npos ? 0 : std::stoul(head.substr(at + 15));
        }

        int fd_;
        RawServer& server_;
        std::string buffer_;
    };
    using Script = std::function<void(Peer&)>;

    explicit RawServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t length = sizeof address;
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener_, 64) != 0)
            throw std::runtime_error("the raw server can't listen");
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~RawServer() {
        stop_.ask();
        acceptor_.join();
        for (auto& thread : threads_) thread.join();
        ::close(listener_);
    }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    int port() const { return port_; }
    std::string url(const std::string& path = "/", const std::string& scheme = "http") const {
        return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
    }
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    int connections() const { return connections_; }

    static sockaddr_in loopback(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        return address;
    }

  private:
    void accept_all() {
        for (;;) {
            pollfd fds[] = {{listener_, POLLIN, 0}, {stop_.poll_fd(), POLLIN, 0}};
            if (::poll(fds, 2, -1) < 0 || fds[1].revents != 0) return;
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            const auto index = static_cast<std::size_t>(connections_++);
            threads_.emplace_back([this, fd, index] {
                Peer peer(fd, *this);
                if (index < scripts_.size()) scripts_[index](peer);
            });
        }
    }
    void note(const std::string& request) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
    }

    const std::vector<Script> scripts_;
    StopFlag stop_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::list<std::thread> threads_;  // only the acceptor adds; joined after it
    std::thread acceptor_;
};

}  // namespace bindery::test
