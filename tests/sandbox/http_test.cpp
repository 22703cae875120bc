#include "client.h"
#include "sandbox/http_server.h"
#include "sandbox/sandbox.h"
#include "sandbox/signature.h"

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

using namespace bindery::sandbox;
using nlohmann::json;

namespace {

// A sandbox in this process, with short ways to call its services.
class Running {
 public:
  explicit Running(Options options = plain()) : sandbox_(options, [this] { asked_to_stop = true; }) {}

  static Options plain() {
    Options options;
    options.policies = 60;
    options.leads = 12;
    options.today = "2026-11-23";
    options.no_limits = true;
    return options;
  }

  Answer bindpilot(const std::string& method, const std::string& path, const json& body = nullptr) {
    return call(sandbox_.addresses().bindpilot, method, "/v1" + path, "sandbox-bindpilot-key", body);
  }
  Answer bi369(const std::string& method, const std::string& path, const json& body = nullptr,
               std::vector<std::string> headers = {}) {
    return call(sandbox_.addresses().bi369, method, "/v1" + path, "sandbox-bi369-key", body, std::move(headers));
  }
  Answer autobind(const std::string& method, const std::string& path, const json& body = nullptr) {
    return call(sandbox_.addresses().autobind, method, path, "sandbox-autobind-key", body);
  }
  Answer control(const std::string& method, const std::string& path, const json& body = nullptr) {
    return call(sandbox_.addresses().control, method, path, "", body);
  }
  void fault(const json& spec) { REQUIRE(control("POST", "/faults", spec).status == 201); }
  Answer task(const std::string& title, std::vector<std::string> headers = {}) {
    return bi369("POST", "/projects/prj_renewals/tasks", {{"title", title}}, std::move(headers));
  }
  std::size_t tasks() { return control("GET", "/tasks").json().size(); }

  std::atomic<bool> asked_to_stop{false};

 private:
  static Answer call(std::uint16_t port, const std::string& method, const std::string& path, const std::string& key,
                     const json& body, std::vector<std::string> headers = {}) {
    return fetch({method, "http://127.0.0.1:" + std::to_string(port) + path, key,
                  body.is_null() ? std::string() : body.dump(), std::move(headers)});
  }

  Sandbox sandbox_;
};

json call_ping(const std::string& state = "TX") {
  return {{"media_type", "call"}, {"state_abbreviation", state}, {"currently_insured", true}, {"language", "en"}};
}

}  // namespace

TEST_CASE("all policies come once over the pages of BindPilot", "[sandbox]") {
  Running sandbox;
  std::set<std::string> ids;
  for (int page = 1; page <= 4; ++page) {
    const json reply = sandbox.bindpilot("GET", "/policies?per_page=25&page=" + std::to_string(page)).json();
    CHECK(reply["status"] == "success");
    CHECK(reply["meta"] == json{{"total", 60}, {"page", page}, {"per_page", 25}});
    for (const json& policy : reply["data"]) {
      ids.insert(policy["id"]);
    }
  }
  CHECK(ids.size() == 60);
}

TEST_CASE("a missing or wrong key is told in each service's own shape", "[sandbox]") {
  const Sandbox sandbox(Running::plain(), [] {});
  const std::string host = "http://127.0.0.1:";
  const Answer pilot = fetch({"GET", host + std::to_string(sandbox.addresses().bindpilot) + "/v1/policies", "no", ""});
  CHECK(pilot.status == 401);
  CHECK(pilot.json()["error"]["code"] == "UNAUTHORIZED");
  const Answer crm = fetch({"GET", host + std::to_string(sandbox.addresses().bi369) + "/v1/projects", "", ""});
  CHECK(crm.status == 401);
  CHECK(crm.json()["success"] == false);
  const Answer leads = fetch({"POST", host + std::to_string(sandbox.addresses().autobind) + "/leads/ping", "x", "{}"});
  CHECK(leads.status == 401);
  CHECK(leads.json() == json{{"status", "error"}, {"errors", {"Invalid or missing API key"}}});
}

TEST_CASE("the burst limit of BindPilot gives a bare 429 and Bi369 says how long to wait", "[sandbox]") {
  Options options = Running::plain();
  options.no_limits = false;
  options.time_scale = 0.2;  // five seconds for one, so that a slow machine still hits the limit
  Running sandbox(options);
  for (int i = 0; i < 10; ++i) {
    CHECK(sandbox.bindpilot("GET", "/carriers").status == 200);
  }
  const Answer refused = sandbox.bindpilot("GET", "/carriers");
  CHECK(refused.status == 429);
  CHECK(refused.headers.count("Retry-After") == 0);
  const json seen = sandbox.control("GET", "/violations").json();
  CHECK(seen["bindpilot"]["refused"] == 1);
  CHECK(seen["bindpilot"]["windows"][1]["largest"] == 11);
  for (int i = 0; i < 600; ++i) {
    REQUIRE(sandbox.bi369("GET", "/projects").status == 200);
  }
  const Answer later = sandbox.bi369("GET", "/projects");
  CHECK(later.status == 429);
  CHECK(std::stoi(later.headers.at("Retry-After")) >= 1);
}

