#include "net/curl_sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace bindery {
namespace {

using NameOf = int (*)(int, sockaddr*, socklen_t*);

int port_of(int socket, NameOf name_of) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (name_of(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return -1;
    if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return -1;
}

}  // namespace

void CurlSockets::watch(CURL* handle) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlSockets::on_open);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlSockets::on_close);
    curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
}

bool CurlSockets::input_waits(int local_port, int remote_port) const noexcept {
    return std::any_of(open_.begin(), open_.end(), [&](int socket) {
        char byte = 0;
        return port_of(socket, &::getsockname) == local_port && port_of(socket, &::getpeername) == remote_port &&
               ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    });
}

curl_socket_t CurlSockets::on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto& open = static_cast<CurlSockets*>(self)->open_;
    const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket < 0) return CURL_SOCKET_BAD;
    try {
        open.push_back(socket);
    } catch (...) {
        ::close(socket);
        return CURL_SOCKET_BAD;
    }
    return socket;
}

int CurlSockets::on_close(void* self, curl_socket_t socket) noexcept {
    std::erase(static_cast<CurlSockets*>(self)->open_, socket);
    return ::close(socket);
}

}  // namespace bindery
