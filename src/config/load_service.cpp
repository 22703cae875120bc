#include <algorithm>
#include <set>

#include "config/load_fields.h"
#include "config/load_webhooks.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "core/dates.h"

namespace bindery {

namespace {

std::string window_name(Duration per) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(per).count();
    if (milliseconds % 1000 == 0) return std::to_string(milliseconds / 1000) + "s";
    return std::to_string(milliseconds) + "ms";
}

// Reads one checked service file. What a single value can't tell is checked here.
class ServiceReader {
  public:
    ServiceReader(const Tree& tree, Faults& faults) : read_(&tree), faults_(faults) {}

    Service service() {
        service_.name = read_.text("service");
        service_.base_url = parse_base_url(read_.text("base_url")).value.value_or("");
        service_.bearer_secret = read_.below("auth").text("bearer");
        service_.account = read_.text("account");
        if (service_.name == "book")
            faults_.add(read_.place("service"), "`book` is the agency's own books; choose another name");
        read_limits();
        read_manners();
        read_replies();
        read_headers();
        for (const Member& member : read_.members("resources")) read_resource(member);
        for (const Member& member : read_.members("operations")) read_operation(member);
        if (read_.has("webhooks")) service_.webhooks = read_webhooks(read_.below("webhooks"), service_, faults_);
        return std::move(service_);
    }

  private:
    void read_limits() {
        const bool plans = read_.has("plans");
        if (plans == read_.has("limits")) {
            faults_.add(
                read_.key_place(plans ? "plans" : "service"),
                plans ? "`limits` and `plans` exclude each other" : "`limits` is missing (or `plans` with `plan`)");
            return;
        }
        if (!plans) {
            if (read_.has("plan")) faults_.add(read_.key_place("plan"), "`plan` needs `plans`");
            service_.limits = limits(read_.items("limits"));
            return;
        }
        std::vector<std::string> names;
        for (const Member& member : read_.members("plans")) names.push_back(member.name);
        const std::string plan = read_.text("plan");
        for (const Member& member : read_.members("plans")) {
            std::vector<Limit> found = limits(member.value->items);
            if (member.name == plan) service_.limits = std::move(found);
        }
        if (std::find(names.begin(), names.end(), plan) != names.end()) return;
        faults_.add(read_.place("plan"), read_.has("plan") ? "`plan` must be one of `plans`: " + listed(names)
                                                           : "`plan` is missing; it must be one of " + listed(names));
    }

    std::vector<Limit> limits(const std::vector<std::shared_ptr<const Tree>>& items) {
        std::vector<Limit> all;
        std::set<std::string> names;
        for (const auto& item : items) {
            const Reader read(item.get());
            Limit limit;
            limit.tokens = static_cast<int>(read.integer("tokens", 1));
            limit.per = read.duration("per", Duration::zero());
            limit.method = read.below("match").text("method");
            limit.path_prefix = read.below("match").text("path");
            for (const std::string& part : {limit.method, limit.path_prefix}) {
                if (!part.empty()) limit.name += part + " ";
            }
            limit.name += std::to_string(limit.tokens) + "/" + window_name(limit.per);
            if (!limit.path_prefix.empty() && limit.path_prefix.front() != '/') {
                faults_.add(read.below("match").place("path"), "a limit's `path` begins with /");
            }
            if (!names.insert(limit.name).second) faults_.add(item->place, "this limit is there already");
            all.push_back(std::move(limit));
        }
        return all;
    }

    void read_manners() {
        service_.keep_back = parse_share(read_.text("keep_back", "0")).value.value_or(0);
        service_.in_flight = static_cast<int>(read_.integer("in_flight", service_.in_flight));
        service_.connect_timeout = read_.below("timeouts").duration("connect", service_.connect_timeout);
        service_.timeout = read_.below("timeouts").duration("total", service_.timeout);
        if (read_.has("max_body"))
            service_.max_body = parse_size(read_.text("max_body")).value.value_or(service_.max_body);
        service_.retry = retry(read_.below("retry"), service_.retry);
        const Reader breaker = read_.below("breaker");
        service_.breaker_failures = static_cast<int>(breaker.integer("failures", service_.breaker_failures));
        service_.breaker_cool_down = breaker.duration("cool_down", service_.breaker_cool_down);
    }