TEST_CASE("Bi369 checks tasks and projects, and a task can't be read back", "[sandbox]") {
  Running sandbox;
  CHECK(sandbox.task("Renew").status == 201);
  CHECK(sandbox.bi369("POST", "/projects/prj_renewals/tasks", {{"dueDate", "2026-12-01"}}).status == 400);
  CHECK(sandbox.bi369("POST", "/projects/prj_renewals/tasks", {{"title", "x"}, {"dueDate", "12/1/2026"}}).status == 400);
  const Answer unknown = sandbox.bi369("POST", "/projects/nope/tasks", {{"title", "x"}});
  CHECK(unknown.status == 404);
  CHECK(unknown.json()["error"]["code"] == "NOT_FOUND");
  CHECK(sandbox.bi369("GET", "/projects/prj_renewals/tasks").status == 404);
  CHECK(sandbox.tasks() == 1);
}

TEST_CASE("leads are made, changed and removed, and a read-only key may not", "[sandbox]") {
  Options options = Running::plain();
  Running sandbox(options);
  const json lead = sandbox.bi369("POST", "/crm/leads", {{"firstName", "Zoë"}, {"email", "z@x.example"}}).json()["data"];
  const std::string path = "/crm/leads/" + lead["id"].get<std::string>();
  CHECK(sandbox.bi369("PATCH", path, {{"status", "converted"}}).json()["data"]["status"] == "converted");
  CHECK(sandbox.bi369("PATCH", path, {{"status", "sold"}}).status == 400);
  CHECK(sandbox.bi369("GET", path).json()["data"]["firstName"] == "Zoë");
  CHECK(sandbox.bi369("DELETE", path).status == 200);
  CHECK(sandbox.bi369("GET", path).status == 404);
  options.bi369_read_only = true;
  Running reader(options);
  CHECK(reader.task("x").status == 403);
  CHECK(reader.bi369("GET", "/crm/leads").status == 200);
}

TEST_CASE("a correction of a policy shows in the list, and writes can be switched off", "[sandbox]") {
  Running sandbox;
  const json policy = sandbox.bindpilot("GET", "/policies?per_page=1").json()["data"][0];
  const json change = {{"id", policy["id"]}, {"premium", 777.5}};
  CHECK(sandbox.bindpilot("POST", "/policies", change).status == 200);
  CHECK(sandbox.bindpilot("GET", "/policies?per_page=1").json()["data"][0]["premium"] == 777.5);
  CHECK(sandbox.bindpilot("POST", "/policies", {{"policy_number", "N-1"}, {"expiration_date", "2027-05-01"}}).status == 201);
  const Answer again = sandbox.bindpilot("POST", "/policies",
                                         {{"policy_number", "n1"}, {"expiration_date", "2027-05-01"}, {"premium", 1}});
  CHECK(again.status == 200);
  CHECK(again.json()["data"]["policy_number"] == "n1");
  Options options = Running::plain();
  options.bindpilot_policy_writes = "405";
  Running closed(options);
  CHECK(closed.bindpilot("POST", "/policies", change).status == 405);
}

