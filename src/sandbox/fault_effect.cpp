#include "sandbox/fault_effect.h"

#include <algorithm>
#include <cstdint>

namespace bindery::sandbox {

namespace {

constexpr std::size_t kHugeBody = 300U * 1024U * 1024U;
constexpr std::size_t kCutBytes = 512;

constexpr const char* kProxyPage =
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>proxy</center></body></html>\n";

std::uint32_t crc32(const std::string& data) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

void append_little(std::string& text, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    text += static_cast<char>((value >> (8U * static_cast<unsigned>(i))) & 0xFFU);
  }
}

// Puts bytes that are not UTF-8 into the first name of the body, or into its first text.
void spoil_charset(std::string& body) {
  constexpr const char* kBytes = "\xE9\xFF";
  for (const char* mark : {"name\":\"", "Name\":\"", ":\""}) {
    const std::size_t at = body.find(mark);
    if (at != std::string::npos) {
      body.insert(at + std::string(mark).size(), kBytes);
      return;
    }
  }
  body += kBytes;
}

}  // namespace

ListShape shape_of(const Fault& fault) {
  ListShape shape;
  shape.total_error = fault.kind == "wrong_total" ? 7 : 0;
  shape.empty = fault.kind == "empty_list";
  shape.half = fault.kind == "half_list";
  shape.rotate = fault.kind == "shifting" ? fault.strike + 1 : 0;
  shape.duplicate = fault.kind == "duplicate_row";
  shape.no_meta = fault.kind == "no_meta";
  shape.no_total = fault.kind == "no_total";
  shape.wrapped = fault.kind == "wrapped_list";
  shape.short_page = fault.kind == "short_page";
  return shape;
}

Reply replacement(const Fault& fault, const Service& service) {
  Reply reply;
  if (fault.kind == "drop_before") {
    reply.wire = Wire::closed;
  } else if (fault.kind == "html_error") {
    reply.status = fault.status == 0 ? 502 : fault.status;
    reply.content_type = "text/html";
    reply.body = kProxyPage;
  } else if (fault.kind == "retry_after") {
    reply = service.error(fault.status == 0 ? 429 : fault.status, "RATE_LIMITED", "Rate limit exceeded");
    reply.headers.emplace_back("Retry-After", fault.retry_after.empty() ? "1" : fault.retry_after);
  } else {
    reply = service.error(fault.status == 0 ? 500 : fault.status, "SANDBOX_FAULT", "A fault was asked for");
  }
  return reply;
}

void deform(const Fault& fault, const Request& request, Reply& reply) {
  if (fault.kind == "drop_after") {
    reply.wire = Wire::closed;
  } else if (fault.kind == "cut_body") {
    reply.wire = Wire::cut;
    reply.wire_bytes = fault.bytes == 0 ? kCutBytes : fault.bytes;
  } else if (fault.kind == "huge_body") {
    reply.wire = Wire::huge;
    reply.wire_bytes = fault.bytes == 0 ? kHugeBody : fault.bytes;
  } else if (fault.kind == "slow_body") {
    reply.wire = Wire::slow;
    reply.wire_pause = std::chrono::milliseconds(std::max(1, fault.pause_ms));
  } else if (fault.kind == "empty_body") {
    reply.body.clear();
  } else if (fault.kind == "bad_charset") {
    spoil_charset(reply.body);
  } else if (fault.kind == "not_json") {
    reply.body = "OK {" + reply.body;
  } else if (fault.kind == "gzip" && request.header("accept-encoding").find("gzip") != std::string::npos) {
    reply.body = gzip(reply.body);
    reply.headers.emplace_back("Content-Encoding", "gzip");
  }
}

std::string gzip(const std::string& body) {
  std::string packed("\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\xFF", 10);
  constexpr std::size_t kBlock = 65535;
  std::size_t at = 0;
  do {
    const std::size_t piece = std::min(kBlock, body.size() - at);
    packed += static_cast<char>(at + piece == body.size() ? 1 : 0);
    append_little(packed, static_cast<std::uint32_t>(piece), 2);
    append_little(packed, ~static_cast<std::uint32_t>(piece), 2);
    packed.append(body, at, piece);
    at += piece;
  } while (at < body.size());
  append_little(packed, crc32(body), 4);
  append_little(packed, static_cast<std::uint32_t>(body.size()), 4);
  return packed;
}

}  // namespace bindery::sandbox