    static RetryPolicy retry(const Reader& read, RetryPolicy policy) {
        if (read.has("statuses")) {
            policy.statuses.clear();
            for (const auto& item : read.items("statuses")) {
                policy.statuses.push_back(static_cast<int>(parse_integer(item->text).value.value_or(0)));
            }
        }
        if (read.has("waits")) {
            policy.waits.clear();
            for (const auto& item : read.items("waits")) {
                policy.waits.push_back(parse_duration(item->text).value_or(Duration::zero()));
            }
        }
        policy.jitter_up = read.text("jitter", policy.jitter_up ? "up" : "none") == "up";
        return policy;
    }

    void read_replies() {
        const Reader envelope = read_.below("envelope");
        service_.envelope.data = envelope.text("data", service_.envelope.data);
        service_.envelope.total = envelope.text("total");
        service_.envelope.error_code = envelope.text("error_code");
        service_.envelope.error_message = envelope.text("error_message");
        service_.envelope.success = envelope.text("success");
        const Reader paging = read_.below("paging");
        service_.paging.page = paging.text("page", service_.paging.page);
        service_.paging.size = paging.text("size", service_.paging.size);
        service_.paging.per_page = static_cast<int>(paging.integer("per_page", service_.paging.per_page));
        service_.paging.first = static_cast<int>(paging.integer("first", service_.paging.first));
    }