TEST_CASE("a quote is pending first and completed later", "[sandbox]") {
  Options options = Running::plain();
  options.time_scale = 20;
  Running sandbox(options);
  const json client = sandbox.bindpilot("POST", "/clients", {{"name", "José Peña"}}).json()["data"];
  const Answer made = sandbox.bindpilot(
      "POST", "/quotes", {{"client_id", client["id"]}, {"line_of_business", "homeowners"}, {"state", "TX"}});
  CHECK(made.status == 201);
  const std::string path = "/quotes/" + made.json()["data"]["quote_id"].get<std::string>();
  json quote = json::object();
  for (int i = 0; i < 100 && quote.value("status", "") != "completed"; ++i) {
    quote = sandbox.bindpilot("GET", path).json()["data"];
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(quote["status"] == "completed");
  CHECK(quote["quotes"][0]["premium"].is_number());
  const Answer wrong = sandbox.bindpilot("POST", "/quotes", {{"state", "TX"}});
  CHECK(wrong.status == 400);
  CHECK(wrong.json()["error"] == json{{"code", "INVALID_REQUEST"}, {"message", "Missing required field: client_id"}});
}

TEST_CASE("a reply that is dropped after the act leaves the task behind", "[sandbox]") {
  Running sandbox;
  sandbox.fault({{"service", "bi369"}, {"method", "POST"}, {"kind", "drop_before"}});
  CHECK(sandbox.task("a").curl == CURLE_GOT_NOTHING);
  CHECK(sandbox.tasks() == 0);
  sandbox.fault({{"service", "bi369"}, {"method", "POST"}, {"kind", "drop_after"}});
  CHECK(sandbox.task("a").curl == CURLE_GOT_NOTHING);
  CHECK(sandbox.tasks() == 1);
  sandbox.fault({{"kind", "html_error"}, {"act", true}});
  const Answer page = sandbox.task("b");
  CHECK(page.status == 502);
  CHECK(page.body.find("<html>") != std::string::npos);
  CHECK(sandbox.tasks() == 2);
  const json log = sandbox.control("GET", "/requests?service=bi369").json();
  CHECK(log.size() == 3);
  CHECK(log[1]["fault"] == "drop_after");
  CHECK(log[1]["status"] == 0);
  CHECK(log[1]["created_id"].is_string());
}

TEST_CASE("bodies are cut, packed, spoiled, emptied and swollen on demand", "[sandbox]") {
  Running sandbox;
  sandbox.fault({{"kind", "cut_body"}});
  CHECK(sandbox.bi369("GET", "/crm/leads").curl == CURLE_PARTIAL_FILE);
  sandbox.fault({{"kind", "gzip"}});
  const Answer packed = sandbox.bi369("GET", "/crm/leads", nullptr, {"Accept-Encoding: gzip"});
  CHECK(packed.headers.at("Content-Encoding") == "gzip");
  CHECK(packed.body.compare(0, 2, "\x1F\x8B") == 0);
  sandbox.fault({{"kind", "bad_charset"}});
  CHECK(json::parse(sandbox.bi369("GET", "/crm/leads").body, nullptr, false).is_discarded());
  sandbox.fault({{"kind", "empty_body"}});
  CHECK(sandbox.bi369("GET", "/crm/leads").body.empty());
  sandbox.fault({{"kind", "not_json"}});
  CHECK(json::parse(sandbox.bi369("GET", "/crm/leads").body, nullptr, false).is_discarded());
  sandbox.fault({{"kind", "huge_body"}, {"bytes", 3000000}});
  CHECK(sandbox.bi369("GET", "/crm/leads").body.size() == 3000000);
  sandbox.fault({{"kind", "slow_body"}, {"pause_ms", 1}});
  CHECK(sandbox.bi369("GET", "/projects").json()["meta"]["total"] == 3);
  sandbox.fault({{"kind", "retry_after"}, {"retry_after", "Mon, 23 Nov 2026 10:00:00 GMT"}});
  const Answer wait = sandbox.bi369("GET", "/projects");
  CHECK(wait.status == 429);
  CHECK(wait.headers.at("Retry-After") == "Mon, 23 Nov 2026 10:00:00 GMT");
  CHECK(sandbox.bi369("GET", "/projects").status == 200);
}

TEST_CASE("an Idempotency-Key is ignored unless it is to be honoured", "[sandbox]") {
  Running ignoring;
  ignoring.task("a", {"Idempotency-Key: k1"});
  ignoring.task("a", {"Idempotency-Key: k1"});
  CHECK(ignoring.tasks() == 2);
  Options options = Running::plain();
  options.honour_idempotency_key = true;
  Running honouring(options);
  const json first = honouring.task("a", {"Idempotency-Key: k1"}).json();
  CHECK(honouring.task("a", {"Idempotency-Key: k1"}).json() == first);
  honouring.task("a", {"Idempotency-Key: k2"});
  CHECK(honouring.tasks() == 2);
}

TEST_CASE("the control endpoint changes and removes records and starts anew", "[sandbox]") {
  Running sandbox;
  CHECK(sandbox.control("PUT", "/records/bindpilot/renewals/r_x", {{"status", "Quoted"}}).status == 200);
  CHECK(sandbox.control("GET", "/state?service=bindpilot&resource=renewals").json().size() == 19);
  CHECK(sandbox.control("DELETE", "/records/bindpilot/renewals/r_x").status == 200);
  CHECK(sandbox.control("DELETE", "/records/bindpilot/renewals/r_x").status == 404);
  CHECK(sandbox.control("PUT", "/records/bindpilot/nothing/r_x", json::object()).status == 404);
  CHECK(sandbox.control("POST", "/faults", {{"kind", "unheard"}}).status == 400);
  sandbox.task("a");
  CHECK(sandbox.control("POST", "/reset").status == 200);
  CHECK(sandbox.tasks() == 0);
  CHECK(sandbox.control("POST", "/shutdown").status == 200);
  CHECK(sandbox.asked_to_stop);
}

TEST_CASE("Autobind bids, takes a call once and says the same to a repeat", "[sandbox]") {
  Options options = Running::plain();
  options.time_scale = 10;
  Running sandbox(options);
  const json bid = sandbox.autobind("POST", "/leads/ping", call_ping()).json();
  CHECK(bid["status"] == "bid");
  CHECK(bid["price"] == "11.75");
  CHECK(sandbox.autobind("POST", "/leads/ping", call_ping("NY")).json()["reason"] == "no_bid");
  const json sale = {{"media_type", "call"}, {"bid_id", bid["bid_id"]}, {"dial_in_phone", "2145550123"}};
  CHECK(sandbox.autobind("POST", "/leads/post?environment=test", sale).json()["status"] == "ok");
  const std::string status = "/leads/status/" + bid["bid_id"].get<std::string>();
  CHECK(sandbox.autobind("GET", status).status == 404);
  CHECK(sandbox.autobind("POST", "/leads/post", sale).json() == json{{"status", "ok"}});
  CHECK(sandbox.autobind("POST", "/leads/post", sale).json() == json{{"status", "ok"}});
  const json shown = sandbox.autobind("GET", status).json();
  CHECK(shown["billable"] == false);
  CHECK(shown["call_duration"].is_null());
  sandbox.control("PUT", "/records/autobind/calls/" + bid["bid_id"].get<std::string>(), {{"call_duration", 95}});
  CHECK(sandbox.autobind("GET", status).json()["billable"] == true);
  json second = sale;
  second["bid_id"] = sandbox.autobind("POST", "/leads/ping", call_ping()).json()["bid_id"];
  CHECK(sandbox.autobind("POST", "/leads/post", second).json()["reason"] == "duplicate_call");
  second["bid_id"] = "550e8400-e29b-41d4-a716-446655440000";
  CHECK(sandbox.autobind("POST", "/leads/post", second).json()["reason"] == "invalid_bid");
  const Answer wrong = sandbox.autobind("POST", "/leads/ping", {{"media_type", "call"}});
  CHECK(wrong.status == 400);
  CHECK(wrong.json()["errors"][0] == "'state_abbreviation' is required");
}

TEST_CASE("a bid that is too old is refused", "[sandbox]") {
  Options options = Running::plain();
  options.time_scale = 600;
  Running sandbox(options);
  const json bid = sandbox.autobind("POST", "/leads/ping", call_ping()).json();
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  const json sale = {{"media_type", "call"}, {"bid_id", bid["bid_id"]}, {"dial_in_phone", "2145550123"}};
  CHECK(sandbox.autobind("POST", "/leads/post", sale).json()["reason"] == "bid_expired");
}

TEST_CASE("events are signed over the raw body and sent once more when they are refused", "[sandbox]") {
  std::mutex mutex;
  std::vector<Request> received;
  const std::atomic<bool> stopping{false};
  const HttpServer receiver(
      "receiver", 0,
      [&](const Request& request) {
        const std::lock_guard lock(mutex);
        received.push_back(request);
        Reply reply;
        reply.status = received.size() == 1 ? 500 : 200;
        return reply;
      },
      stopping);
  const auto wait_for = [&](std::size_t count) {
    for (int i = 0; i < 500; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (received.size() >= count) {
          return true;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  Options options = Running::plain();
  options.time_scale = 20;
  options.bi369_webhook_url = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/crm";
  Running sandbox(options);
  const json hook = sandbox.bindpilot("POST", "/webhooks",
                                      {{"url", "http://127.0.0.1:" + std::to_string(receiver.port()) + "/pilot"},
                                       {"events", {"client.created"}}}).json()["data"];
  REQUIRE(wait_for(2));
  sandbox.bindpilot("POST", "/clients", {{"name", "Ana"}});
  REQUIRE(wait_for(3));
  sandbox.bi369("POST", "/crm/leads", {{"firstName", "Ana"}});
  REQUIRE(wait_for(4));
  const std::lock_guard lock(mutex);
  CHECK(received[0].body == received[1].body);
  CHECK(json::parse(received[1].body)["event"] == "test");
  CHECK(received[2].header("x-bindpilot-signature") == signature(hook["secret"].get<std::string>(), received[2].body));
  CHECK(received[3].header("x-bi369-signature") == signature("sandbox-bi369-secret", received[3].body));
  CHECK(json::parse(received[3].body)["event"] == "lead.created");
  CHECK_FALSE(sandbox.bindpilot("GET", "/webhooks").json()["data"][0].contains("secret"));
}
