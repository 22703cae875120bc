#include "config/load_webhooks.h"

#include <algorithm>

#include "config/scalar.h"
#include "core/text.h"

namespace bindery {

namespace {

template <typename Map>
std::vector<std::string> keys_of(const Map& map) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : map) keys.push_back(key);
    return keys;
}

bool is_header_name(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

HookEvent read_event(const Member& member, const Service& service, Faults& faults) {
    HookEvent event;
    const Tree& tree = *member.value;
    const Reader read(&tree);
    const bool word = tree.kind == Tree::Kind::scalar;
    event.resource = word ? tree.text : read.text("resource");
    if (!word) {
        for (const std::string& text : read.texts("id")) event.id.push_back(parse_pointer(text).value.value_or(""));
    }
    if (!event.resource.empty() && !service.resources.contains(event.resource)) {
        faults.add(word ? tree.place : read.place("resource"), "`" + service.name + "` has no resource `" + event.resource + "`" + did_you_mean(event.resource, keys_of(service.resources)));
    }
    if (event.resource.empty() && !event.id.empty()) faults.add(read.key_place("id"), "`id` needs `resource`");
    return event;
}

}  // namespace

Webhooks read_webhooks(const Reader& read, const Service& service, Faults& faults) {
    Webhooks hooks;
    hooks.secret = read.text("secret");
    const Reader signature = read.below("signature");
    hooks.header = lower(signature.text("header"));
    hooks.prefix = signature.text("prefix", hooks.prefix);
    hooks.id = read.text("id", hooks.id);
    hooks.event = read.text("event", hooks.event);
    hooks.timestamp = read.text("timestamp");
    hooks.record = read.text("record", hooks.record);
    hooks.max_age = read.duration("max_age", hooks.max_age);
    const Tree* by = read.find("register");
    const Reader more(by != nullptr && by->kind == Tree::Kind::map ? by : nullptr);
    hooks.register_by = by != nullptr && by->kind == Tree::Kind::scalar ? by->text : more.text("operation");
    hooks.register_url = more.text("url", hooks.register_url);
    hooks.register_events = more.text("events", hooks.register_events);
    hooks.register_secret = more.text("secret", hooks.register_secret);
    if (!is_header_name(hooks.header)) faults.add(signature.place("header"), "a header's name has letters, digits, - and _ only");
    if (!hooks.register_by.empty() && !service.operations.contains(hooks.register_by)) {
        faults.add(read.place("register"), "`" + service.name + "` has no operation `" + hooks.register_by + "`" + did_you_mean(hooks.register_by, keys_of(service.operations)));
    }
    for (const Member& member : read.members("events")) hooks.events[member.name] = read_event(member, service, faults);
    return hooks;
}

void check_listens(const Job& job, const std::map<std::string, Service>& services, const std::set<std::string>& broken, Faults& faults) {
    for (const Listen& listen : job.on) {
        const auto service = services.find(listen.service);
        if (service == services.end()) {
            if (!broken.contains(listen.service)) faults.add(listen.place, "`on`: there is no service `" + listen.service + "`" + did_you_mean(listen.service, keys_of(services)));
        } else if (!service->second.webhooks) {
            faults.add(listen.place, "`on`: `" + listen.service + "` sends no events; its service file has no `webhooks`");
        } else if (const auto& events = service->second.webhooks->events; !events.contains(listen.event)) {
            const std::string near = did_you_mean(listen.event, keys_of(events));
            faults.add(listen.place, "`on`: `" + listen.service + "` has no event `" + listen.event + "`" + (near.empty() ? "; there are " + listed(keys_of(events)) : near));
        }
    }
}

}  // namespace bindery