    void read_headers() {
        static const std::set<std::string, std::less<>> own{
            "authorization", "proxy-authorization", "cookie",          "host",       "content-length",
            "content-type",  "transfer-encoding",   "idempotency-key", "user-agent", "x-api-key"};
        for (const Member& member : read_.members("headers")) {
            std::string lower = member.name;
            std::transform(lower.begin(), lower.end(), lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
            const bool token = !lower.empty() &&
                               lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
            const std::string& text = member.value->text;
            const bool line = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
            if (!token) faults_.add(member.place, "a header's name has letters, digits, - and _ only");
            if (!line) faults_.add(member.value->place, "a header is one line of plain ASCII");
            if (own.contains(lower))
                faults_.add(member.place,
                            "`" + member.name + "` is set by the program itself; keys are secrets, see `auth`");
            service_.headers[member.name] = text;
        }
    }

    void read_resource(const Member& member) {
        const Reader read(member.value.get());
        Resource resource;
        resource.name = member.name;
        if (member.name.ends_with("_all")) {
            faults_.add(member.place, "a resource's name can't end in _all: that is the view with removed records");
        }
        resource.list = read_call(read, "list", 0);
        resource.get = read_call(read, "get", 1);
        if (!resource.list && !resource.get) faults_.add(member.place, "a resource needs `list` or `get`");
        if (!resource.list) {
            for (const char* key : {"paged", "query", "window"}) {
                if (read.has(key)) faults_.add(read.key_place(key), "`" + std::string(key) + "` needs `list`");
            }
        }
        resource.paged = read.flag("paged", true);
        for (const Member& parameter : read.members("query")) resource.query[parameter.name] = parameter.value->text;
        resource.mapping.dataset = service_.name + "." + member.name;
        for (const std::string& text : read.texts("key")) resource.mapping.key_pointers.push_back(pointer_of(text));
        if (!read.has("key")) resource.mapping.key_pointers.emplace_back("/id");
        resource.mapping.ignore = read.texts("ignore");
        for (const Member& field : read.members("fields")) resource.mapping.fields.push_back(read_field(field));
        check_field_names(read.members("fields"), resource.mapping, faults_);
        read_window(read, resource.mapping);
        service_.resources[member.name] = std::move(resource);
    }

    // A GET with as many {places} as `places`; the one place of a read by id is {id}.
    std::optional<Call> read_call(const Reader& read, std::string_view name, std::size_t places) {
        if (!read.has(name)) return std::nullopt;
        std::optional<Call> call = parse_call(read.text(name)).value;
        if (!call) return std::nullopt;
        if (call->method != "GET") faults_.add(read.place(name), "`" + std::string(name) + "` must be a GET");
        const std::vector<std::string> found = call_places(call->path);
        if (places == 0 && !found.empty()) faults_.add(read.place(name), "a list's path has no {places}");
        if (places == 1 && found != std::vector<std::string>{"id"}) {
            faults_.add(read.place(name), "the path of `get` must have the place {id}, and no other");
        }
        return call;
    }

    void read_window(const Reader& read, Mapping& mapping) {
        const Tree* window = read.find("window");
        if (!window) return;
        std::string name;
        if (window->kind == Tree::Kind::map) name = Reader(window).text("field");
        if (window->kind == Tree::Kind::scalar && read.flag("window", false)) name = "expiration_date";
        if (name.empty()) return;
        const auto found = std::find_if(mapping.fields.begin(), mapping.fields.end(),
                                        [&](const Field& field) { return field.name == name; });
        if (found == mapping.fields.end() || found->type != FieldType::date) {
            faults_.add(window->place, "`window` needs `" + name + "` among the fields, with the type date");
            return;
        }
        mapping.window_field = name;
    }

    void read_operation(const Member& member) {
        const Reader read(member.value.get());
        Operation operation;
        operation.name = member.name;
        operation.call = parse_call(read.text("call")).value.value_or(Call{});
        if (operation.call.method == "GET")
            faults_.add(read.place("call"), "an operation writes; a GET is a resource's `list` or `get`");
        operation.repeatable = read.flag("repeatable", false);
        operation.find = read_find(read);
        for (const auto& item : read.items("unsupported")) {
            operation.unsupported.push_back(static_cast<int>(parse_integer(item->text).value.value_or(0)));
        }
        if (read.has("timeout")) operation.timeout = read.duration("timeout", service_.timeout);
        if (read.has("retry")) operation.retry = retry(read.below("retry"), service_.retry);
        operation.reply_id = read.text("reply_id", service_.envelope.data + "/id");
        service_.operations[member.name] = std::move(operation);
    }

    std::optional<Find> read_find(const Reader& read) {
        const Tree* tree = read.find("find");
        if (!tree) return std::nullopt;
        Find find;
        find.resource = tree->kind == Tree::Kind::scalar ? tree->text : Reader(tree).text("resource");
        find.match = Reader(tree).texts("match");
        find.one_of = Reader(tree).texts("one_of");
        const auto found = service_.resources.find(find.resource);
        if (found == service_.resources.end() || !found->second.list) {
            std::vector<std::string> known;
            for (const auto& [name, resource] : service_.resources) {
                if (resource.list) known.push_back(name);
            }
            faults_.add(tree->place, "`find` must name a resource with a list, not `" + find.resource + "`" +
                                         did_you_mean(find.resource, known));
            return find;
        }
        std::vector<std::string> fields;
        for (const Field& field : found->second.mapping.fields) fields.push_back(field.name);
        for (const char* key : {"match", "one_of"}) {
            for (const auto& item : Reader(tree).items(key)) {
                if (std::find(fields.begin(), fields.end(), item->text) != fields.end()) continue;
                faults_.add(item->place,
                            "`" + find.resource + "` has no field `" + item->text + "`" + did_you_mean(item->text, fields));
            }
        }
        return find;
    }

    Reader read_;
    Faults& faults_;
    Service service_;
};

}  // namespace

std::optional<Service> read_service(const std::filesystem::path& file, const Variables& variables, Faults& faults) {
    const auto tree = read_checked(file, "service", variables, faults);
    if (!tree) return std::nullopt;
    Faults own;
    Service service = ServiceReader(*tree, own).service();
    service.file = shown_path(file);
    check_file_name(file, "service", service.name, Reader(tree.get()).place("service"), own);
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return service;
}

Service load_service(const std::filesystem::path& file, const Variables& variables) {
    Faults faults;
    std::optional<Service> service = read_service(file, variables, faults);
    faults.throw_if_any();
    return std::move(*service);
}

}  // namespace bindery
