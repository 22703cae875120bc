#pragma once
// The listener for webhooks: POST /hooks/SERVICE and nothing else. An event whose signature fits is on the disk, in the inbox, before
// its 2xx; the store isn't touched. Answers from construction to destruction.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "store/inbox_writer.h"
#include "web/hook_rules.h"
#include "web/listener.h"

namespace bindery::web {

struct HooksOptions {
    ListenerOptions listener;
    std::filesystem::path store;               // the inbox lies beside it
    const Clock* clock = nullptr;
    std::function<void()> kept;                // an event has come; from several threads, may not block
    std::function<void(const std::string&)> warn;  // a line for the log; once in a while at most
    std::function<void()> counted{};           // a count waits for flush_counts(), or for the next event; as `kept`, may be empty
};

class Hooks {
  public:
    // Error(config) when the port can't be had, Error(store) when the inbox can't be opened.
    explicit Hooks(const HooksOptions& options);
    Hooks(const Hooks&) = delete;
    Hooks& operator=(const Hooks&) = delete;

    // One a service, by its name; others are unknown (404). Until the first call all are.
    void set_rules(std::map<std::string, HookRules> rules);
    // Hooks that answer 2xx to what they can't check, and until when.
    void set_windows(std::map<std::string, WallTime> windows);
    void flush_counts();  // to the inbox, where others read them
    // How many events couldn't be kept so far; 0 as well once one that looked has found room: `can_keep`, with the number from before it
    // looked, so that one which failed meanwhile isn't passed over. That another event, a small one, was kept proves nothing.
    std::uint64_t cannot_keep() const;
    void can_keep(std::uint64_t before);
    std::uint16_t port() const { return listener_->port(); }

    // The decision and the keeping, without a socket.
    Reply answer(const Request& request);

  private:
    using RulesMap = std::map<std::string, HookRules>;
    Reply keep(const HookVerdict& verdict, const HookRules& rules, const Request& request);
    bool in_window(const std::string& service) const;
    void count_early();
    void count(const std::string& service, const std::string& result);
    void refused(const std::string& path, int status);
    std::string service_of(const std::string& path) const;

    const HooksOptions options_;
    InboxWriter writer_;
    mutable std::mutex mutex_;
    std::shared_ptr<const RulesMap> rules_;
    std::map<std::string, WallTime> windows_;
    InboxTallies early_;  // refused on the sockets' thread; counted with the next request
    std::uint64_t not_kept_ = 0;
    bool cannot_keep_ = false;  // told once
    std::unique_ptr<Listener> listener_;  // goes first
};

}  // namespace bindery::web
