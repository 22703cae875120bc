#include "web/listener.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/error.h"
#include "web/answer_pool.h"
#include "web/connections.h"

namespace bindery::web {
namespace {

constexpr std::size_t kMaxHeaders = 16u << 10;  // request line and headers; libmicrohttpd answers 414 or 431 beyond it

// One request under way. Owned by libmicrohttpd between begin() and end().
struct Exchange {
    Request request;
    Reply reply;
    bool begun = false;
    bool too_large = false;
    bool asked = false;
    std::atomic<bool> answered{false};
};

Reply plain(int status, std::string text) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(text) + "\n";
    return reply;
}

Reply answer(const Handler& handler, const Request& request) {
    try {
        return handler(request);
    } catch (const std::exception&) {
        return plain(500, "internal error");  // the text may tell of records
    }
}

int socket_of(MHD_Connection* connection) {
    const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == nullptr ? -1 : info->connect_fd;
}

MHD_Result collect(void* into, MHD_ValueKind kind, const char* key, std::size_t key_size, const char* value, std::size_t value_size) {
    std::string name(key == nullptr ? "" : key, key_size);
    if (kind == MHD_HEADER_KIND) name = lower(name);
    static_cast<Pairs*>(into)->emplace_back(std::move(name), value == nullptr ? std::string() : std::string(value, value_size));
    return MHD_YES;
}

// Percent-decoding in place. A NUL stays as it was sent (%00): decoded it would end the path early, and make /healthz of /healthz%00x.
std::size_t decode_in_place(void*, MHD_Connection*, char* text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1; };
    char* to = text;
    for (const char* from = text; *from != 0; ++to) {
        const int high = *from == '%' ? digit(from[1]) : -1, low = high < 0 ? -1 : digit(from[2]);
        const bool decodes = low >= 0 && high * 16 + low != 0;
        *to = decodes ? static_cast<char>(high * 16 + low) : *from;
        from += decodes ? 3 : 1;
    }
    *to = 0;
    return static_cast<std::size_t>(to - text);
}

bool says_too_much(const Request& request, std::size_t most) {
    const std::string length = request.header("content-length");
    std::uint64_t bytes = 0;
    const auto [end, problem] = std::from_chars(length.data(), length.data() + length.size(), bytes);
    return !length.empty() && (problem != std::errc() || end != length.data() + length.size() || bytes > most);
}

// Bound and listening; the port is what it became.
int listen_on(const ListenerOptions& options, std::uint16_t& port) {
    sockaddr_storage address{};
    auto* four = reinterpret_cast<sockaddr_in*>(&address);
    auto* six = reinterpret_cast<sockaddr_in6*>(&address);
    const bool is_six = options.address.find(':') != std::string::npos;
    address.ss_family = is_six ? AF_INET6 : AF_INET;
    if (is_six) six->sin6_port = htons(options.port);
    else four->sin_port = htons(options.port);
    void* const number = is_six ? static_cast<void*>(&six->sin6_addr) : static_cast<void*>(&four->sin_addr);
    if (inet_pton(address.ss_family, options.address.c_str(), number) != 1) throw Error(ErrorCode::config, options.address + " is no address to listen on");
    socklen_t size = is_six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    const int socket = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    if (socket >= 0) ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket, 512) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        const int code = errno;
        if (socket >= 0) ::close(socket);
        const std::string why = code == EADDRINUSE ? "another program has it" : code == EACCES ? "this account may not take it" : std::strerror(code);
        throw Error(code == EADDRINUSE ? ErrorCode::service : ErrorCode::config, "can't listen on " + options.address + " port " + std::to_string(options.port) + " for " + options.purpose + ": " + why,
                    "set " + options.setting + " in bindery.yaml to a free port above 1023; `ss -ltnp` lists who has which", Reach::process, code == EADDRINUSE ? Again::later : Again::never);
    }
    port = ntohs(is_six ? six->sin6_port : four->sin_port);
    return socket;
}

}  // namespace

