#include "sandbox/bi369.h"

#include "sandbox/bi369_rules.h"
#include "sandbox/calendar.h"
#include "sandbox/seed.h"
#include "sandbox/signature.h"

#include <algorithm>

namespace bindery::sandbox {

using nlohmann::json;

Bi369::Bi369(const Options& options, EventPost& sender, const ServiceClock& clock)
    : Service("bi369", options.bi369_key, clock), options_(options), sender_(sender) {
  const std::size_t tokens = options.bi369_plan == "enterprise" ? 3000 : 600;
  add_limits("all", {{tokens, scaled(std::chrono::minutes(1), options.time_scale)}}, !options.no_limits);
  Bi369::fill();
}

void Bi369::fill() {
  const date::sys_days today = options_.today.empty() ? local_today() : day_of(options_.today);
  const auto load = [this](const std::string& resource, const std::vector<json>& records) {
    Table& rows = table(resource);
    for (const json& record : records) {
      rows.put(record["id"], record);
    }
  };
  load("leads", lead_records(options_, today));
  load("invoices", invoice_records(options_, today));
  load("projects", project_records());
  table("tasks");
}

Reply Bi369::error(int status, const std::string& code, const std::string& message) const {
  return json_reply(status, json{{"success", false}, {"error", {{"code", code}, {"message", message}}}}.dump());
}

Reply Bi369::invalid(const std::string& message) const { return error(400, "INVALID_REQUEST", message); }

Reply Bi369::not_allowed(const Request& request) const {
  return error(405, "METHOD_NOT_ALLOWED", request.method + " isn't supported here");
}

Reply Bi369::success(int status, const json& data) const {
  return json_reply(status, json{{"success", true}, {"data", data}}.dump());
}

// The seconds are those of the wall clock here, rounded up, whatever the time scale.
Reply Bi369::too_many(std::chrono::nanoseconds wait) const {
  Reply reply = error(429, "RATE_LIMITED", "Rate limit exceeded");
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
  reply.headers.emplace_back("Retry-After", std::to_string(seconds));
  return reply;
}

Reply Bi369::route(const Request& request, const ListShape& shape) {
  const bool write = request.method != "GET" && request.method != "HEAD";
  if (write && options_.bi369_read_only) {
    return error(403, "FORBIDDEN", "This API key is read-only");
  }
  if (const auto lead = after_prefix(request.path, "/v1/crm/leads/")) {
    return route_lead(request, *lead);
  }
  if (write) {
    return route_write(request);
  }
  if (request.path == "/v1/crm/leads") {
    return list(request, shape, "leads");
  }
  if (request.path == "/v1/finance/invoices") {
    return list(request, shape, "invoices");
  }
  if (request.path == "/v1/projects") {
    return list(request, shape, "projects");
  }
  return error(404, "NOT_FOUND", "No such endpoint");
}

Reply Bi369::route_lead(const Request& request, const std::string& id) {
  const auto lead = table("leads").find(id);
  if (!lead) {
    return error(404, "NOT_FOUND", "Lead with ID " + id + " not found");
  }
  if (request.method == "GET") {
    return success(200, *lead);
  }
  if (request.method == "DELETE") {
    table("leads").erase(id);
    return success(200, {{"id", id}});
  }
  if (request.method != "PATCH") {
    return not_allowed(request);
  }
  const auto body = object_of(request.body);
  return body ? change_lead(id, *body) : invalid("The body must be a JSON object");
}

Reply Bi369::route_write(const Request& request) {
  const std::string& path = request.path;
  const auto project = after_prefix(path, "/v1/projects/");
  const auto invoice = after_prefix(path, "/v1/finance/invoices/");
  const bool list_path = path == "/v1/crm/leads" || path == "/v1/finance/invoices" || path == "/v1/projects";
  const bool task = project && project->size() > 6 && project->compare(project->size() - 6, 6, "/tasks") == 0;
  const bool payment = invoice && invoice->size() > 4 && invoice->compare(invoice->size() - 4, 4, "/pay") == 0;
  if (!list_path && !task && !payment) {
    return error(404, "NOT_FOUND", "No such endpoint");
  }
  if (request.method != (payment ? "PATCH" : "POST")) {
    return not_allowed(request);
  }
  const auto body = object_of(request.body);
  if (!body) {
    return invalid("The body must be a JSON object");
  }
  if (task) {
    return create_task(project->substr(0, project->size() - 6), *body);
  }
  if (payment) {
    return pay(invoice->substr(0, invoice->size() - 4), *body);
  }
  if (path == "/v1/crm/leads") {
    return create_lead(*body);
  }
  return path == "/v1/projects" ? create_project(*body) : create_invoice(*body);
}

Reply Bi369::list(const Request& request, const ListShape& shape, const std::string& resource) {
  const auto page = page_of(request.parameter("page"), request.parameter("perPage"), options_.max_per_page);
  if (!page) {
    return invalid("page and perPage must be whole numbers from 1");
  }
  ListPage rows = cut_page(table(resource), *page, shape);
  if (shape.wrapped) {
    rows.rows = "{\"" + resource + "\":" + rows.rows + "}";
  }
  std::string body = R"({"success":true,"data":)" + rows.rows;
  if (!shape.no_meta) {
    body += R"(,"meta":{)";
    body += shape.no_total ? "" : "\"total\":" + std::to_string(rows.total) + ",";
    body += "\"page\":" + std::to_string(page->number) + ",\"perPage\":" + std::to_string(page->size) + "}";
  }
  return json_reply(200, body + "}");
}

Reply Bi369::created(const std::string& resource, const json& record, const std::string& event) {
  const std::string id = record["id"];
  table(resource).put(id, record);
  if (!event.empty()) {
    emit(event, record);
  }
  Reply reply = success(201, record);
  reply.created_id = id;
  return reply;
}

Reply Bi369::create_lead(const json& body) {
  const std::string wrong = bad_lead(body);
  if (!wrong.empty()) {
    return invalid(wrong);
  }
  if (member_text(body, "firstName").empty() && member_text(body, "lastName").empty() &&
      member_text(body, "company").empty()) {
    return invalid("A lead needs firstName, lastName or company");
  }
  json lead = {{"status", "new"}, {"customFields", json::object()}};
  lead.update(body);
  lead["id"] = next_id("lead_");
  lead["createdAt"] = now_text();
  lead["updatedAt"] = lead["createdAt"];
  return created("leads", lead, "lead.created");
}

Reply Bi369::change_lead(const std::string& id, const json& body) {
  const std::string wrong = bad_lead(body);
  if (!wrong.empty()) {
    return invalid(wrong);
  }
  const json before = *table("leads").find(id);
  json after = before;
  after.update(body);
  after["id"] = id;
  after["createdAt"] = before.value("createdAt", json());
  after["updatedAt"] = now_text();
  table("leads").put(id, after);
  lead_changed(before, after);
  return success(200, after);
}

Reply Bi369::create_project(const json& body) {
  if (member_text(body, "name").empty()) {
    return invalid("Missing required field: name");
  }
  json project = {{"status", "active"}};
  project.update(body);
  project["id"] = next_id("prj_");
  return created("projects", project, "project.created");
}

Reply Bi369::create_task(const std::string& project, const json& body) {
  if (!table("projects").find(project)) {
    return error(404, "NOT_FOUND", "Project with ID " + project + " not found");
  }
  const std::string wrong = bad_task(body);
  if (!wrong.empty()) {
    return invalid(wrong);
  }
  json task = {{"priority", "normal"}};
  task.update(body);
  task["id"] = next_id("task_");
  task["projectId"] = project;
  task["status"] = "open";
  task["createdAt"] = now_text();
  return created("tasks", task, "");
}

Reply Bi369::create_invoice(const json& body) {
  const std::string wrong = bad_invoice(body);
  if (!wrong.empty()) {
    return invalid(wrong);
  }
  json invoice = {{"status", "Draft"}, {"currency", "USD"}, {"invoiceDate", day_text(local_today())}};
  invoice.update(body);
  invoice["id"] = next_id("inv_");
  if (!invoice.contains("invoiceNumber")) {
    invoice["invoiceNumber"] = "INV-" + invoice["id"].get<std::string>().substr(4);
  }
  invoice["total"] = static_cast<double>(invoice_cents(invoice)) / 100.0;
  invoice["amountPaid"] = 0.0;
  return created("invoices", invoice, "invoice.created");
}

Reply Bi369::pay(const std::string& id, const json& body) {
  const auto found = table("invoices").find(id);
  if (!found) {
    return error(404, "NOT_FOUND", "Invoice with ID " + id + " not found");
  }
  const std::string wrong = bad_payment(body);
  if (!wrong.empty()) {
    return invalid(wrong);
  }
  json invoice = *found;
  const std::string status = member_text(invoice, "status");
  if (status == "Paid" || status == "Voided") {
    return invalid("The invoice is " + status);
  }
  const double paid = invoice.value("amountPaid", 0.0) + body["amount"].get<double>();
  const bool whole = paid + 0.005 >= invoice.value("total", 0.0);
  invoice["amountPaid"] = paid;
  invoice["status"] = whole ? "Paid" : "Partially paid";
  invoice["payments"].push_back(body);
  table("invoices").put(id, invoice);
  if (whole) {
    emit("invoice.paid", invoice);
  }
  return success(200, invoice);
}

void Bi369::emit(const std::string& event, const json& data) {
  if (options_.bi369_webhook_url.empty()) {
    return;
  }
  Delivery delivery;
  delivery.url = options_.bi369_webhook_url;
  delivery.event = event;
  delivery.id = next_id("evt_");
  delivery.body = json{{"id", delivery.id}, {"event", event}, {"data", data}}.dump();
  delivery.signature_header = "X-Bi369-Signature";
  delivery.signature = signature(options_.bi369_webhook_secret, delivery.body);
  sender_.post(std::move(delivery));
}

void Bi369::lead_changed(const json& before, const json& after) {
  emit("lead.updated", after);
  if (member_text(after, "status") == "converted" && member_text(before, "status") != "converted") {
    emit("lead.converted", after);
  }
}

void Bi369::edited(const std::string& resource, const json& before, const json& after) {
  const bool fresh = before.is_null();
  const std::string status = member_text(after, "status");
  const bool moved = fresh || member_text(before, "status") != status;
  if (resource == "leads") {
    fresh ? emit("lead.created", after) : lead_changed(before, after);
  } else if (resource == "tasks" && moved && status == "completed") {
    emit("task.completed", after);
  } else if (resource == "projects" && fresh) {
    emit("project.created", after);
  } else if (resource == "invoices") {
    if (fresh) {
      emit("invoice.created", after);
    } else if (moved && (status == "Paid" || status == "Overdue")) {
      emit(status == "Paid" ? "invoice.paid" : "invoice.overdue", after);
    }
  }
}

}  // namespace bindery::sandbox
