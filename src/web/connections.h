#pragma once
// Which connections are open, and by when each has to be done with what it is at. A thread of its own closes those that are late; it
// sleeps while nothing is due. For listener.cpp only.
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace bindery::web {

class Connections {
  public:
    using Moment = std::chrono::steady_clock::time_point;

    Connections();
    ~Connections();
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    // `socket` stays valid until closed() is called for it. nullopt: it has no limit for now.
    void due(int socket, std::optional<Moment> until);
    void closed(int socket);

  private:
    void watch();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<int, std::optional<Moment>> due_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace bindery::web
