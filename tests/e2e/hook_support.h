#pragma once
// An agency that listens for the CRM's events with one job, a task for each lead that is qualified; and events signed as the CRM signs.
#include <openssl/hmac.h>

#include "daemon_support.h"
#include "raw_client.h"

namespace bindery::e2e {

inline constexpr const char* kHookSecret = "hook-secret-of-the-crm";

// As the CRM signs: the header's value for these very bytes.
inline std::string signature_of(const std::string& body, const std::string& secret = kHookSecret) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
    std::string hex = "sha256=";
    for (unsigned int i = 0; i < size; ++i) {
        hex += "0123456789abcdef"[digest[i] >> 4];
        hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
}

inline std::string lead_updated(const std::string& id, const std::string& lead) { return json{{"id", id}, {"event", "lead.updated"}, {"data", {{"id", lead}}}}.dump(); }

// A whole request with a length; `headers`: lines, each with its end.
inline std::string hook_post(const std::string& body, const std::string& headers, const std::string& path = "/hooks/bi369") {
    return "POST " + path + " HTTP/1.1\r\nHost: hooks\r\nContent-Type: application/json\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
inline std::string signed_line(const std::string& body) { return "X-Bi369-Signature: " + signature_of(body) + "\r\n"; }
inline std::string signed_post(const std::string& body) { return hook_post(body, signed_line(body)); }

struct Listening {
    int port = free_port();
    Sandbox sandbox;
    Agency agency{sandbox};

    // `settings`: further lines of bindery.yaml.
    explicit Listening(const std::string& settings = "web: {port: 0}\n", const Words& sandbox_flags = {"--policies", "20", "--leads", "30"}) : sandbox([&] {
          Words flags = sandbox_flags;
          flags.insert(flags.end(), {"--bi369-webhook-url", "http://127.0.0.1:" + std::to_string(port) + "/hooks/bi369", "--bi369-webhook-secret", kHookSecret});
          return flags;
      }()) {
        fs::remove(agency.job_file());
        write_text(agency / "config/bindery.yaml", settings + "webhooks: {port: " + std::to_string(port) + ", url: \"http://127.0.0.1:" + std::to_string(port) + "\"}\n");
        write_text(agency / "jobs/calls.yaml", R"(job: calls
on: [bi369.lead.updated, bi369.lead.created, bindpilot.renewal.due]
schedule: {every: 10h}
steps:
  - pull: bi369.leads
  - push: bi369.create_task
    effect: call_task
    select: SELECT key AS lead_id FROM bi369_leads WHERE status = 'qualified' AND source = 'hook'
    once_per: {lead_id: text}
    path: {project_id: "${BI369_PROJECT}"}
    body: {title: "Call {lead_id}"}
  - push: bi369.update_lead
    effect: contacted
    select: SELECT key AS lead_id FROM bi369_leads WHERE status = 'qualified' AND source = 'hook'
    once_per: {lead_id: text}
    path: {lead_id: "{lead_id}"}
    body: {notes: "a task was made"}
)");
        agency.variables()["BI369_WEBHOOK_SECRET"] = kHookSecret;
    }

    int runs(const std::string& kind) const { return fs::exists(agency.store()) && agency.cell("SELECT count(*) FROM sqlite_schema WHERE name = 'run'") == "1" ? std::stoi(agency.cell("SELECT count(*) FROM run WHERE state = 'ended' AND kind = '" + kind + "'")) : 0; }
    Process daemon() const { return agency.start({"run"}); }
    std::string lead(int number) const { return sandbox.records("bi369", "leads").at(static_cast<std::size_t>(number)).at("id"); }
    void qualify(const std::string& lead) const { sandbox.send("PUT", "/records/bi369/leads/" + lead, {{"status", "qualified"}, {"source", "hook"}}); }
    // The lead changes, and its event goes astray.
    void qualify_silently(const std::string& lead) const { sandbox.send("PUT", "/records/bi369/leads/" + lead + "?silent=1", {{"status", "qualified"}, {"source", "hook"}}); }
    // The answer to bytes on a connection of their own.
    int answer_to(const std::string& bytes) const {
        const RawClient client(port);
        client.send(bytes);
        return client.status();
    }
    json status() const { return agency.run({"--output", "json", "status"}).object().at("webhooks"); }
    // How many tasks of a lead are there; of all leads without one.
    std::size_t made(const std::string& lead = "") const {
        std::size_t n = 0;
        for (const auto& task : sandbox.tasks()) n += has(task.at("title"), "Call " + lead) ? 1 : 0;
        return n;
    }
    bool quiet() const { return status().at("waiting") == 0; }
};

}  // namespace bindery::e2e
