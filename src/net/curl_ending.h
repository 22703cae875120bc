#pragma once
// Turns libcurl's verdict on a transfer into an Ending and a sentence for the operator. Pure: facts in, verdict out.
// Internal to src/net.
#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "net/http.h"

namespace bindery {

// What was seen of a transfer when it ended.
struct TransferFacts {
    CURLcode code = CURLE_OK;
    int os_error = 0;        // errno of the last failed system call, if any
    int requests_begun = 0;  // how often libcurl was about to send; the second was aborted
    bool headers_whole = false;
    bool body_over_cap = false;
    bool headers_over_cap = false;
    bool stop_prevented = false;  // a stop was asked for before the first byte left
    int status = 0;               // 0 until a final status line came
    int proxy_status = 0;         // of a CONNECT
    std::int64_t body_seen = 0;   // as it came, before decompression
    std::int64_t body_told = -1;  // Content-Length, or -1
    std::size_t max_body = 0;
    Duration timeout{0};
    Duration connect_timeout{0};
    std::string host;
    std::string target;  // host:port
    std::string detail;  // libcurl's text
};

struct Verdict {
    Ending ending = Ending::lost;
    std::string problem;
};

inline constexpr std::size_t kMaxHeaderBytes = 256u << 10;
inline constexpr std::size_t kMaxHeaders = 200;

Verdict verdict_of(const TransferFacts& facts);

}  // namespace bindery
