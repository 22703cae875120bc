#pragma once
// One transfer on a libcurl easy handle: the request's options, the callbacks that gather the reply, and its ending.
// Lives at one address (libcurl keeps pointers to it) from before curl_multi_add_handle until after
// curl_multi_remove_handle. Internal to src/net.
#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

#include "net/curl_ending.h"
#include "net/curl_sockets.h"
#include "net/http.h"

namespace bindery {

struct EasyDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Why a request can't be sent at all, in words; empty when it can.
std::string fault_of(const HttpRequest& request);

class CurlTransfer {
  public:
    // `easy` is fresh or reset.
    CurlTransfer(EasyHandle easy, std::uint64_t id, HttpRequest request, const StopFlag& stop, CurlSockets& sockets,
                 const std::string& ca_file);
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    CURL* handle() const { return easy_.get(); }
    // It ended before anything was sent, on a kept connection that proved unusable: add it to the multi handle again.
    bool wants_fresh_connection() const { return stale_connection_; }
    void use_fresh_connection();
    // Once, after the end.
    HttpReply finish(CURLcode code, BootTime now);
    EasyHandle release() { return std::move(easy_); }

  private:
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static int on_request(void* self, char*, char*, int remote_port, int local_port) noexcept;

    void set_connection(const std::string& ca_file);
    void set_method_and_body();
    void set_headers();
    void set_callbacks();
    void add_header(const std::string& line);
    bool take_header_line(std::string_view line);
    TransferFacts facts(CURLcode code) const;

    EasyHandle easy_;
    std::unique_ptr<curl_slist, ListDeleter> headers_;
    HttpRequest request_;
    HttpReply reply_;
    const StopFlag& stop_;
    CurlSockets& sockets_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    int requests_begun_ = 0;
    std::size_t header_bytes_ = 0;
    bool in_header_block_ = false;
    bool headers_whole_ = false;
    bool headers_over_cap_ = false;
    bool body_over_cap_ = false;
    bool stop_prevented_ = false;
    bool stale_connection_ = false;
};

}  // namespace bindery
