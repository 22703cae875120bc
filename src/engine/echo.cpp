#include "engine/echo.h"

#include <algorithm>

#include "core/error.h"

namespace bindery {
namespace {

json parsed_or_null(const std::string& text) {
    try {
        return text.empty() ? json() : parse_exact(text);
    } catch (const Error&) {
        return {};  // an excerpt that was cut
    }
}

bool path_names(const std::string& path, const std::string& key) {
    for (std::size_t at = 0; (at = path.find(key, at)) != std::string::npos; ++at) {
        const std::size_t end = at + key.size();
        if (at > 0 && path[at - 1] == '/' && (end == path.size() || path[end] == '/')) return true;
    }
    return false;
}

// What one of our writes says about the record: what it sent, and what the reply showed.
struct Said {
    bool about = false;    // certainly about this record
    bool perhaps = false;  // under way, and it may have made or changed it
    json body, reply;
};

bool all_in(const json& part, const json& whole) {
    if (!part.is_object() || part.empty()) return false;
    for (const auto& [name, value] : part.items()) {
        if (!whole.contains(name) || whole.at(name) != value) return false;
    }
    return true;
}

Said said_by(const OwnWrite& write, const std::string& key, const json& record, const std::string& reply_record) {
    Said said;
    said.body = parsed_or_null(write.body);
    const json whole = parsed_or_null(write.reply);
    if (const json* found = find_pointer(whole, reply_record); found != nullptr && found->is_object()) said.reply = *found;
    const json* id = said.body.is_object() && said.body.contains("id") ? &said.body.at("id") : nullptr;
    const bool named = path_names(write.path, key) || write.reply_id == key || (id != nullptr && scalar_text(*id) == key);
    said.about = named && !write.under_way;
    said.perhaps = write.under_way && (named || all_in(said.body, record));
    return said;
}

// The mapped fields that a top-level member of the document feeds.
std::vector<std::size_t> fields_of(const Mapping& mapping, const std::string& member) {
    std::vector<std::size_t> fields;
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const auto& pointers = mapping.fields[i].pointers;
        if (std::any_of(pointers.begin(), pointers.end(), [&](const std::string& pointer) { return pointer == "/" + member || pointer.starts_with("/" + member + "/"); })) fields.push_back(i);
    }
    return fields;
}

// Does the event show the record as it stood after one of our writes?
class Shown {
  public:
    Shown(const Mapping& mapping, const json& record) : mapping_(mapping), record_(record), values_(map_record(mapping, record).values) {}

    bool as(const json& state) const {
        const auto values = map_record(mapping_, state).values;
        for (const auto& [member, value] : record_.items()) {
            if (!same(member, value, state, values)) return false;
        }
        // What the event lacks was blank before, or somebody has taken it out.
        for (const auto& [member, value] : state.items()) {
            if (!record_.contains(member) && !value.is_null() && value != "" && !ignored(member)) return false;
        }
        return true;
    }

  private:
    bool ignored(const std::string& member) const { return std::find(mapping_.ignore.begin(), mapping_.ignore.end(), member) != mapping_.ignore.end(); }

    // Written the same way, or meaning the same.
    bool same(const std::string& member, const json& value, const json& state, const std::vector<std::optional<std::string>>& values) const {
        if (ignored(member)) return true;
        if (state.contains(member) && state.at(member) == value) return true;
        const auto fields = fields_of(mapping_, member);
        return !fields.empty() && std::all_of(fields.begin(), fields.end(), [&](std::size_t field) {
            if (!values[field] || !values_[field]) return values[field] == values_[field];
            return same_value(mapping_.fields[field].type, *values[field], *values_[field]);
        });
    }

    const Mapping& mapping_;
    const json& record_;
    std::vector<std::optional<std::string>> values_;
};

}  // namespace

Echo echo_of(const Mapping& mapping, const std::string& key, const json& record, const std::optional<json>& stored, const std::vector<OwnWrite>& writes,
             const std::string& reply_record, const std::string& stored_read_at) {
    if (!record.is_object() || key.empty()) return Echo::no;
    const Shown shown(mapping, record);
    json state = stored && stored->is_object() ? *stored : json::object();
    bool perhaps = false;
    for (const OwnWrite& write : writes) {
        const Said said = said_by(write, key, record, reply_record);
        perhaps = perhaps || said.perhaps;
        if (!said.about) continue;
        if (stored && write.sent_at < stored_read_at) {  // never laid over something newer
            if (shown.as(*stored)) return Echo::yes;
            continue;
        }
        if (said.body.is_object()) state.update(said.body);
        if (said.reply.is_object()) state.update(said.reply);
        if (shown.as(state)) return Echo::yes;
    }
    return perhaps ? Echo::perhaps : Echo::no;
}

}  // namespace bindery
