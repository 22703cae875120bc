#pragma once
// A client that may behave as badly as it likes: bytes on a connection to this machine, and what comes back.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace bindery::e2e {

class RawClient {
  public:
    explicit RawClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{60, 0};  // against hanging, not a measure
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        const int yes = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() {
        if (fd_ >= 0) ::close(fd_);
    }

    bool connected() const { return connected_; }
    // False: the other side has closed it.
    bool send(const std::string& bytes) const {
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
            if (n <= 0) return false;
            at += static_cast<std::size_t>(n);
        }
        return true;
    }
    // The other side has closed it, without a word.
    bool cut_off() const {
        char byte = 0;
        return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }
    // One reply, whole; or what came before the connection was closed.
    std::string reply() const {
        std::string text;
        char bytes[4096];
        while (true) {
            const auto head = text.find("\r\n\r\n");
            const auto length = text.find("Content-Length: ");
            if (head != std::string::npos && length < head && text.size() >= head + 4 + static_cast<std::size_t>(std::atol(text.c_str() + length + 16))) return text;
            const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
            if (n <= 0) return text;
            text.append(bytes, static_cast<std::size_t>(n));
        }
    }
    // 0: it was closed without a word.
    int status() const {
        const std::string text = reply();
        return text.rfind("HTTP/1.1 ", 0) == 0 ? std::atoi(text.c_str() + 9) : 0;
    }

  private:
    int fd_;
    bool connected_ = false;
};

// A GET on a connection of its own: the whole reply.
inline std::string http_get(int port, const std::string& path) {
    const RawClient client(port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n");
    return client.reply();
}

inline int http_status(int port, const std::string& path) { return std::atoi((http_get(port, path) + "HTTP/1.1 0").c_str() + 9); }

}  // namespace bindery::e2e
