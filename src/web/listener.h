#pragma once
// An HTTP listener on one address. One thread looks at sockets; a few others answer, so that a slow answer delays neither
// new connections nor what is answered `at_once`. It bounds connections, in all and of one address, the time until a request is whole,
// the time until its reply is read, the size of a body (413 before a byte too many is kept) and how many requests wait. What is asked
// and answered is its handlers' business.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "web/http.h"

namespace bindery::web {

struct ListenerOptions {
    std::string purpose = "the pages";       // for the message when the port can't be had
    std::string setting = "web.port";        // what to change then
    std::string address = "127.0.0.1";       // a number
    std::uint16_t port = 0;                  // 0: a free one
    unsigned threads = 3;                    // that answer
    unsigned connections = 512;              // in all
    unsigned connections_per_address = 400;  // 0: as many
    unsigned waiting = 128;                  // requests that wait for a thread; further ones get 503
    std::size_t max_body = 64u << 10;        // bytes
    std::chrono::milliseconds request_within{10'000};  // from the connection, or the last reply, to the last byte of the request
    std::chrono::milliseconds reply_within{30'000};    // from there to the last byte of the reply, its making apart
    // Told of a request that no handler gets to see: its path, 413 or 503. On the thread that looks at sockets: it may not block.
    std::function<void(const std::string& path, int status)> refused{};
};

class Listener {
  public:
    // `at_once` answers what must never wait, on the thread that looks at sockets: it may not block; status 0 leaves the request to
    // `handler`. Exceptions of either become a plain 500. Error(config) when the address and port can't be had.
    Listener(const ListenerOptions& options, Handler at_once, Handler handler);
    // Ends what is under way: requests that are being answered are awaited, those that wait for a thread get 503, the rest is cut off.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bindery::web
