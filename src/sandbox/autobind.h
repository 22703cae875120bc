#pragma once

#include "sandbox/options.h"
#include "sandbox/random.h"
#include "sandbox/service.h"

#include <date/date.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace bindery::sandbox {

// Autobind: a ping is priced, a post sells the consumer's data or call, a status is asked for.
class Autobind : public Service {
 public:
  Autobind(const Options& options, const ServiceClock& clock);

  [[nodiscard]] Reply error(int status, const std::string& code, const std::string& message) const override;

 protected:
  Reply route(const Request& request, const ListShape& shape) override;
  void fill() override;
  [[nodiscard]] std::string limit_group(const Request& request) const override;
  [[nodiscard]] std::string key_member(const std::string&) const override { return "bid_id"; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Bid {
    bool call = false;
    bool test = false;
    bool consent = false;
    std::string external_id;
    Time expires;
    nlohmann::json result;  // the first answer to its post, which every later post gets too
  };

  Reply ping(const nlohmann::json& body, bool test);
  Reply post(const nlohmann::json& body, bool test);
  Reply status(const std::string& id);
  [[nodiscard]] Reply invalid(const std::vector<std::string>& errors) const;
  // Why a post is turned down; nothing when it is taken.
  std::string refusal(const Bid& bid, const nlohmann::json& body, bool test);
  void keep(const std::string& id, const Bid& bid, const nlohmann::json& body, bool accepted);
  [[nodiscard]] bool billable_within_hour(const std::string& phone);
  [[nodiscard]] nlohmann::json shown(nlohmann::json record) const;
  std::string make_bid_id();
  [[nodiscard]] Time after(std::chrono::seconds length) const;
  [[nodiscard]] date::sys_days today() const;

  Options options_;
  Random random_;
  std::map<std::string, Bid> bids_;
  std::map<std::string, Time> sold_phones_;    // until when the phone counts as seen (leads)
  std::map<std::string, std::string> called_;  // phone of an accepted call, and its latest bid
};

}  // namespace bindery::sandbox
