#include "net/curl_ending.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>

namespace bindery {
namespace {

std::string duration_text(Duration duration) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    if (ms % 1000 == 0 && ms > 0) return std::to_string(ms / 1000) + " s";
    return std::to_string(ms) + " ms";
}

std::string size_text(std::size_t bytes) {
    if (bytes >= (1u << 20) && bytes % (1u << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
    if (bytes >= (1u << 10) && bytes % (1u << 10) == 0) return std::to_string(bytes >> 10) + " KiB";
    return std::to_string(bytes) + " bytes";
}

// " (120 of 400 bytes)"
std::string progress_text(const TransferFacts& facts) {
    if (facts.body_told >= 0)
        return " (" + std::to_string(facts.body_seen) + " of " + std::to_string(facts.body_told) + " bytes)";
    return " (after " + std::to_string(facts.body_seen) + " bytes)";
}

std::string refusal_text(const TransferFacts& facts) {
    switch (facts.os_error) {
        case ECONNREFUSED:
            return "refused";
        case ENETUNREACH:
        case EHOSTUNREACH:
            return "unreachable";
        case ETIMEDOUT:
            return "timed out";
        case ECONNRESET:
            return "reset";
        case EACCES:
        case EPERM:
            return "forbidden on this machine";
        default:
            return "failed";
    }
}

// libcurl names the machine that it could not reach; is that another one, then it is a proxy from the environment.
std::string by_whom(const TransferFacts& facts) {
    const std::string host = facts.host.starts_with('[') ? facts.host.substr(1, facts.host.size() - 2) : facts.host;
    return facts.detail.find(host) == std::string::npos ? ", by the proxy that the environment sets" : "";
}

// Nothing was sent: why there was no connection.
std::string no_connection_text(const TransferFacts& facts) {
    if (facts.stop_prevented) return "stopped before the request was sent";
    if (facts.proxy_status >= 300)
        return "the proxy gave no connection to " + facts.target + " (HTTP " + std::to_string(facts.proxy_status) + ")";
    switch (facts.code) {
        case CURLE_URL_MALFORMAT:
            return "the address of the request is not a valid URL";
        case CURLE_UNSUPPORTED_PROTOCOL:
            return "the address of the request must begin with http:// or https://";
        case CURLE_COULDNT_RESOLVE_HOST:
            return "no network address found for " + facts.host + " (DNS)";
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "no network address found for the proxy (DNS)";
        case CURLE_COULDNT_CONNECT:
            return "no connection to " + facts.target + " (" + refusal_text(facts) + by_whom(facts) + ")";
        case CURLE_OPERATION_TIMEDOUT:
            return "no connection to " + facts.target + " within " +
                   duration_text(std::min(facts.connect_timeout, facts.timeout));
        case CURLE_PEER_FAILED_VERIFICATION:
            return "the certificate of " + facts.target + " was not accepted (" + facts.detail + ")";
        case CURLE_SSL_CONNECT_ERROR:
            return "no secure connection to " + facts.target + " (" + facts.detail + ")";
        case CURLE_SSL_CACERT_BADFILE:
            return "the file of trusted certificates can't be read";
        default:
            return "no connection to " + facts.target + " (" + curl_easy_strerror(facts.code) + ")";
    }
}

std::string broken_off_text(const TransferFacts& facts) {
    const std::string how = facts.os_error == ECONNRESET || facts.os_error == EPIPE ? "reset" : "closed";
    if (facts.status == 0) return "the connection was " + how + " before a reply came";
    if (!facts.headers_whole) return "the reply was cut short (in its headers)";
    if (how == "reset") return "the connection was reset during the reply" + progress_text(facts);
    return "the reply was cut short" + progress_text(facts);
}

// The request was sent, at least in part: what became of the reply.
std::string lost_text(const TransferFacts& facts) {
    if (facts.body_over_cap) return "the reply is larger than " + size_text(facts.max_body);
    if (facts.headers_over_cap)
        return "the headers of the reply are larger than " + size_text(kMaxHeaderBytes) + " or more than " +
               std::to_string(kMaxHeaders);
    // libcurl was about to send it a second time: the connection died before a reply.
    if (facts.requests_begun > 1) return "the connection was closed before a reply came";
    switch (facts.code) {
        case CURLE_OK:
            if (facts.headers_whole) return "the reply has the status " + std::to_string(facts.status);
            return broken_off_text(facts);
        case CURLE_OPERATION_TIMEDOUT: {
            const std::string after = "timed out after " + duration_text(facts.timeout);
            if (facts.headers_whole) return after + " in the middle of the reply" + progress_text(facts);
            return after + " waiting for a reply";
        }
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_PARTIAL_FILE:
        // A second connection, for what would have been a second sending, failed.
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
            return broken_off_text(facts);
        case CURLE_RECV_ERROR:
            if (facts.os_error != 0) return broken_off_text(facts);
            return facts.status == 0 ? "the connection broke before a reply came"
                                     : "the reply was cut short or malformed" + progress_text(facts);
        case CURLE_BAD_CONTENT_ENCODING:
            return "the reply can't be decompressed";
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return "the reply is not HTTP";
        case CURLE_OUT_OF_MEMORY:
            return "the headers of the reply are too large, or memory ran out";
        default:
            return std::string("no usable reply (") + curl_easy_strerror(facts.code) + ")";
    }
}

}  // namespace

Verdict verdict_of(const TransferFacts& facts) {
    if (facts.requests_begun == 0) return {Ending::not_sent, no_connection_text(facts)};
    // libcurl takes headers that break off for a success. 101 was never asked for, and ends the HTTP on a connection.
    if (facts.code == CURLE_OK && facts.headers_whole && facts.status >= 200) return {Ending::replied, {}};
    return {Ending::lost, lost_text(facts)};
}

}  // namespace bindery
