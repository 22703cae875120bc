#pragma once
// The agency's phone system: an address on loopback that is told of sold calls. Answers by a script, one request after the other.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace bindery::e2e {

class PhoneSystem {
  public:
    // The status to answer the n-th request (from 1) with; 0: the connection is closed without a reply.
    using Script = std::function<int(std::size_t nth)>;

    explicit PhoneSystem(Script script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener_, 16) != 0) throw std::runtime_error("the phone system can't listen");
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~PhoneSystem() {
        over_ = true;
        thread_.join();
        ::close(listener_);
    }
    PhoneSystem(const PhoneSystem&) = delete;
    PhoneSystem& operator=(const PhoneSystem&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/transfer"; }
    // Heads and bodies, in order.
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    bool ready(int fd) const {
        pollfd look{fd, POLLIN, 0};
        while (!over_) {
            if (::poll(&look, 1, 20) > 0) return true;
        }
        return false;
    }

    void serve() {
        while (ready(listener_)) {
            const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (peer < 0) continue;
            if (const std::string request = read_request(peer); !request.empty()) answer(peer, request);
            ::close(peer);
        }
    }

    std::string read_request(int peer) const {
        std::string text;
        for (std::size_t whole = 0; whole == 0 || text.size() < whole;) {
            char chunk[4096];
            if (!ready(peer)) return {};
            const ssize_t n = ::recv(peer, chunk, sizeof chunk, 0);
            if (n <= 0) return {};
            text.append(chunk, static_cast<std::size_t>(n));
            const auto head = text.find("\r\n\r\n");
            const auto told = text.find("Content-Length: ");
            if (head != std::string::npos) whole = head + 4 + (told < head ? std::stoul(text.substr(told + 16)) : 0);
        }
        return text;
    }

    void answer(int peer, const std::string& request) {
        std::size_t nth = 0;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
            nth = requests_.size();
        }
        const int status = script_(nth);
        if (status == 0) return;
        const std::string reply = "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
    }

    Script script_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> over_{false};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

}  // namespace bindery::e2e
