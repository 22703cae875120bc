#include "services/bid_replies.h"

#include <algorithm>

#include "core/decimal.h"
#include "core/exact_json.h"
#include "core/text.h"

namespace bindery {
namespace {

constexpr std::size_t kMostWarnings = 20, kLongestWarning = 200, kLongestId = 100, kLongestPrice = 20;

std::optional<json> object_in(const std::string& body) {
    try {
        json document = parse_exact(body);
        if (document.is_object()) return document;
    } catch (const std::exception&) {
        return std::nullopt;
    }
    return std::nullopt;
}

std::string text_at(const json& document, const char* member) {
    const auto found = document.find(member);
    return found == document.end() ? std::string() : scalar_text(*found).value_or("");
}

// A word that may stand in a log and be compared: small letters, digits, _ and -.
std::string word_at(const json& document, const char* member) {
    const std::string word = text_at(document, member);
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
    if (word.empty() || !plain || word.size() > 60) return "unnamed";
    return word;
}

bool is_bid_id(const std::string& id) {
    return !id.empty() && id.size() <= kLongestId &&
           std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

bool same_id(const std::string& a, const std::string& b) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&small](char x, char y) { return small(x) == small(y); });
}

// What we sent comes back as it was, or not at all.
bool names_another(const json& document, const char* member, const std::string& sent) {
    const auto found = document.find(member);
    return !sent.empty() && found != document.end() && !found->is_null() && scalar_text(*found).value_or("") != sent;
}

// Whole cents, below a million dollars: books, caps and reports add them up.
bool is_price(const std::string& text) {
    const auto price = text.size() <= kLongestPrice ? parse_decimal(text) : std::nullopt;
    return price && !price->negative && price->fraction.size() <= 2 && price->whole.size() <= 6;
}

std::vector<std::string> warnings_in(const json& document) {
    std::vector<std::string> warnings;
    const auto found = document.find("warnings");
    if (found == document.end() || !found->is_array()) return warnings;
    for (const json& item : *found) {
        if (warnings.size() == kMostWarnings) break;
        if (item.is_string()) warnings.push_back(replace_invalid_utf8(item.get_ref<const std::string&>().substr(0, kLongestWarning)));
    }
    return warnings;
}

// Whole seconds of a day at most, as a number or the text of one.
std::optional<std::int64_t> seconds_at(const json& document, const char* member) {
    constexpr int kDay = 86400;
    const auto found = document.find(member);
    if (found == document.end() || found->is_boolean()) return std::nullopt;
    const auto number = parse_decimal(trim(scalar_text(*found).value_or("")));
    const int seconds = number && !number->negative && number->fraction.empty() ? small_number(number->whole) : -1;
    return seconds >= 0 && seconds <= kDay ? std::optional<std::int64_t>(seconds) : std::nullopt;
}

bool is_phone(const std::string& text) {
    return text.size() == 10 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

BidReply read_bid(bool call, const std::string& body, const std::string& external_id) {
    BidReply reply;
    const auto document = object_in(body);
    if (!document) return reply;
    reply.warnings = warnings_in(*document);
    if (names_another(*document, "external_id", external_id)) return reply;
    const std::string status = text_at(*document, "status");
    if (status == "decline") {
        reply.kind = BidReply::Kind::decline;
        reply.reason = word_at(*document, "reason");
        return reply;
    }
    if (const auto id = document->find("bid_id"); id != document->end() && !id->is_boolean()) reply.bid_id = text_at(*document, "bid_id");
    const std::string price = text_at(*document, "price");
    if (status != "bid" || !is_bid_id(reply.bid_id) || !is_price(price)) return reply;
    reply.price = decimal_text(*parse_decimal(price), 2);
    if (call) {
        reply.transfer_phone = text_at(*document, "transfer_phone");
        reply.least_seconds = seconds_at(*document, "minimum_call_duration");
        if (!is_phone(reply.transfer_phone)) return reply;
    }
    reply.kind = BidReply::Kind::bid;
    return reply;
}

PostReply read_post(bool call, const std::string& body, const std::string& bid_id) {
    PostReply reply;
    const auto document = object_in(body);
    if (!document) return reply;
    reply.warnings = warnings_in(*document);
    if (const std::string id = text_at(*document, "bid_id"); !id.empty() && !bid_id.empty() && !same_id(id, bid_id)) return reply;
    const std::string status = text_at(*document, "status");
    // A call is answered "ok"; its guide also names "accepted".
    if (status == "accepted" || (call && status == "ok")) reply.kind = PostReply::Kind::accepted;
    if (status == "rejected") {
        reply.kind = PostReply::Kind::rejected;
        reply.reason = word_at(*document, "reason");
    }
    return reply;
}

StatusReply read_status(const std::string& body, const std::string& bid_id) {
    StatusReply reply;
    const auto document = object_in(body);
    if (!document) return reply;
    reply.kind = StatusReply::Kind::none;
    const std::string status = text_at(*document, "status");
    if (!same_id(text_at(*document, "bid_id"), bid_id)) return reply;
    if (status == "accepted") reply.kind = StatusReply::Kind::accepted;
    if (status == "rejected") reply.kind = StatusReply::Kind::rejected;
    const std::string billable = text_at(*document, "billable");
    if (billable == "true" || billable == "false") reply.billable = billable == "true";
    reply.call_seconds = seconds_at(*document, "call_duration");
    return reply;
}

}  // namespace bindery
