#include "sandbox/autobind.h"

#include "sandbox/members.h"
#include "sandbox/autobind_price.h"
#include "sandbox/calendar.h"
#include "sandbox/validator.h"

#include <algorithm>
#include <array>

namespace bindery::sandbox {

namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr int kMinimumCall = 90;
constexpr int kLongCall = 127;   // how long a made-up call lasts
constexpr int kShortCall = 41;   // the same for numbers that end in 9
constexpr seconds kLeadBidLives{90};
constexpr seconds kCallBidLives{60};
constexpr seconds kPhoneRemembered{30L * 24 * 3600};
constexpr seconds kCallRemembered{3600};
constexpr const char* kTransferPhone = "8775550142";

json rejected(const std::string& reason) { return {{"status", "rejected"}, {"reason", reason}}; }

void add_warnings(json& answer, const std::vector<std::string>& warnings) {
  if (!warnings.empty()) {
    answer["warnings"] = warnings;
  }
}

bool ends_with(const std::string& text, const std::string& tail) {
  return text.size() >= tail.size() && text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

}  // namespace

Autobind::Autobind(const Options& options, const ServiceClock& clock)
    : Service("autobind", options.autobind_key, clock), options_(options), random_(options.seed) {
  const auto second = scaled(seconds(1), options.time_scale);
  add_limits("ping", {{100, second}}, !options.no_limits);
  add_limits("post", {{20, second}}, !options.no_limits);
  add_limits("status", {{50, second}}, !options.no_limits);
  Autobind::fill();
}

void Autobind::fill() {
  random_ = Random(options_.seed * 7919 + 6);
  bids_.clear();
  sold_phones_.clear();
  called_.clear();
  table("leads");
  table("calls");
}

Reply Autobind::error(int status, const std::string&, const std::string& message) const {
  return json_reply(status, json{{"status", "error"}, {"errors", json::array({message})}}.dump());
}

Reply Autobind::invalid(const std::vector<std::string>& errors) const {
  return json_reply(400, json{{"status", "error"}, {"errors", errors}}.dump());
}

std::string Autobind::limit_group(const Request& request) const {
  if (request.path == "/leads/ping") {
    return "ping";
  }
  return request.path == "/leads/post" ? "post" : "status";
}

date::sys_days Autobind::today() const { return options_.today.empty() ? local_today() : day_of(options_.today); }

Autobind::Time Autobind::after(seconds length) const {
  return clock().steady() +
         std::chrono::duration_cast<Time::duration>(scaled(length, options_.time_scale));
}

Reply Autobind::route(const Request& request, const ListShape&) {
  const bool ping_path = request.path == "/leads/ping";
  const bool post_path = request.path == "/leads/post";
  const auto id = after_prefix(request.path, "/leads/status/");
  if (!ping_path && !post_path && !id) {
    return error(404, "", "No such endpoint");
  }
  if (request.method != (id ? "GET" : "POST")) {
    return error(405, "", request.method + " isn't supported here");
  }
  if (id) {
    return status(*id);
  }
  const auto body = object_of(request.body);
  if (!body) {
    return invalid({"The request body must be a JSON object"});
  }
  const bool test = request.parameter("environment") == "test";
  return ping_path ? ping(*body, test) : post(*body, test);
}

Reply Autobind::ping(const json& body, bool test) {
  const bool call = text(body, "media_type") == "call";
  const Checked checked = validate_autobind(call ? kCallPing : kLeadPing, body, today());
  if (!checked.errors.empty()) {
    return invalid(checked.errors);
  }
  const std::string external = text(checked.clean, "external_id");
  const std::optional<std::string> price = price_of(checked.clean, call);
  json answer;
  if (!price) {
    answer = {{"status", "decline"}, {"reason", "no_bid"}, {"message", "The data is valid; there is no bid for it."}};
  } else {
    const std::string id = make_bid_id();
    Bid bid;
    bid.call = call;
    bid.test = test;
    bid.consent = !text(checked.clean, "trusted_form_cert_url").empty();
    bid.external_id = external;
    bid.expires = after(call ? kCallBidLives : kLeadBidLives);
    bids_[id] = bid;
    answer = {{"status", "bid"}, {"bid_id", id}, {"price", *price}};
    if (call) {
      answer["transfer_phone"] = kTransferPhone;
      answer["minimum_call_duration"] = kMinimumCall;
    }
  }
  if (!external.empty()) {
    answer["external_id"] = external;
  }
  add_warnings(answer, checked.warnings);
  Reply reply = json_reply(200, answer.dump());
  reply.created_id = text(answer, "bid_id");
  return reply;
}

// The first post of a bid decides it; every later one gets the same answer.
Reply Autobind::post(const json& body, bool test) {
  const bool call = text(body, "media_type") == "call";
  const Checked checked = validate_autobind(call ? kCallPost : kLeadPost, body, today());
  if (!checked.errors.empty()) {
    return invalid(checked.errors);
  }
  const std::string id = text(checked.clean, "bid_id");
  const auto known = bids_.find(id);
  if (known == bids_.end() || known->second.call != call || (known->second.test && !test)) {
    return json_reply(200, rejected("invalid_bid").dump());
  }
  Bid& bid = known->second;
  if (!bid.result.is_null()) {
    return json_reply(200, bid.result.dump());
  }
  if (bid.external_id.empty()) {
    bid.external_id = text(checked.clean, "external_id");
  }
  const std::string reason = refusal(bid, checked.clean, test);
  json answer = rejected(reason);
  if (reason.empty()) {
    answer = call ? json{{"status", "ok"}} : json{{"status", "accepted"}, {"bid_id", id}};
    if (!call && !bid.external_id.empty()) {
      answer["external_id"] = bid.external_id;
    }
  }
  add_warnings(answer, checked.warnings);
  Reply reply = json_reply(200, answer.dump());
  if (!test) {
    bid.result = answer;
    keep(id, bid, checked.clean, reason.empty());
    reply.created_id = reason.empty() ? id : "";
  }
  return reply;
}

std::string Autobind::refusal(const Bid& bid, const json& body, bool test) {
  if (clock().steady() >= bid.expires) {
    return "bid_expired";
  }
  if (!bid.call && !bid.consent && text(body, "trusted_form_cert_url").empty()) {
    return "missing_consent_proof";
  }
  if (test) {
    return {};
  }
  if (bid.call) {
    return billable_within_hour(text(body, "dial_in_phone")) ? "duplicate_call" : "";
  }
  const auto seen = sold_phones_.find(text(body, "contact_phone"));
  if (seen != sold_phones_.end() && clock().steady() < seen->second) {
    return "duplicate_phone";
  }
  return ends_with(text(body, "email"), "@blocked.example") ? "failed_secondary_evaluation" : "";
}

void Autobind::keep(const std::string& id, const Bid& bid, const json& body, bool accepted) {
  json record = {{"bid_id", id},
                 {"status", accepted ? "accepted" : "rejected"},
                 {"billable", accepted && !bid.call},
                 {"created_at", now_text()},
                 {"_post", body}};
  if (!bid.external_id.empty()) {
    record["external_id"] = bid.external_id;
  }
  if (bid.call) {
    record["call_duration"] = nullptr;
    record["minimum_call_duration"] = kMinimumCall;
    record["_posted"] = steady_ms();
  }
  table(bid.call ? "calls" : "leads").put(id, record);
  if (!accepted) {
    return;
  }
  if (bid.call) {
    called_[text(body, "dial_in_phone")] = id;
  } else {
    sold_phones_[text(body, "contact_phone")] = after(kPhoneRemembered);
  }
}

bool Autobind::billable_within_hour(const std::string& phone) {
  const auto last = called_.find(phone);
  const auto record = last == called_.end() ? std::nullopt : table("calls").find(last->second);
  if (!record || !shown(*record).value("billable", false)) {
    return false;
  }
  const auto hour = std::chrono::duration_cast<std::chrono::milliseconds>(scaled(kCallRemembered, options_.time_scale));
  return steady_ms() - record->value("_posted", std::int64_t{0}) < hour.count();
}

// A call is over, and has a length, when it would have ended; a length that was set by hand counts at once.
json Autobind::shown(json record) const {
  if (record.contains("call_duration")) {
    const std::string phone = record.contains("_post") ? text(record["_post"], "dial_in_phone") : "";
    const int length = !phone.empty() && phone.back() == '9' ? kShortCall : kLongCall;
    const auto lasts = std::chrono::duration_cast<std::chrono::milliseconds>(
        scaled(seconds(length), options_.time_scale));
    const bool over = steady_ms() - record.value("_posted", std::int64_t{0}) >= lasts.count();
    if (record["call_duration"].is_null() && over && text(record, "status") == "accepted") {
      record["call_duration"] = length;
    }
    const json& duration = record["call_duration"];
    record["billable"] = text(record, "status") == "accepted" && duration.is_number() &&
                         duration.get<double>() >= record.value("minimum_call_duration", kMinimumCall);
  }
  record.erase("_post");
  record.erase("_posted");
  return record;
}

Reply Autobind::status(const std::string& id) {
  for (const char* resource : {"leads", "calls"}) {
    if (const auto record = table(resource).find(id)) {
      return json_reply(200, shown(*record).dump());
    }
  }
  return error(404, "", "No lead or call with this id");
}

// A random UUID (version 4) out of the seed.
std::string Autobind::make_bid_id() {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
  std::string id;
  for (const char c : kShape) {
    id += c == 'x' ? "0123456789abcdef"[random_.below(16)] : c;
  }
  return id;
}

}  // namespace bindery::sandbox
