#include "sandbox/control.h"

#include <stdexcept>

namespace bindery::sandbox {

using nlohmann::json;

namespace {

Reply problem(int status, const std::string& message) {
  return json_reply(status, json{{"error", message}}.dump());
}

Reply done() { return json_reply(200, R"({"ok":true})"); }

}  // namespace

Service* Control::service(const std::string& name) {
  for (Service* known : parts_.services) {
    if (known->name() == name) {
      return known;
    }
  }
  return nullptr;
}

Reply Control::handle(const Request& request) {
  const std::string& path = request.path;
  if (const auto rest = after_prefix(path, "/records/")) {
    return record(request, *rest);
  }
  if (path == "/faults") {
    return faults(request);
  }
  if (request.method == "POST" && path == "/reset") {
    return reset();
  }
  if (request.method == "POST" && path == "/shutdown") {
    parts_.shut_down();
    return done();
  }
  if (request.method == "DELETE" && path == "/requests") {
    parts_.log.clear();
    return done();
  }
  return get(request);
}

Reply Control::get(const Request& request) {
  if (request.method == "GET") {
    if (request.path == "/requests") {
      return json_reply(200, parts_.log.array(request.parameter("service")));
    }
    if (request.path == "/tasks") {
      return json_reply(200, service("bi369")->records("tasks").value_or("[]"));
    }
    if (request.path == "/state") {
      return state(request);
    }
    if (request.path == "/violations") {
      return violations();
    }
    if (request.path == "/deliveries") {
      return json_reply(200, parts_.webhooks.finished().dump());
    }
    if (request.path == "/") {
      return done();
    }
  }
  return problem(404, "no such control endpoint; there are /faults /requests /tasks /state /records/SERVICE/RESOURCE/ID "
                      "/deliveries /violations /reset /shutdown");
}

// One resource whole, or the number of records of each.
Reply Control::state(const Request& request) {
  const std::string name = request.parameter("service");
  const std::string resource = request.parameter("resource");
  if (name.empty()) {
    json all = json::object();
    for (Service* known : parts_.services) {
      all[known->name()] = known->counts();
    }
    return json_reply(200, all.dump());
  }
  Service* chosen = service(name);
  if (chosen == nullptr) {
    return problem(404, "unknown service '" + name + "'");
  }
  if (resource.empty()) {
    return json_reply(200, chosen->counts().dump());
  }
  auto records = chosen->records(resource);
  return records ? json_reply(200, std::move(*records)) : problem(404, "unknown resource '" + resource + "'");
}

Reply Control::faults(const Request& request) {
  if (request.method == "GET") {
    return json_reply(200, parts_.faults.list().dump());
  }
  if (request.method == "DELETE") {
    parts_.faults.clear();
    return done();
  }
  if (request.method != "POST") {
    return problem(405, "use GET, POST or DELETE");
  }
  const json body = json::parse(request.body, nullptr, false);
  try {
    std::vector<Fault> fresh;
    if (body.is_array()) {
      for (const json& spec : body) {
        fresh.push_back(fault_from_json(spec));
      }
    } else {
      fresh.push_back(fault_from_json(body));
    }
    for (Fault& fault : fresh) {
      parts_.faults.add(std::move(fault));
    }
  } catch (const std::invalid_argument& wrong) {
    return problem(400, wrong.what());
  }
  return json_reply(201, parts_.faults.list().dump());
}

Reply Control::record(const Request& request, const std::string& rest) {
  const std::size_t first = rest.find('/');
  const std::size_t second = first == std::string::npos ? first : rest.find('/', first + 1);
  Service* chosen = first == std::string::npos ? nullptr : service(rest.substr(0, first));
  if (chosen == nullptr || second == std::string::npos || second + 1 == rest.size()) {
    return problem(404, "write /records/SERVICE/RESOURCE/ID with bindpilot, bi369 or autobind as the service");
  }
  const std::string resource = rest.substr(first + 1, second - first - 1);
  const std::string id = rest.substr(second + 1);
  if (!chosen->records(resource)) {
    return problem(404, "unknown resource '" + resource + "'");
  }
  if (request.method == "DELETE") {
    return chosen->erase_record(resource, id) ? done() : problem(404, "no record '" + id + "'");
  }
  if (request.method != "PUT") {
    return problem(405, "use PUT or DELETE");
  }
  const auto patch = object_of(request.body);
  if (!patch) {
    return problem(400, "the body must be a JSON object");
  }
  return json_reply(200, chosen->merge_record(resource, id, *patch, !request.parameter("silent").empty()).dump());
}

Reply Control::violations() {
  json all = json::object();
  for (std::size_t i = 0; i < parts_.services.size(); ++i) {
    json one = parts_.services[i]->violations();
    one["without_user_agent"] = parts_.fronts[i]->nameless();
    one["personal_numbers"] = parts_.fronts[i]->personal_numbers();
    all[parts_.services[i]->name()] = std::move(one);
  }
  return json_reply(200, all.dump());
}

Reply Control::reset() {
  parts_.faults.clear();
  for (const Fault& fault : parts_.first_faults) {
    parts_.faults.add(fault);
  }
  for (std::size_t i = 0; i < parts_.services.size(); ++i) {
    parts_.services[i]->reset();
    parts_.fronts[i]->reset();
  }
  parts_.log.clear();
  return done();
}

}  // namespace bindery::sandbox