struct Listener::Impl {
    Impl(const ListenerOptions& given, Handler now, Handler later)
        : options(given), at_once(std::move(now)), handler(std::move(later)), pool(given.threads, given.waiting) {
        const int socket = listen_on(options, port);
        daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, nullptr, nullptr, &Impl::handle, this,
                                  MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT, options.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                  options.connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMaxHeaders * 2, MHD_OPTION_NOTIFY_COMPLETED, &Impl::end, this,
                                  MHD_OPTION_NOTIFY_CONNECTION, &Impl::connection, this, MHD_OPTION_EXTERNAL_LOGGER, &Impl::silence, nullptr, MHD_OPTION_UNESCAPE_CALLBACK, &decode_in_place,
                                  nullptr, MHD_OPTION_END);
        if (daemon == nullptr) {
            ::close(socket);
            throw Error(ErrorCode::internal, "can't start to listen for " + options.purpose, "is the limit of open files (ulimit -n) very low?", Reach::process);
        }
    }

    ~Impl() {
        ending = true;
        pool.finish();  // no connection may be suspended when the daemon stops
        MHD_stop_daemon(daemon);
    }

    void due_in(MHD_Connection* connection, std::optional<std::chrono::milliseconds> time) {
        connections.due(socket_of(connection), time ? std::optional(std::chrono::steady_clock::now() + *time) : std::nullopt);
    }

    static void silence(void*, const char*, va_list) {}

    static void connection(void* self, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode code) {
        auto& impl = *static_cast<Impl*>(self);
        if (code == MHD_CONNECTION_NOTIFY_STARTED) impl.due_in(connection, impl.options.request_within);
        else impl.connections.closed(socket_of(connection));
    }

    static void end(void* self, MHD_Connection* connection, void** state, MHD_RequestTerminationCode code) {
        delete static_cast<Exchange*>(*state);
        *state = nullptr;
        // Kept for a further request: its time begins.
        auto& impl = *static_cast<Impl*>(self);
        if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK) impl.due_in(connection, impl.options.request_within);
    }

    MHD_Result send(MHD_Connection* connection, Reply& reply, bool then_close = false) {
        due_in(connection, options.reply_within);
        MHD_Response* response = MHD_create_response_from_buffer(reply.body.size(), reply.body.data(), MHD_RESPMEM_MUST_COPY);
        if (response == nullptr) return MHD_NO;
        MHD_add_response_header(response, "Content-Type", reply.type.c_str());
        for (const auto& [name, value] : reply.headers) MHD_add_response_header(response, name.c_str(), value.c_str());
        if (then_close) MHD_add_response_header(response, "Connection", "close");
        const MHD_Result result = MHD_queue_response(connection, static_cast<unsigned int>(reply.status), response);
        MHD_destroy_response(response);
        return result;
    }

    MHD_Result begin(MHD_Connection* connection, Exchange& exchange, const char* url, const char* method) {
        exchange.begun = true;
        Request& request = exchange.request;
        request.method = method;
        request.path = url;
        MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, &collect, &request.query);
        MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &collect, &request.headers);
        if (!says_too_much(request, options.max_body)) return MHD_YES;
        return too_large(connection, request);
    }

    MHD_Result too_large(MHD_Connection* connection, const Request& request) {
        if (options.refused) options.refused(request.path, 413);
        Reply reply = plain(413, "the body is larger than " + std::to_string(options.max_body) + " bytes");
        return send(connection, reply, true);
    }

    // The request is whole: answered here, or by another thread while the connection sleeps.
    MHD_Result ask(MHD_Connection* connection, Exchange& exchange) {
        exchange.asked = true;
        Reply reply = answer(at_once, exchange.request);
        if (reply.status != 0) return send(connection, reply);
        due_in(connection, std::nullopt);
        MHD_suspend_connection(connection);
        const bool taken = pool.put([this, connection, &exchange] {
            exchange.reply = ending ? plain(503, "stopping") : answer(handler, exchange.request);
            exchange.answered = true;
            MHD_resume_connection(connection);
        });
        if (!taken) {
            if (options.refused) options.refused(exchange.request.path, 503);
            exchange.reply = plain(503, "too many requests at once; try again in a moment");
            exchange.answered = true;
            MHD_resume_connection(connection);
        }
        return MHD_YES;
    }

    static MHD_Result handle(void* self, MHD_Connection* connection, const char* url, const char* method, const char*, const char* data, std::size_t* size, void** state) {
        auto& impl = *static_cast<Impl*>(self);
        if (*state == nullptr) *state = new Exchange;
        auto& exchange = *static_cast<Exchange*>(*state);
        if (!exchange.begun) return impl.begin(connection, exchange, url, method);
        if (*size > 0) {
            exchange.too_large = exchange.too_large || exchange.request.body.size() + *size > impl.options.max_body;
            if (!exchange.too_large) exchange.request.body.append(data, *size);
            *size = 0;
            return MHD_YES;
        }
        if (exchange.too_large) return impl.too_large(connection, exchange.request);
        if (!exchange.asked) return impl.ask(connection, exchange);
        if (exchange.answered) return impl.send(connection, exchange.reply);
        return MHD_YES;
    }

    const ListenerOptions options;
    const Handler at_once, handler;
    std::uint16_t port = 0;
    std::atomic<bool> ending{false};  // what waits for a thread isn't begun any more
    Connections connections;
    AnswerPool pool;
    MHD_Daemon* daemon = nullptr;
};

Listener::Listener(const ListenerOptions& options, Handler at_once, Handler handler) : impl_(std::make_unique<Impl>(options, std::move(at_once), std::move(handler))) {}

Listener::~Listener() = default;

std::uint16_t Listener::port() const { return impl_->port; }

}  // namespace bindery::web
