#pragma once
// A connection that says what a test wants said, byte for byte. Waits are for what must come; none is measured.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

namespace bindery::test {

class Client {
  public:
    explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    }
    Client(Client&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    ~Client() {
        if (fd_ >= 0) ::close(fd_);
    }
    // False once the other side has closed.
    bool send(const std::string& text) const { return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()); }
    // All until the other side closes, or until `enough` is in it.
    std::string read(const std::string& enough = {}) const {
        std::string text;
        char part[4096];
        while (enough.empty() || text.find(enough) == std::string::npos) {
            pollfd waits{fd_, POLLIN, 0};
            if (::poll(&waits, 1, 20'000) != 1) return text + "(nothing came)";
            const ssize_t size = ::recv(fd_, part, sizeof(part), 0);
            if (size <= 0) break;
            text.append(part, static_cast<std::size_t>(size));
        }
        return text;
    }
    bool closed_by_other() const {
        pollfd waits{fd_, POLLIN, 0};
        char byte = 0;
        return ::poll(&waits, 1, 0) == 1 && ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
    }

  private:
    int fd_;
};

inline std::string ask(std::uint16_t port, const std::string& line, const std::string& headers = {}) {
    Client client(port);
    client.send(line + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nConnection: close\r\n" + headers + "\r\n");
    return client.read();
}

inline bool starts(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

}  // namespace bindery::test
