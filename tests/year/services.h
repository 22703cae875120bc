#pragma once
// The sandbox's three services in this process, on the simulated clock: what a run asks for is answered by the very code that
// bindery-sandbox runs. Before it stands what goes wrong in a year: outages, lost requests and replies, a key that is changed.
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "net/http.h"
#include "sandbox/autobind.h"
#include "sandbox/bi369.h"
#include "sandbox/bindpilot.h"
#include "sandbox/front.h"
#include "support/fake_wire.h"
#include "year/postman.h"

namespace bindery::test {

// The time that is right, whatever the machine's clock says.
class TrueTime final : public sandbox::ServiceClock {
  public:
    explicit TrueTime(const SimClock& clock) : clock_(clock) {}
    WallTime now() const { return clock_.wall() - ahead; }
    std::chrono::system_clock::time_point wall() const override { return std::chrono::system_clock::time_point(now().time_since_epoch()); }
    std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::time_point(now().time_since_epoch()); }

    std::chrono::minutes ahead{0};  // how wrong the machine's clock is

  private:
    const SimClock& clock_;
};

enum class Failing { unreachable, errors, hangs, paused };

struct Outage {
    std::string service;  // bindpilot | bi369 | autobind
    WallTime from, until;
    Failing how;
};

class Services {
  public:
    Services(const SimClock& clock, unsigned seed);

    Answer handle(const HttpRequest& request, BootTime);
    // A record as if a person had entered or changed it in the service; which sends an event about it.
    void put(const std::string& service, const std::string& resource, const std::string& id, const nlohmann::json& record);
    void remove(const std::string& service, const std::string& resource, const std::string& id);
    nlohmann::json records(const std::string& service, const std::string& resource);
    std::size_t refused_by_limit();  // so many 429 of its own

    TrueTime time;
    Postman post;                       // of the two that send events
    std::map<std::string, std::string> hook_secrets;  // by service
    std::vector<Outage> outages;
    std::map<std::string, std::string> keys;  // that a service takes now; ours in the sandbox never changes
    std::map<std::string, std::size_t> calls, refused_keys;
    std::size_t lost = 0;    // requests or replies
    bool quiet = false;      // nothing goes wrong any more

  private:
    struct Line {
        sandbox::Service* service;
        sandbox::Front front;
        std::string own_key;
    };
    Line& line_of(const std::string& name) { return *lines_.at(name); }
    std::optional<Answer> out_of_order(const std::string& service);
    Answer through(Line& line, const std::string& service, const HttpRequest& request);
    bool chance(unsigned of) { return random_() % of == 0; }

    std::mt19937 random_;
    sandbox::Options options_;
    std::atomic<bool> stopping_{false};
    sandbox::FaultSet faults_;
    sandbox::RequestLog log_;
    sandbox::BindPilot bindpilot_;
    sandbox::Bi369 bi369_;
    sandbox::Autobind autobind_;
    std::map<std::string, std::unique_ptr<Line>> lines_;
};

}  // namespace bindery::test
