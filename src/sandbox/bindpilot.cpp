#include "sandbox/bindpilot.h"

#include "sandbox/members.h"
#include "sandbox/calendar.h"
#include "sandbox/seed.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bindery::sandbox {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds kQuoteTakes{2};

std::string missing(const json& body, std::initializer_list<const char*> members) {
  for (const char* member : members) {
    if (text(body, member).empty()) {
      return std::string("Missing required field: ") + member;
    }
  }
  return {};
}

}  // namespace

BindPilot::BindPilot(const Options& options, EventPost& sender, const ServiceClock& clock)
    : Service("bindpilot", options.bindpilot_key, clock), options_(options), sender_(sender) {
  add_limits("all",
             {{100, scaled(std::chrono::minutes(1), options.time_scale)},
              {10, scaled(std::chrono::seconds(1), options.time_scale)}},
             !options.no_limits);
  BindPilot::fill();
}

void BindPilot::fill() {
  const date::sys_days today = options_.today.empty() ? local_today() : day_of(options_.today);
  const BindPilotSeed seed = seed_bindpilot(options_, today);
  for (const SeedClient& client : seed.clients) {
    table("clients").put(client.id, client_record(client));
  }
  for (const SeedPolicy& policy : seed.policies) {
    table("policies").put(policy.id, policy_record(policy, seed.clients[policy.client], today));
  }
  for (const json& renewal : renewal_records(seed, options_, today)) {
    table("renewals").put(renewal["id"], renewal);
  }
  for (const json& carrier : carrier_records()) {
    table("carriers").put(carrier["id"], carrier);
  }
  table("quotes");
  table("webhooks");
}

Reply BindPilot::error(int status, const std::string& code, const std::string& message) const {
  return json_reply(status, json{{"status", "error"}, {"error", {{"code", code}, {"message", message}}}}.dump());
}

Reply BindPilot::invalid(const std::string& message) const { return error(400, "INVALID_REQUEST", message); }

Reply BindPilot::success(int status, const json& data) const {
  return json_reply(status, json{{"status", "success"}, {"data", data}, {"timestamp", now_text()}}.dump());
}

std::string BindPilot::key_member(const std::string& resource) const {
  return resource == "quotes" ? "quote_id" : "id";
}

Reply BindPilot::route(const Request& request, const ListShape& shape) {
  const std::string& path = request.path;
  if (request.method == "POST") {
    return route_post(request);
  }
  constexpr std::array<std::string_view, 4> kLists = {"clients", "policies", "renewals", "carriers"};
  const std::string resource = after_prefix(path, "/v1/").value_or("");
  const bool list_path = std::find(kLists.begin(), kLists.end(), resource) != kLists.end();
  const auto client = after_prefix(path, "/v1/clients/");
  const auto quote_id = after_prefix(path, "/v1/quotes/");
  if (!list_path && !client && !quote_id && resource != "webhooks" && resource != "quotes") {
    return error(404, "NOT_FOUND", "No such endpoint");
  }
  if (request.method != "GET" || resource == "quotes") {
    return error(405, "METHOD_NOT_ALLOWED", request.method + " isn't supported here");
  }
  if (resource == "webhooks") {
    return list_webhooks(request, shape);
  }
  if (list_path) {
    return list(request, shape, resource, table(resource));
  }
  return client ? get("clients", *client) : quote(*quote_id);
}

Reply BindPilot::route_post(const Request& request) {
  const std::string resource = after_prefix(request.path, "/v1/").value_or("");
  constexpr std::array<std::string_view, 4> kWritable = {"clients", "quotes", "policies", "webhooks"};
  if (resource == "policies" && options_.bindpilot_policy_writes != "on") {
    return options_.bindpilot_policy_writes == "404" ? error(404, "NOT_FOUND", "No such endpoint")
                                                     : error(405, "METHOD_NOT_ALLOWED", "POST isn't supported here");
  }
  if (std::find(kWritable.begin(), kWritable.end(), resource) == kWritable.end()) {
    const bool known = resource == "renewals" || resource == "carriers" || resource.find('/') != std::string::npos;
    return known ? error(405, "METHOD_NOT_ALLOWED", "POST isn't supported here")
                 : error(404, "NOT_FOUND", "No such endpoint");
  }
  const auto body = object_of(request.body);
  if (!body) {
    return invalid("The body must be a JSON object");
  }
  if (resource == "clients") {
    return create_client(*body);
  }
  if (resource == "quotes") {
    return create_quote(*body);
  }
  return resource == "policies" ? put_policy(*body) : create_webhook(*body);
}

