#pragma once

#include "sandbox/options.h"
#include "sandbox/service.h"
#include "sandbox/webhooks.h"

#include <string>

namespace bindery::sandbox {

// BindPilot: quotes, clients, policies, renewals, carriers and webhooks, under /v1.
class BindPilot : public Service {
 public:
  BindPilot(const Options& options, EventPost& sender, const ServiceClock& clock);

  [[nodiscard]] Reply error(int status, const std::string& code, const std::string& message) const override;

 protected:
  Reply route(const Request& request, const ListShape& shape) override;
  void fill() override;
  void edited(const std::string& resource, const nlohmann::json& before, const nlohmann::json& after) override;
  [[nodiscard]] std::string key_member(const std::string& resource) const override;

 private:
  Reply route_post(const Request& request);
  Reply list(const Request& request, const ListShape& shape, const std::string& resource, const Table& records);
  Reply get(const std::string& resource, const std::string& id);
  Reply success(int status, const nlohmann::json& data) const;
  Reply invalid(const std::string& message) const;
  Reply create_client(const nlohmann::json& body);
  Reply create_quote(const nlohmann::json& body);
  Reply quote(const std::string& id);
  Reply put_policy(const nlohmann::json& body);
  Reply create_webhook(const nlohmann::json& body);
  Reply list_webhooks(const Request& request, const ListShape& shape);
  void complete(nlohmann::json& quote);
  void emit(const std::string& event, const nlohmann::json& data, std::chrono::nanoseconds delay = {});
  void send(const nlohmann::json& webhook, const std::string& event, const nlohmann::json& data,
            std::chrono::nanoseconds delay);

  Options options_;
  EventPost& sender_;
};

}  // namespace bindery::sandbox
