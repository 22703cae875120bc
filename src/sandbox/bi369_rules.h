#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace bindery::sandbox {

// What Bi369 refuses in the bodies it is sent. Each function tells what is wrong, or nothing.
std::string bad_lead(const nlohmann::json& body);
std::string bad_task(const nlohmann::json& body);
std::string bad_invoice(const nlohmann::json& body);
std::string bad_payment(const nlohmann::json& body);

std::int64_t invoice_cents(const nlohmann::json& invoice);
// The member when it is a text, else the empty one.
std::string member_text(const nlohmann::json& record, const char* member);

}  // namespace bindery::sandbox
