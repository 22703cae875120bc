#include "sandbox/bi369_rules.h"

#include "sandbox/calendar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string_view>

namespace bindery::sandbox {

namespace {

using nlohmann::json;

std::string not_text(const json& body, std::initializer_list<const char*> members) {
  for (const char* member : members) {
    const auto found = body.find(member);
    if (found != body.end() && !found->is_string() && !found->is_null()) {
      return std::string(member) + " must be a string";
    }
  }
  return {};
}

std::string not_word(const json& body, const char* member, std::initializer_list<std::string_view> words) {
  const auto found = body.find(member);
  if (found == body.end() || found->is_null()) {
    return {};
  }
  if (found->is_string() &&
      std::find(words.begin(), words.end(), found->get_ref<const std::string&>()) != words.end()) {
    return {};
  }
  std::string known;
  for (const std::string_view word : words) {
    known += known.empty() ? "" : ", ";
    known += word;
  }
  return std::string(member) + " must be one of " + known;
}

std::string not_day(const json& body, std::initializer_list<const char*> members) {
  for (const char* member : members) {
    const auto found = body.find(member);
    if (found != body.end() && !found->is_null() && !(found->is_string() && is_day(found->get<std::string>()))) {
      return std::string(member) + " must be a date written YYYY-MM-DD";
    }
  }
  return {};
}

std::string not_email(const json& body, const char* member) {
  const std::string text = member_text(body, member);
  const std::size_t at = text.find('@');
  const bool good = text.empty() || (at != std::string::npos && at > 0 && text.find('.', at) != std::string::npos);
  return good ? std::string() : std::string(member) + " must be an e-mail address";
}

std::string first_of(std::initializer_list<std::string> problems) {
  for (const std::string& problem : problems) {
    if (!problem.empty()) {
      return problem;
    }
  }
  return {};
}

}  // namespace

std::string member_text(const json& record, const char* member) {
  const auto found = record.find(member);
  return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string bad_lead(const json& body) {
  const auto custom = body.find("customFields");
  return first_of({not_text(body, {"firstName", "lastName", "company", "email", "phone", "source", "ownerEmail",
                                   "state", "zip", "notes"}),
                   not_word(body, "status", {"new", "contacted", "qualified", "converted", "lost"}),
                   not_email(body, "email"),
                   custom != body.end() && !custom->is_object() ? "customFields must be an object" : ""});
}

std::string bad_task(const json& body) {
  return first_of({member_text(body, "title").empty() ? "Missing required field: title" : "",
                   member_text(body, "title").size() > 500 ? "title is longer than 500" : "",
                   not_text(body, {"description", "assigneeEmail"}), not_day(body, {"dueDate"}),
                   not_email(body, "assigneeEmail"), not_word(body, "priority", {"low", "normal", "high"})});
}

std::string bad_invoice(const json& body) {
  const std::string early =
      first_of({member_text(body, "customerName").empty() ? "Missing required field: customerName" : "",
                not_text(body, {"invoiceNumber", "customerEmail", "currency"}),
                not_day(body, {"invoiceDate", "dueDate"}), not_email(body, "customerEmail"),
                not_word(body, "status", {"Draft", "Sent", "Partially paid", "Paid", "Overdue", "Voided"})});
  if (!early.empty()) {
    return early;
  }
  const auto items = body.find("lineItems");
  if (items == body.end() || !items->is_array() || items->empty()) {
    return "Missing required field: lineItems";
  }
  for (const json& item : *items) {
    const bool good = item.is_object() && !member_text(item, "description").empty() && item.contains("quantity") &&
                      item["quantity"].is_number() && item.contains("unitPrice") && item["unitPrice"].is_number();
    if (!good) {
      return "Each line item needs description, quantity and unitPrice";
    }
  }
  return {};
}

std::string bad_payment(const json& body) {
  const auto amount = body.find("amount");
  const bool good = amount != body.end() && amount->is_number() && amount->get<double>() > 0;
  return first_of({amount == body.end() ? "Missing required field: amount" : "",
                   good ? "" : "amount must be a number above 0", not_day(body, {"paymentDate"}),
                   not_text(body, {"method"})});
}

std::int64_t invoice_cents(const json& invoice) {
  double total = 0;
  for (const json& item : invoice["lineItems"]) {
    total += item["quantity"].get<double>() * item["unitPrice"].get<double>();
  }
  return std::llround(total * 100.0);
}

}  // namespace bindery::sandbox
