#pragma once

#include "sandbox/http.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

struct MHD_Daemon;

namespace bindery::sandbox {

using Handler = std::function<Reply(const Request&)>;

// One HTTP server on 127.0.0.1, a thread a connection. The handler is called from those threads, several at a
// time. The destructor waits for requests under way; set `stopping` first, so that slow replies end.
class HttpServer {
 public:
  // Throws std::runtime_error when the port can't be had. Port 0 takes a free one.
  HttpServer(const std::string& name, std::uint16_t port, Handler handler, const std::atomic<bool>& stopping);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  friend struct HttpCallbacks;
  Handler handler_;
  const std::atomic<bool>& stopping_;
  MHD_Daemon* daemon_ = nullptr;
  std::uint16_t port_ = 0;
};

}  // namespace bindery::sandbox
