#include "sandbox/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

namespace bindery::sandbox {

namespace {

constexpr std::size_t kMaxBody = 8U * 1024U * 1024U;
constexpr std::size_t kSlowPiece = 16;

struct Exchange {
  Request request;
  bool begun = false;
  bool too_large = false;
};

// What a streamed reply needs for as long as it is being sent.
struct Stream {
  std::string body;
  Wire wire;
  std::size_t promised;
  std::chrono::milliseconds pause;
  const std::atomic<bool>& stopping;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

MHD_Result collect(void* into, MHD_ValueKind, const char* key, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(into))[key] = value == nullptr ? "" : value;
  return MHD_YES;
}

MHD_Result collect_lower(void* into, MHD_ValueKind, const char* key, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(into))[lower(key)] = value == nullptr ? "" : value;
  return MHD_YES;
}

ssize_t read_stream(void* context, std::uint64_t position, char* into, std::size_t room) {
  const auto& stream = *static_cast<Stream*>(context);
  if (stream.stopping) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  const auto at = static_cast<std::size_t>(position);
  if (at >= stream.body.size()) {
    if (stream.wire != Wire::huge || at >= stream.promised) {
      return stream.wire == Wire::cut ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    }
    const std::size_t filler = std::min(room, stream.promised - at);
    std::memset(into, ' ', filler);
    return static_cast<ssize_t>(filler);
  }
  std::size_t piece = std::min(room, stream.body.size() - at);
  if (stream.wire == Wire::slow) {
    piece = std::min(piece, kSlowPiece);
    const auto until = std::chrono::steady_clock::now() + stream.pause;
    while (!stream.stopping && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::min(stream.pause, std::chrono::milliseconds(20)));
    }
  }
  std::memcpy(into, stream.body.data() + at, piece);
  return static_cast<ssize_t>(piece);
}

void free_stream(void* context) { delete static_cast<Stream*>(context); }

MHD_Response* make_response(Reply& reply, const std::atomic<bool>& stopping) {
  if (reply.wire == Wire::whole) {
    return MHD_create_response_from_buffer(reply.body.size(), reply.body.data(), MHD_RESPMEM_MUST_COPY);
  }
  std::size_t promised = reply.body.size();
  if (reply.wire == Wire::cut) {
    promised += reply.wire_bytes;
  } else if (reply.wire == Wire::huge) {
    promised = std::max(promised, reply.wire_bytes);
  }
  auto* stream = new Stream{std::move(reply.body), reply.wire, promised, reply.wire_pause, stopping};
  return MHD_create_response_from_callback(promised, 64U * 1024U, &read_stream, stream, &free_stream);
}

MHD_Result send(MHD_Connection* connection, Reply reply, const std::atomic<bool>& stopping) {
  if (reply.wire == Wire::closed) {
    return MHD_NO;
  }
  MHD_Response* response = make_response(reply, stopping);
  if (response == nullptr) {
    return MHD_NO;
  }
  MHD_add_response_header(response, "Content-Type", reply.content_type.c_str());
  for (const auto& [name, value] : reply.headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  const MHD_Result result = MHD_queue_response(connection, static_cast<unsigned int>(reply.status), response);
  MHD_destroy_response(response);
  return result;
}

}  // namespace

struct HttpCallbacks {
  // Called first for each request: the only place where the target is still as it was sent.
  static void* begin(void*, const char* uri, MHD_Connection*) {
    auto* exchange = new Exchange;
    exchange->request.target = uri;
    return exchange;
  }

  static void end(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    delete static_cast<Exchange*>(*state);
    *state = nullptr;
  }

  static MHD_Result handle(void* context, MHD_Connection* connection, const char* url, const char* method,
                           const char*, const char* data, std::size_t* size, void** state) {
    const auto& server = *static_cast<HttpServer*>(context);
    auto& exchange = *static_cast<Exchange*>(*state);
    Request& request = exchange.request;
    if (!exchange.begun) {
      exchange.begun = true;
      request.method = method;
      request.path = url;
      MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &collect, &request.query);
      MHD_get_connection_values(connection, MHD_HEADER_KIND, &collect_lower, &request.headers);
      return MHD_YES;
    }
    if (*size > 0) {
      exchange.too_large = exchange.too_large || request.body.size() + *size > kMaxBody;
      if (!exchange.too_large) {
        request.body.append(data, *size);
      }
      *size = 0;
      return MHD_YES;
    }
    Reply reply;
    if (exchange.too_large) {
      reply.status = 413;
      reply.body = R"({"error":"the body is larger than 8 MiB"})";
    } else {
      try {
        reply = server.handler_(request);
      } catch (const std::exception& failure) {
        reply.status = 500;
        reply.content_type = "text/plain";
        reply.body = std::string("sandbox failure: ") + failure.what() + "\n";
      }
    }
    return send(connection, std::move(reply), server.stopping_);
  }
};

HttpServer::HttpServer(const std::string& name, std::uint16_t port, Handler handler, const std::atomic<bool>& stopping)
    : handler_(std::move(handler)), stopping_(stopping) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  daemon_ = MHD_start_daemon(
      MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, port, nullptr,
      nullptr, &HttpCallbacks::handle, this, MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr*>(&address),
      MHD_OPTION_URI_LOG_CALLBACK, &HttpCallbacks::begin, nullptr, MHD_OPTION_NOTIFY_COMPLETED, &HttpCallbacks::end,
      nullptr, MHD_OPTION_CONNECTION_LIMIT, 512U, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_END);
  if (daemon_ == nullptr) {
    throw std::runtime_error("can't listen on 127.0.0.1:" + std::to_string(port) + " for " + name +
                             ": the port is taken or not allowed; port 0 takes a free one");
  }
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);
  port_ = info == nullptr ? port : info->port;
}

HttpServer::~HttpServer() { MHD_stop_daemon(daemon_); }

}  // namespace bindery::sandbox
