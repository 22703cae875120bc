#include "web/connections.h"

#include <sys/socket.h>

namespace bindery::web {

Connections::Connections() : thread_([this] { watch(); }) {}

Connections::~Connections() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Connections::due(int socket, std::optional<Moment> until) {
    {
        const std::lock_guard lock(mutex_);
        due_[socket] = until;
    }
    if (until) changed_.notify_one();
}

void Connections::closed(int socket) {
    const std::lock_guard lock(mutex_);
    due_.erase(socket);
}

void Connections::watch() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
        std::optional<Moment> next;
        const Moment now = std::chrono::steady_clock::now();
        for (auto& [socket, until] : due_) {
            if (!until) continue;
            if (*until <= now) {
                ::shutdown(socket, SHUT_RDWR);  // whoever reads or writes it sees its end, and closes it
                until.reset();
            } else if (!next || *until < *next) {
                next = until;
            }
        }
        if (next) changed_.wait_until(lock, *next);
        else changed_.wait(lock);
    }
}

}  // namespace bindery::web
