// Sold calls are handed to the agency's phone system by its address: signed, told again when it was busy or didn't answer, refused, and
// told by the next run when the first one was shot.
#include <openssl/hmac.h>

#include <atomic>
#include <csignal>
#include <ctime>

#include "daemon_support.h"
#include "phone_system.h"

using namespace bindery::e2e;

namespace {

const std::string kSecret = "phone-system-secret-0001";

std::string hex_hmac(const std::string& text) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &length);
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) {
        hex += "0123456789abcdef"[mac[i] >> 4];
        hex += "0123456789abcdef"[mac[i] & 15];
    }
    return hex;
}

std::string header_of(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    return at == std::string::npos ? "" : request.substr(at + name.size() + 4, request.find("\r\n", at + 2) - at - name.size() - 4);
}
std::string body_of(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

void call_job(Agency& agency, const Sandbox& sandbox, const std::string& url, const std::string& schedule = "") {
    write_text(agency / "jobs/calls.yaml", R"(job: calls
)" + schedule + R"(about: Calls for sale.
steps:
  - pull: bi369.leads
  - sell: autobind
    effect: call_sale
    kind: call
    mode: live
    consent: inbound
    once_per: {lead_id: text}
    floor: 1.00
    hours: {from: 0, to: 24}
    hand_off: {url: ")" + url + R"(", secret: phone_secret}
    lead: {external_id: "{lead_id}", state_abbreviation: TX, language: en, currently_insured: true, dial_in_phone: "{phone}"}
    select: |
      SELECT key AS lead_id, phone10(phone) AS phone, created_at AS consent_at, 0 AS is_client, 0 AS do_not_contact FROM bi369_leads WHERE status = 'calling'
)");
    agency.variables()["PHONE_SECRET"] = kSecret;
    const std::time_t then = std::time(nullptr) - 60;
    char at[32];
    std::strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&then));
    sandbox.send("PUT", "/records/bi369/leads/lead_c1?silent=1",
                 {{"id", "lead_c1"}, {"firstName", "Ann"}, {"lastName", "Roe"}, {"phone", "(214) 655-0101"}, {"status", "calling"}, {"state", "TX"}, {"createdAt", at}, {"updatedAt", at}});
}

json ran(const Agency& agency, int code) {
    const Ended ended = agency.run({"--output", "json", "sync", "--job", "calls"});
    INFO(ended.out << ended.err);
    REQUIRE(ended.code == code);
    return ended.object();
}

// The one fault that is set is that posts are answered late.
bool post_arrived(const Sandbox& sandbox) { return sandbox.get("/faults").at(0).at("struck") == 1; }

}  // namespace

TEST_CASE("A phone system is told of a sold call once, signed, and again while it is busy or doesn't answer") {
    const Sandbox sandbox({"--leads", "1", "--policies", "1"}, 1);
    Agency agency(sandbox, 1);
    std::vector<int> says;
    SECTION("it takes it") { says = {200}; }
    SECTION("it's busy at first") { says = {503, 202}; }
    SECTION("its reply is lost at first") { says = {0, 200}; }
    const PhoneSystem phones([&](std::size_t nth) { return nth <= says.size() ? says[nth - 1] : 200; });
    call_job(agency, sandbox, phones.url());
    const json report = ran(agency, 0);
    CHECK(report.at("sales").at(0).at("sold") == 1);
    const auto requests = phones.requests();
    REQUIRE(requests.size() == says.size());
    for (const auto& request : requests) {
        const std::string body = body_of(request);
        const json told = json::parse(body);
        CHECK(request.rfind("POST /transfer HTTP/1.1\r\n", 0) == 0);
        CHECK(header_of(request, "X-Bindery-Signature") == "sha256=" + hex_hmac(body));
        CHECK(header_of(request, "Idempotency-Key") == told.at("ref"));
        CHECK(told.at("dial_in_phone") == "2146550101");
        CHECK(told.at("lead") == json{{"lead_id", "lead_c1"}});
        CHECK(told.at("transfer_phone").get<std::string>().size() == 10);
        CHECK(body == body_of(requests.front()));
    }
    CHECK(agency.cell("SELECT count(*) FROM sales WHERE handed_at IS NOT NULL AND hand_trouble IS NULL") == "1");
    ran(agency, 0);
    CHECK(phones.requests().size() == says.size());
    CHECK(agency.run({"why", "bi369.leads", "lead_c1"}).out.find("the phone system was told at") != std::string::npos);
}

