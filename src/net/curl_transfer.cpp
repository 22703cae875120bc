#include "net/curl_transfer.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string_view>

#include "core/error.h"

namespace bindery {
namespace {

// An idle connection is given up after this time. Short for writes: a service that closes an idle connection at the
// very moment when we write leaves the write in doubt, and a handshake is cheaper than that.
constexpr long kIdleSecondsReads = 30;
constexpr long kIdleSecondsWrites = 3;

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
    // An option that this libcurl doesn't know would silently drop one of the wire's promises.
    if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK)
        throw Error(ErrorCode::internal, std::string("libcurl refuses an option: ") + curl_easy_strerror(code), {},
                    Reach::process);
}

// Rounded up: to libcurl, 0 would be no limit.
long milliseconds(Duration duration) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
    return static_cast<long>(std::clamp<std::chrono::milliseconds::rep>(ms, 1, 24 * 3600 * 1000));
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

struct Target {
    std::string host;
    std::string port;
};

Target target_of(const std::string& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    const auto part = [&](CURLUPart which, unsigned flags) {
        char* text = nullptr;
        if (curl_url_get(parsed.get(), which, &text, flags) != CURLUE_OK) return std::string();
        std::string copy(text);
        curl_free(text);
        return copy;
    };
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    return {part(CURLUPART_HOST, 0), part(CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

bool is_loopback(const std::string& host) {
    if (host == "localhost" || host == "[::1]") return true;
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::string fault_of(const HttpRequest& request) {
    if (!is_token(request.method)) return "the request's method is not a word";
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) return "a header of the request has no valid name";
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
            return "the header " + name + " of the request holds a line break";
    }
    if (target_of(request.url).host.empty()) return "the address of the request is not a valid URL";
    return {};
}

CurlTransfer::CurlTransfer(EasyHandle easy, std::uint64_t id, HttpRequest request, const StopFlag& stop,
                           CurlSockets& sockets, const std::string& ca_file)
    : easy_(std::move(easy)), request_(std::move(request)), stop_(stop), sockets_(sockets) {
    reply_.id = id;
    sockets_.watch(easy_.get());
    set_connection(ca_file);
    set_method_and_body();
    set_headers();
    set_callbacks();
}

void CurlTransfer::set_connection(const std::string& ca_file) {
    CURL* const handle = easy_.get();
    set(handle, CURLOPT_URL, request_.url.c_str());
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.connect_timeout));
    set(handle, CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
    // Else a name server that doesn't answer would hold up a time-out, or the end of the program.
    set(handle, CURLOPT_QUICK_EXIT, 1L);
    set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    set(handle, CURLOPT_MAXAGE_CONN, request_.method == "GET" ? kIdleSecondsReads : kIdleSecondsWrites);
    set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca_file.empty()) set(handle, CURLOPT_CAINFO, ca_file.c_str());
    set(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
    // A proxy from the environment can't reach this machine's loopback.
    if (is_loopback(target_of(request_.url).host)) set(handle, CURLOPT_PROXY, "");
}

void CurlTransfer::set_method_and_body() {
    CURL* const handle = easy_.get();
    const std::string& method = request_.method;
    const bool has_body = !request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
    if (has_body) {  // an empty one goes with Content-Length: 0
        set(handle, CURLOPT_POST, 1L);
        set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(handle, CURLOPT_POSTFIELDS, request_.body.c_str());
        if (method != "POST") set(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
    } else if (method == "HEAD") {
        set(handle, CURLOPT_NOBODY, 1L);
    } else {
        set(handle, CURLOPT_HTTPGET, 1L);
        if (method != "GET") set(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
    }
}

void CurlTransfer::add_header(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    [[maybe_unused]] const auto* same = headers_.release();
    headers_.reset(longer);
}

void CurlTransfer::set_headers() {
    bool has_type = false;
    for (const auto& [name, value] : request_.headers) {
        has_type = has_type || lower(name) == "content-type";
        add_header(trimmed(value).empty() ? name + ";" : name + ": " + value);
    }
    add_header("Expect:");                       // no 100-continue, and so no second sending after a 417
    if (!has_type) add_header("Content-Type:");  // not libcurl's guess of a form
    set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
    set(easy_.get(), CURLOPT_USERAGENT, "bindery/" BINDERY_VERSION);
}

void CurlTransfer::set_callbacks() {
    CURL* const handle = easy_.get();
    set(handle, CURLOPT_PRIVATE, this);
    set(handle, CURLOPT_ERRORBUFFER, error_.data());
    set(handle, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    set(handle, CURLOPT_HEADERDATA, this);
    set(handle, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    set(handle, CURLOPT_WRITEDATA, this);
    set(handle, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_request);
    set(handle, CURLOPT_PREREQDATA, this);
}

// libcurl is connected and about to send. It comes here again when a reused connection died before any reply and it
// wants to send the request once more: never, whatever the method; whoever asked for it decides.
int CurlTransfer::on_request(void* self, char*, char*, int remote_port, int local_port) noexcept {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (transfer.requests_begun_ == 0 && transfer.stop_.asked()) {
        transfer.stop_prevented_ = true;
        return CURL_PREREQFUNC_ABORT;
    }
    long new_connections = 0;
    curl_easy_getinfo(transfer.easy_.get(), CURLINFO_NUM_CONNECTS, &new_connections);
    if (transfer.requests_begun_ == 0 && new_connections == 0 &&
        transfer.sockets_.input_waits(local_port, remote_port)) {
        transfer.stale_connection_ = true;
        return CURL_PREREQFUNC_ABORT;
    }
    return ++transfer.requests_begun_ == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

void CurlTransfer::use_fresh_connection() {
    stale_connection_ = false;
    set(easy_.get(), CURLOPT_FRESH_CONNECT, 1L);
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t length = size * count;
    try {
        return transfer.take_header_line({data, length}) ? length : 0;
    } catch (...) {  // out of memory: the transfer fails
        return 0;
    }
}

// Called a line at a time: status line, headers, the blank line, and that once more after each 1xx; then trailers.
bool CurlTransfer::take_header_line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes || reply_.headers.size() > kMaxHeaders) {
        headers_over_cap_ = true;
        return false;
    }
    if (headers_whole_) return true;  // a trailer: nobody asked for it
    if (!in_header_block_) {          // the status line
        in_header_block_ = true;
        reply_.headers.clear();
        return true;
    }
    if (trimmed(line).empty()) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        headers_whole_ = status == 101 || status >= 200;
        in_header_block_ = false;
        return true;
    }
    if (line.front() == ' ' || line.front() == '\t') {  // obs-fold: goes on from the line before
        if (!reply_.headers.empty()) reply_.headers.back().second.append(" ").append(trimmed(line));
        return true;
    }
    if (const auto colon = line.find(':'); colon != std::string_view::npos)
        reply_.headers.emplace_back(lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
    return true;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t length = size * count;
    if (length > transfer.request_.max_body - transfer.reply_.body.size()) {
        transfer.body_over_cap_ = true;
        return CURL_WRITEFUNC_ERROR;
    }
    try {
        transfer.reply_.body.append(data, length);
    } catch (...) {
        return CURL_WRITEFUNC_ERROR;
    }
    return length;
}

TransferFacts CurlTransfer::facts(CURLcode code) const {
    CURL* const handle = easy_.get();
    long status = 0;
    long proxy_status = 0;
    long os_error = 0;
    curl_off_t seen = 0;
    curl_off_t told = -1;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(handle, CURLINFO_SIZE_DOWNLOAD_T, &seen);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &told);

    TransferFacts facts;
    facts.code = code;
    facts.os_error = static_cast<int>(os_error);
    facts.requests_begun = requests_begun_;
    facts.headers_whole = headers_whole_;
    facts.body_over_cap = body_over_cap_;
    facts.headers_over_cap = headers_over_cap_;
    facts.stop_prevented = stop_prevented_;
    facts.status = status >= 200 || headers_whole_ ? static_cast<int>(status) : 0;
    facts.proxy_status = static_cast<int>(proxy_status);
    facts.body_seen = seen;
    facts.body_told = told;
    facts.max_body = request_.max_body;
    facts.timeout = request_.timeout;
    facts.connect_timeout = request_.connect_timeout;
    const Target target = target_of(request_.url);
    facts.host = target.host;
    facts.target = target.host + ":" + target.port;
    facts.detail = error_.front() != '\0' ? error_.data() : curl_easy_strerror(code);
    return facts;
}

HttpReply CurlTransfer::finish(CURLcode code, BootTime now) {
    const TransferFacts seen = facts(code);
    Verdict verdict = verdict_of(seen);
    reply_.ending = verdict.ending;
    reply_.problem = std::move(verdict.problem);
    reply_.status = seen.requests_begun > 0 ? seen.status : 0;
    reply_.ended = now;
    if (reply_.ending != Ending::replied) reply_.body = {};  // nobody shall take a part for the whole
    return std::move(reply_);
}

}  // namespace bindery
