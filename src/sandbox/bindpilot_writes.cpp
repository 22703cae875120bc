#include "sandbox/bindpilot.h"
#include "sandbox/members.h"
#include "sandbox/calendar.h"
#include "sandbox/random.h"
#include "sandbox/signature.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bindery::sandbox {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 8> kEvents = {"quote.created",  "quote.completed", "quote.selected",
                                                     "policy.bound",   "renewal.due",     "renewal.shopped",
                                                     "client.created", "team.member_added"};
constexpr std::array<std::string_view, 4> kPolicyStatuses = {"active", "pending", "cancelled", "expired"};

// What is wrong with the fields of a policy that are there.
std::string bad_policy(const json& body) {
  for (const char* member : {"effective_date", "expiration_date"}) {
    if (body.contains(member) && !is_day(text(body, member))) {
      return std::string(member) + " must be a date written YYYY-MM-DD";
    }
  }
  const auto premium = body.find("premium");
  if (premium != body.end() && !premium->is_null() && (!premium->is_number() || premium->get<double>() < 0)) {
    return "premium must be a number that isn't negative";
  }
  if (body.contains("status") && !one_of(kPolicyStatuses, body["status"])) {
    return "status must be one of active, pending, cancelled, expired";
  }
  if (body.contains("line_of_business") && !one_of(kLinesOfBusiness, body["line_of_business"])) {
    return "line_of_business isn't known";
  }
  return {};
}

// Letters and digits alone, in upper case: two ways of writing one policy number are equal so.
std::string plain_number(const std::string& number) {
  std::string plain;
  for (const char c : number) {
    if (c >= 'a' && c <= 'z') {
      plain += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      plain += c;
    }
  }
  return plain;
}

// The stored term with this number and expiration date. Only rows that hold the date are parsed.
json find_term(const Table& policies, const std::string& number, const std::string& expiration) {
  for (std::size_t i = 0; i < policies.size(); ++i) {
    if (policies.text(i).find(expiration) == std::string::npos) {
      continue;
    }
    json record = json::parse(policies.text(i));
    if (text(record, "expiration_date") == expiration &&
        plain_number(text(record, "policy_number")) == plain_number(number)) {
      return record;
    }
  }
  return nullptr;
}

}  // namespace

// With an id the record is changed; without one the term is looked up by its number and expiration date, and made
// when there is none.
Reply BindPilot::put_policy(const json& body) {
  const std::string wrong = bad_policy(body);
  if (!wrong.empty()) {
    return invalid(wrong);
  }
  Table& policies = table("policies");
  const std::string id = text(body, "id");
  json record;
  if (!id.empty()) {
    record = policies.find(id).value_or(json());
    if (record.is_null()) {
      return invalid("id names no policy");
    }
  } else {
    for (const char* member : {"policy_number", "expiration_date"}) {
      if (text(body, member).empty()) {
        return invalid(std::string("Missing required field: ") + member);
      }
    }
    record = find_term(policies, text(body, "policy_number"), text(body, "expiration_date"));
  }
  const bool made = record.is_null();
  if (made) {
    record = {{"id", next_id("p_")}, {"status", "active"}};
  }
  for (const auto& [member, value] : body.items()) {
    if (member != "id") {
      record[member] = value;
    }
  }
  record["updated_at"] = now_text();
  const std::string key = record["id"];
  policies.put(key, record);
  if (made) {
    emit("policy.bound", record);
  }
  Reply reply = success(made ? 201 : 200, record);
  reply.created_id = made ? key : "";
  return reply;
}

Reply BindPilot::create_webhook(const json& body) {
  const std::string url = text(body, "url");
  if (url.empty()) {
    return invalid("Missing required field: url");
  }
  if (!allowed_receiver(url)) {
    return invalid("url must be https (http only for this machine, in the sandbox)");
  }
  const json events = body.value("events", json());
  if (!events.is_array() || events.empty() ||
      !std::all_of(events.begin(), events.end(), [](const json& event) { return one_of(kEvents, event); })) {
    return invalid("events must be a list of known events");
  }
  const std::string id = next_id("wh_");
  Random random(options_.seed + std::hash<std::string>{}(id));
  std::string secret = "whsec_";
  for (int i = 0; i < 32; ++i) {
    secret += "0123456789abcdef"[random.below(16)];
  }
  const json webhook = {{"id", id}, {"url", url}, {"events", events}, {"secret", secret}};
  table("webhooks").put(id, webhook);
  send(webhook, "test", {{"webhook_id", id}}, {});
  Reply reply = success(201, webhook);
  reply.created_id = id;
  return reply;
}

Reply BindPilot::list_webhooks(const Request& request, const ListShape& shape) {
  Table shown;
  const Table& kept = table("webhooks");
  for (std::size_t i = 0; i < kept.size(); ++i) {
    json webhook = json::parse(kept.text(i));
    webhook.erase("secret");
    shown.put(webhook["id"], webhook);
  }
  return list(request, shape, "webhooks", shown);
}

void BindPilot::emit(const std::string& event, const json& data, std::chrono::nanoseconds delay) {
  const Table& webhooks = table("webhooks");
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    const json webhook = json::parse(webhooks.text(i));
    const json& events = webhook["events"];
    if (std::find(events.begin(), events.end(), event) != events.end()) {
      send(webhook, event, data, delay);
    }
  }
}

void BindPilot::send(const json& webhook, const std::string& event, const json& data,
                     std::chrono::nanoseconds delay) {
  Delivery delivery;
  delivery.url = webhook["url"];
  delivery.event = event;
  delivery.id = next_id("evt_");
  json body = {{"id", delivery.id}, {"timestamp", now_text()}, {"event", event}, {"data", data}};
  const std::string secret = webhook["secret"];
  body["signature"] = signature(secret, body.dump());  // of the body without this member: it can't hold its own
  delivery.body = body.dump();
  delivery.signature_header = "X-BindPilot-Signature";
  delivery.signature = signature(secret, delivery.body);
  delivery.delay = delay;
  sender_.post(std::move(delivery));
}

void BindPilot::edited(const std::string& resource, const json& before, const json& after) {
  const bool fresh = before.is_null();
  const std::string status = text(after, "status");
  const bool moved = fresh || text(before, "status") != status;
  if (resource == "clients" && fresh) {
    emit("client.created", after);
  } else if (resource == "policies" && fresh) {
    emit("policy.bound", after);
  } else if (resource == "renewals" && fresh) {
    emit("renewal.due", after);
  } else if (resource == "renewals" && moved && status == "Shopped") {
    emit("renewal.shopped", after);
  } else if (resource == "quotes" && moved && status == "selected") {
    emit("quote.selected", after);
  } else if (resource == "quotes" && moved && status == "completed") {
    emit("quote.completed", after);
  }
}

}  // namespace bindery::sandbox