Reply BindPilot::list(const Request& request, const ListShape& shape, const std::string& resource,
                      const Table& records) {
  const auto page = page_of(request.parameter("page"), request.parameter("per_page"), options_.max_per_page);
  if (!page) {
    return invalid("page and per_page must be whole numbers from 1");
  }
  ListPage rows = cut_page(records, *page, shape);
  if (shape.wrapped) {
    rows.rows = "{\"" + resource + "\":" + rows.rows + "}";
  }
  std::string body = R"({"status":"success","data":)" + rows.rows + R"(,"timestamp":")" + now_text() + '"';
  if (!shape.no_meta) {
    body += R"(,"meta":{)";
    body += shape.no_total ? "" : "\"total\":" + std::to_string(rows.total) + ",";
    body += "\"page\":" + std::to_string(page->number) + ",\"per_page\":" + std::to_string(page->size) + "}";
  }
  return json_reply(200, body + "}");
}

Reply BindPilot::get(const std::string& resource, const std::string& id) {
  const auto record = table(resource).find(id);
  return record ? success(200, *record) : error(404, "NOT_FOUND", "No record with the id " + id);
}

Reply BindPilot::create_client(const json& body) {
  const std::string lacking = missing(body, {"name"});
  if (!lacking.empty()) {
    return invalid(lacking);
  }
  json client = {{"id", next_id("c_")}, {"created_at", now_text()}};
  for (const char* member : {"name", "email", "phone", "street_address", "city", "state", "zip"}) {
    if (body.contains(member) && !body[member].is_string() && !body[member].is_null()) {
      return invalid(std::string(member) + " must be a string");
    }
    client[member] = body.value(member, json());
  }
  table("clients").put(client["id"], client);
  emit("client.created", client);
  Reply reply = success(201, client);
  reply.created_id = client["id"];
  return reply;
}

Reply BindPilot::create_quote(const json& body) {
  const std::string lacking = missing(body, {"client_id", "line_of_business", "state"});
  if (!lacking.empty()) {
    return invalid(lacking);
  }
  if (!one_of(kLinesOfBusiness, body["line_of_business"])) {
    return invalid("line_of_business isn't known");
  }
  if (body.contains("risk") && !body["risk"].is_object()) {
    return invalid("risk must be an object");
  }
  if (!table("clients").find(body["client_id"])) {
    return invalid("client_id names no client");
  }
  const auto takes = scaled(kQuoteTakes, options_.time_scale);
  json quote = {{"quote_id", next_id("q_")},
                {"client_id", body["client_id"]},
                {"line_of_business", body["line_of_business"]},
                {"state", body["state"]},
                {"status", "pending"},
                {"quotes", json::array()},
                {"_ready", steady_ms() + std::chrono::duration_cast<std::chrono::milliseconds>(takes).count()}};
  const std::string id = quote["quote_id"];
  table("quotes").put(id, quote);
  quote.erase("_ready");
  emit("quote.created", quote);
  json completed = quote;
  complete(completed);
  emit("quote.completed", completed, takes);
  Reply reply = success(201, {{"quote_id", id}, {"status", "pending"}});
  reply.created_id = id;
  return reply;
}

// A quote is completed when it is looked at after its time; nothing runs in the background.
Reply BindPilot::quote(const std::string& id) {
  auto record = table("quotes").find(id);
  if (!record) {
    return error(404, "NOT_FOUND", "No quote with the id " + id);
  }
  if (record->value("status", "") == "pending" && steady_ms() >= record->value("_ready", std::int64_t{0})) {
    complete(*record);
    table("quotes").put(id, *record);
  }
  record->erase("_ready");
  return success(200, *record);
}

void BindPilot::complete(json& quote) {
  std::uint64_t seed = options_.seed;
  for (const char c : text(quote, "quote_id")) {
    seed = seed * 31 + static_cast<unsigned char>(c);
  }
  Random random(seed);
  quote["status"] = "completed";
  for (const char* carrier : {"Lone Star Mutual", "Red River Casualty", "Sandía Indemnity"}) {
    quote["quotes"].push_back({{"carrier", carrier},
                               {"premium", static_cast<double>(random.between(60000, 420000)) / 100.0},
                               {"coverage", {{"limit", "100/300/100"}, {"deductible", 500 * random.between(1, 4)}}}});
  }
}

}  // namespace bindery::sandbox