TEST_CASE("A call that the phone system refuses, or that can't reach it, is named to a person") {
    const Sandbox sandbox({"--leads", "1", "--policies", "1"}, 1);
    Agency agency(sandbox, 1);
    std::string why;
    std::size_t asked = 0;
    int status = 200;
    SECTION("refused: not asked again") { status = 403, why = "it answered 403", asked = 1; }
    SECTION("an address that moved: not followed") { status = 307, why = "it answered 307", asked = 1; }
    SECTION("never an answer") { status = 0, why = "no answer", asked = 3; }
    const PhoneSystem phones([&](std::size_t) { return status; });
    call_job(agency, sandbox, phones.url());
    const Ended ended = agency.run({"sync", "--job", "calls"});
    INFO(ended.out << ended.err);
    CHECK(ended.code == 3);
    CHECK(phones.requests().size() == asked);
    CHECK(ended.out.find("sold, and the phone system could not be told to transfer the call: " + why) != std::string::npos);
    CHECK((ended.out + ended.err).find("2146550101") == std::string::npos);
    const std::string story = agency.run({"why", "bi369.leads", "lead_c1"}).out;
    CHECK(story.find("the phone system could not be told: " + why) != std::string::npos);
    CHECK(story.find("was told at") == std::string::npos);
    CHECK(agency.run({"sync", "--job", "calls"}).code == 0);
    CHECK(phones.requests().size() == asked);  // once in a sale's life: by then the caller has hung up
}

TEST_CASE("A run that is shot while the phone system thinks leaves the call to the next run, which tells it the same") {
    const Sandbox sandbox({"--leads", "1", "--policies", "1"}, 1);
    Agency agency(sandbox, 1);
    std::atomic<pid_t> run{0};
    std::atomic<bool> shot{false};
    const PhoneSystem phones([&](std::size_t nth) {
        if (nth > 1) return 200;
        while (run == 0) std::this_thread::yield();
        ::kill(run, SIGKILL);
        shot = true;
        return 0;
    });
    call_job(agency, sandbox, phones.url());
    {
        Process process = agency.start({"sync", "--job", "calls"});
        run = process.pid();
        CHECK(process.wait().signal == SIGKILL);
    }
    REQUIRE(shot);
    CHECK(agency.cell("SELECT state || ' ' || (handed_at IS NULL) FROM sales") == "sold 1");
    CHECK(has(agency.run({"why", "bi369.leads", "lead_c1"}).out, "whether the phone system was told isn't known"));
    ran(agency, 0);
    const auto requests = phones.requests();
    REQUIRE(requests.size() == 2);
    CHECK(body_of(requests[0]) == body_of(requests[1]));
    CHECK(header_of(requests[0], "Idempotency-Key") == header_of(requests[1], "Idempotency-Key"));
    CHECK(sandbox.records("autobind", "calls").size() == 1);
}

TEST_CASE("A run that is told to stop hands on the call that it has just sold") {
    const Sandbox sandbox({"--leads", "1", "--policies", "1"}, 1);
    Agency agency(sandbox, 1);
    const PhoneSystem phones([](std::size_t) { return 200; });
    call_job(agency, sandbox, phones.url());
    sandbox.fault({{"kind", "latency"}, {"latency_ms", 1000}, {"service", "autobind"}, {"path_prefix", "/leads/post"}});
    Process process = agency.start({"sync", "--job", "calls"});
    while (process.running() && !post_arrived(sandbox)) ::usleep(5'000);
    process.signal(SIGTERM);
    const Ended ended = process.wait();
    INFO(ended.out << ended.err);
    CHECK(ended.code == 143);
    CHECK(phones.requests().size() == 1);
    CHECK(agency.cell("SELECT state || ' ' || (handed_at IS NOT NULL) || ' ' || (hand_trouble IS NULL) FROM sales") == "sold 1 1");
}

TEST_CASE("A daemon that is told to stop knows what became of the telling before it ends, however late the call was sold") {
    const Sandbox sandbox({"--leads", "1", "--policies", "1"}, 1);
    Agency agency(sandbox, 1);
    std::atomic<bool> over{false};
    const PhoneSystem phones([&](std::size_t) {
        for (int i = 0; i < 3000 && !over; ++i) ::usleep(10'000);  // it doesn't answer
        return 0;
    });
    call_job(agency, sandbox, phones.url(), "schedule: {every: 1h}\n");
    write_text(agency / "config/bindery.yaml", read_text(agency / "config/bindery.yaml") + "web: {port: 0}\n");
    sandbox.fault({{"kind", "latency"}, {"latency_ms", 3000}, {"service", "autobind"}, {"path_prefix", "/leads/post"}});
    Process daemon = agency.start({"run"});
    until([&] { return post_arrived(sandbox); });
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait();
    over = true;
    INFO(ended.out << ended.err);
    CHECK(ended.code == 143);
    CHECK(phones.requests().size() == 1);
    CHECK(agency.cell("SELECT state || ' ' || (handed_at IS NOT NULL) || ' ' || hand_trouble FROM sales").find("sold 1 no answer") == 0);
    CHECK(agency.rows("SELECT 1 FROM run WHERE state = 'running'").empty());
    const Ended status = agency.run({"status"});
    INFO(status.out);
    CHECK(has(status.out, "sold calls that nobody may have transferred: 1  (bindery query "));
    CHECK(agency.run({"--output", "json", "status"}).object().at("waits").at("hand_off") == 1);
    CHECK(has(agency.run({"show", "1"}).out, "  look at BN-"));
}
