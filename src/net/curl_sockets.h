#pragma once
// The sockets that libcurl has open for one wire, to look at a kept connection before a request goes out on it: bytes
// that wait there already (a 408 that a service sends before it closes, a reply that was too long) would be taken for
// the reply to our request. libcurl looks for a closed connection only. Internal to src/net.
#include <curl/curl.h>

#include <vector>

namespace bindery {

class CurlSockets {
  public:
    // For a handle whose connections live no longer than this object.
    void watch(CURL* handle);
    // Has the connection between these two ports something to read?
    bool input_waits(int local_port, int remote_port) const noexcept;

  private:
    static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept;
    static int on_close(void* self, curl_socket_t socket) noexcept;

    std::vector<int> open_;
};

}  // namespace bindery
