#include "year/services.h"

#include <catch2/catch.hpp>

namespace bindery::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

const std::string kHookUrl = "https://hooks.agency.example/hooks/";

sandbox::Options options_of(unsigned seed) {
    sandbox::Options options;
    options.policies = 0;  // the agency brings its own
    options.renewals = 0;
    options.clients = 60;
    options.leads = 80;
    options.seed = seed;
    options.bindpilot_key = "sandbox-bindpilot-key";
    options.bi369_webhook_url = kHookUrl + "bi369";
    options.bi369_webhook_secret = "the CRM's own secret";
    return options;
}

std::string service_at(const std::string& url) {
    for (const char* name : {"bindpilot", "bi369", "autobind"}) {
        if (url.find(std::string("//api.") + name) == 0 || url.find(std::string("https://api.") + name) == 0) return name;
    }
    FAIL("a call to nobody we know: " << url);
    return {};
}

std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

sandbox::Request request_for(const HttpRequest& request) {
    sandbox::Request out;
    out.method = request.method;
    out.body = request.body;
    const auto path = request.url.find('/', request.url.find("//") + 2);
    out.target = request.url.substr(path);
    const auto query = out.target.find('?');
    out.path = decoded(out.target.substr(0, query));
    for (std::size_t at = query; at != std::string::npos && at < out.target.size();) {
        const auto next = out.target.find('&', at + 1);
        const std::string pair = out.target.substr(at + 1, next == std::string::npos ? next : next - at - 1);
        const auto equals = pair.find('=');
        out.query[decoded(pair.substr(0, equals))] = equals == std::string::npos ? "" : decoded(pair.substr(equals + 1));
        at = next;
    }
    for (const auto& [name, value] : request.headers) {
        std::string lower = name;
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        out.headers[lower] = value;
    }
    return out;
}

Answer no_reply(Ending ending) { return {.ending = ending, .latency = milliseconds(300)}; }

}  // namespace

Services::Services(const SimClock& clock, unsigned seed)
    : time(clock),
      post([this] { return time.now(); }, seed + 1),
      random_(seed),
      options_(options_of(seed)),
      faults_({}, seed),
      log_(""),
      bindpilot_(options_, post, time),
      bi369_(options_, post, time),
      autobind_(options_, time) {
    const auto line = [this](sandbox::Service& service, const std::string& key) {
        lines_[service.name()] = std::unique_ptr<Line>(new Line{&service, {service, faults_, log_, {}, stopping_}, key});
        keys[service.name()] = key;
    };
    line(bindpilot_, options_.bindpilot_key);
    line(bi369_, options_.bi369_key);
    line(autobind_, options_.autobind_key);
    hook_secrets = {{"bindpilot", "whsec_of_the_year"}, {"bi369", options_.bi369_webhook_secret}};
    const json events = {"quote.created", "quote.completed", "quote.selected", "policy.bound", "renewal.due", "renewal.shopped", "client.created"};
    bindpilot_.merge_record("webhooks", "wh_1", {{"url", kHookUrl + "bindpilot"}, {"events", events}, {"secret", hook_secrets["bindpilot"]}}, true);
}

Answer Services::handle(const HttpRequest& request, BootTime) {
    const std::string service = service_at(request.url);
    ++calls[service];
    if (auto answer = out_of_order(service)) return *answer;
    if (quiet) return through(line_of(service), service, request);
    if (chance(400)) return no_reply(Ending::not_sent);
    if (chance(400)) return ++lost, no_reply(Ending::lost);
    if (chance(150)) return {.status = 503, .body = "<html>busy</html>"};
    Answer answer = through(line_of(service), service, request);
    if (chance(200)) return ++lost, no_reply(Ending::lost);                                 // it has acted
    if (chance(500)) return ++lost, Answer{.status = 502, .body = "<html>a proxy</html>"};  // this one too
    return answer;
}

std::optional<Answer> Services::out_of_order(const std::string& service) {
    for (const auto& outage : outages) {
        if (outage.service != service || time.now() < outage.from || time.now() >= outage.until) continue;
        switch (outage.how) {
            case Failing::unreachable: return no_reply(Ending::not_sent);
            case Failing::errors: return Answer{.status = 503, .body = "<html>maintenance</html>"};
            case Failing::hangs: return Answer{.latency = std::chrono::hours(1)};
            case Failing::paused: {
                const auto left = std::chrono::ceil<std::chrono::seconds>(outage.until - time.now());
                return Answer{.status = 429, .headers = {{"retry-after", std::to_string(left.count())}}, .body = "{}"};
            }
        }
    }
    return std::nullopt;
}

Answer Services::through(Line& line, const std::string& service, const HttpRequest& request) {
    sandbox::Request asked = request_for(request);
    const bool known = asked.header("authorization") == "Bearer " + keys[service];
    asked.headers["authorization"] = known ? "Bearer " + line.own_key : "Bearer of an old key";
    if (!known) ++refused_keys[service];
    const sandbox::Reply reply = line.front.handle(asked);
    log_.clear();
    Answer answer{.status = reply.status, .body = reply.body, .latency = milliseconds(30 + random_() % 370)};
    for (auto [name, value] : reply.headers) {
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        answer.headers.emplace_back(name, value);
    }
    return answer;
}

void Services::put(const std::string& service, const std::string& resource, const std::string& id, const json& record) {
    line_of(service).service->merge_record(resource, id, record, false);
}

void Services::remove(const std::string& service, const std::string& resource, const std::string& id) {
    line_of(service).service->erase_record(resource, id);
}

nlohmann::json Services::records(const std::string& service, const std::string& resource) {
    return nlohmann::json::parse(line_of(service).service->records(resource).value());
}

std::size_t Services::refused_by_limit() {
    std::size_t refused = 0;
    for (const auto& [name, line] : lines_) refused += line->service->violations().at("refused").get<std::size_t>();
    return refused;
}

}  // namespace bindery::test
