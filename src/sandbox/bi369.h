#pragma once

#include "sandbox/options.h"
#include "sandbox/service.h"
#include "sandbox/webhooks.h"

#include <string>

namespace bindery::sandbox {

// Bi369: leads, invoices, projects and their tasks, under /v1. Tasks can be made and never read again, as with the
// real service; only the control endpoint shows them.
class Bi369 : public Service {
 public:
  Bi369(const Options& options, EventPost& sender, const ServiceClock& clock);

  [[nodiscard]] Reply error(int status, const std::string& code, const std::string& message) const override;

 protected:
  Reply route(const Request& request, const ListShape& shape) override;
  void fill() override;
  [[nodiscard]] Reply too_many(std::chrono::nanoseconds wait) const override;
  void edited(const std::string& resource, const nlohmann::json& before, const nlohmann::json& after) override;

 private:
  Reply route_lead(const Request& request, const std::string& id);
  Reply route_write(const Request& request);
  Reply list(const Request& request, const ListShape& shape, const std::string& resource);
  Reply success(int status, const nlohmann::json& data) const;
  Reply created(const std::string& resource, const nlohmann::json& record, const std::string& event);
  Reply invalid(const std::string& message) const;
  Reply not_allowed(const Request& request) const;
  Reply create_lead(const nlohmann::json& body);
  Reply change_lead(const std::string& id, const nlohmann::json& body);
  Reply create_invoice(const nlohmann::json& body);
  Reply pay(const std::string& id, const nlohmann::json& body);
  Reply create_project(const nlohmann::json& body);
  Reply create_task(const std::string& project, const nlohmann::json& body);
  void emit(const std::string& event, const nlohmann::json& data);
  void lead_changed(const nlohmann::json& before, const nlohmann::json& after);

  Options options_;
  EventPost& sender_;
};

}  // namespace bindery::sandbox
