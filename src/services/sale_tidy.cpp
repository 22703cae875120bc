#include "services/sale_tidy.h"

#include <algorithm>

#include "core/exact_json.h"
#include "core/letters.h"
#include "core/person_name.h"
#include "core/text.h"
#include "services/sale_bodies.h"
#include "services/sale_lists.h"
#include "services/sale_spelling.h"
#include "services/sale_values.h"
#include "services/sale_words.h"

namespace bindery {
namespace {

constexpr std::size_t kMostNamed = 100;
constexpr const char* kRelationName = "relationship_to_policyholder";

bool is_word(const SaleField& field, const json& object) {
    const auto found = object.find(field.name);
    return found != object.end() && std::find(field.words.begin(), field.words.end(), found->get_ref<const std::string&>()) != field.words.end();
}

bool holds_text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string();
}

std::string at(const std::string& list, std::size_t i) {
    return list + "[" + std::to_string(i) + "]";
}

class Tidying {
  public:
    explicit Tidying(SaleMedia media) : media_(media) {}

    TidyLead whole(const json& raw) {
        if (!raw.is_object()) return {json::object(), {}, {}, {}};
        result_.lead = object(sale_fields(), raw, "");
        place_incidents(raw);
        policyholder_first();
        policyholder_names();
        defaults();
        drivers_of_nothing();
        return std::move(result_);
    }

  private:
    json object(std::span<const SaleField> fields, const json& raw, const std::string& path) {
        json tidy = json::object();
        for (const auto& field : fields) {
            if (!field.in(media_)) continue;
            const std::string name(field.name);
            if (field.kind == SaleKind::list) {
                list(field, raw, path + name, tidy);
                continue;
            }
            const auto found = raw.find(name);
            if (found == raw.end() || is_blank_value(*found)) continue;
            auto value = spelled(field, *found);
            if (!value || *value != *found) named(result_.changed, path + name);
            if (value) tidy[name] = std::move(*value);
        }
        strangers(fields, raw, path);
        return tidy;
    }

    void list(const SaleField& field, const json& raw, const std::string& path, json& into) {
        const std::string name(field.name);
        if (const auto raw_list = raw.find(name); name == "incidents" && raw_list != raw.end() && says_none(*raw_list)) return named(result_.changed, path);
        const auto found = sale_list(raw, name, static_cast<std::size_t>(field.high) + 1);
        if (!found.given) return;
        if (path == "drivers") driver_numbers_ = found.numbers;
        if (!found.fits) {
            into[name] = json::object();  // no list: a fault later
            return;
        }
        if (!raw.contains(name) || !raw[name].is_array()) named(result_.changed, path);
        json& members = into[name] = json::array();
        for (const json& member : found.members) {
            const std::string place = at(path, members.size());
            if (name == "incidents" && is_no_incident(member)) {
                named(result_.changed, place);
            } else if (!member.is_object()) {
                members.push_back(shallow_copy(member));
            } else {
                members.push_back(object(field.members, member, place + "."));
                if (name == "incidents") sort_out(field.members, members.back(), place + ".");
            }
        }
        if (members.empty()) into.erase(name);
    }

    // An incident of type "DUI" is a violation by it; one with a claim's fields alone is a claim; a violation outside the list is described.
    void sort_out(std::span<const SaleField> fields, json& incident, const std::string& path) {
        const auto &type = *sale_field(fields, "type"), &violation = *sale_field(fields, "violation_type"), &claim = *sale_field(fields, "claim_type");
        if (holds_text(incident, "type") && !is_word(type, incident)) {
            const auto text = incident["type"].get<std::string>();
            if (const auto word = sale_word(violation, text); word && word != "other") {
                incident["type"] = "violation";
                if (!incident.contains("violation_type")) incident["violation_type"] = *word;
                named(result_.changed, path + "type");
            } else if (const auto loss = sale_word(claim, text); loss && loss != "other") {
                incident["type"] = "claim";
                if (!incident.contains("claim_type")) incident["claim_type"] = *loss;
                named(result_.changed, path + "type");
            }
        } else if (!incident.contains("type")) {
            const bool crash = incident.contains("fault_status") || incident.contains("damage_type"), ticket = incident.contains("violation_type"),
                       loss = incident.contains("claim_type") || incident.contains("claim_amount");
            if (crash + ticket + loss == 1) {
                incident["type"] = crash ? "accident" : ticket ? "violation" : "claim";
                named(result_.changed, path + "type");
            }
        }
        if (holds_text(incident, "violation_type") && !is_word(violation, incident) && !incident.contains("violation_type_other")) {
            incident["violation_type_other"] = incident["violation_type"];
            incident["violation_type"] = "other";
            named(result_.changed, path + "violation_type");
        }
    }

    // Incidents beside the drivers say by `driver` whose they are, with the number that the driver's own columns have; of a sole driver they needn't.
    void place_incidents(const json& raw) {
        const auto& driver_fields = sale_field(sale_fields(), "drivers")->members;
        const auto& fields = *sale_field(driver_fields, "incidents");
        if (const auto list = raw.find("incidents"); list != raw.end() && says_none(*list)) return named(result_.changed, "incidents");
        const auto found = sale_list(raw, "incidents", 36);
        const bool drivers = result_.lead.contains("drivers") && result_.lead["drivers"].is_array();
        if (!found.given) return;
        if (!found.fits) fault("incidents", "must be a list");
        for (std::size_t i = 0; i < found.members.size(); ++i) {
            json member = found.members[i];
            if (is_no_incident(member)) {
                named(result_.changed, at("incidents", i));
                continue;
            }
            if (!drivers) {
                fault(at("incidents", i), "must stand under its driver, in drivers[].incidents, and there is no driver");
                continue;
            }
            json* driver = driver_of(member);
            if (driver == nullptr) {
                fault(at("incidents", i) + ".driver", "must be the number of a driver, " + driver_numbers() + ": an incident belongs to a driver");
                continue;
            }
            member.erase("driver");
            json& list = (*driver)["incidents"];
            if (!list.is_array()) list = json::array();
            const auto path = at(at("drivers", static_cast<std::size_t>(driver - &result_.lead["drivers"][0])) + ".incidents", list.size());
            list.push_back(object(fields.members, member, path + "."));
            sort_out(fields.members, list.back(), path + ".");
            named(result_.changed, path);
        }
    }

    json* driver_of(const json& incident) {
        json& all = result_.lead["drivers"];
        if (!incident.is_object()) return nullptr;
        const auto found = incident.find("driver");
        std::size_t at = 0;
        if (found == incident.end() || is_blank_value(*found)) {
            if (all.size() != 1) return nullptr;
        } else {
            const int number = small_number(trim(scalar_text(*found).value_or("")));
            at = static_cast<std::size_t>(std::find(driver_numbers_.begin(), driver_numbers_.end(), number) - driver_numbers_.begin());
        }
        return at < all.size() && all[at].is_object() ? &all[at] : nullptr;
    }

    // "1 or 3"
    std::string driver_numbers() const {
        std::string text;
        for (std::size_t i = 0; i < driver_numbers_.size(); ++i) {
            text += (i == 0 ? "" : i + 1 == driver_numbers_.size() ? " or " : ", ") + std::to_string(driver_numbers_[i]);
        }
        return text;
    }

    json* drivers() {
        const auto found = result_.lead.find("drivers");
        const bool sound = found != result_.lead.end() && found->is_array() && !found->empty() &&
                           std::all_of(found->begin(), found->end(), [](const json& driver) { return driver.is_object(); });
        return sound ? &*found : nullptr;
    }

    // The only driver who is said to be the policyholder comes first; the first is the policyholder when nobody is said to be, unless their names say otherwise.
    void policyholder_first() {
        json* all = drivers();
        if (all == nullptr) return;
        const auto is_self = [](const json& driver) { return driver.value(kRelationName, json()) == "self"; };
        const auto selves = std::count_if(all->begin(), all->end(), is_self);
        if (selves == 1 && !is_self(all->front())) {
            const auto self = std::find_if(all->begin(), all->end(), is_self);
            std::rotate(all->begin(), self, self + 1);
            named(result_.changed, "drivers");
        }
        json& first = all->front();
        if (selves == 0 && !first.contains(kRelationName) && sale_has_drivers(media_, SaleStep::post, result_.lead)) {
            const std::string path = at("drivers", 0) + "." + kRelationName;
            if (has_another_name(first)) fault(path, "must be stated: this driver has another name than the policyholder, and no driver is said to be self");
            first[kRelationName] = "self";
            named(result_.changed, path);
        }
    }

    // "Chris" is no other name than "Christopher", and who married is the same person.
    bool has_another_name(const json& driver) const {
        const auto stated = [](const json& object, const char* name) { return holds_text(object, name) ? plain_letters(object[name].get_ref<const std::string&>()) : std::string(); };
        const std::string first = stated(driver, "first_name"), policyholder = stated(result_.lead, "first_name");
        if (first.empty() || policyholder.empty()) return last_names_contradict(stated(driver, "last_name"), stated(result_.lead, "last_name"));
        return first_names_contradict(first, policyholder) && !first.starts_with(policyholder) && !policyholder.starts_with(first);
    }

    // The policyholder and the first driver are one person: what one lacks of the name, the other has.
    void policyholder_names() {
        json* all = drivers();
        if (all == nullptr || !sale_has_drivers(media_, SaleStep::post, result_.lead)) return;
        json& first = all->front();
        for (const char* name : {"first_name", "last_name"}) {
            if (first.contains(name) && !result_.lead.contains(name)) {
                result_.lead[name] = first[name];
                named(result_.changed, name);
            } else if (!first.contains(name) && result_.lead.contains(name)) {
                first[name] = result_.lead[name];
                named(result_.changed, at("drivers", 0) + "." + name);
            }
        }
    }

    // What Autobind's page names as the value of something that wasn't asked.
    void defaults() {
        if (json* all = drivers(); all != nullptr && sale_has_drivers(media_, SaleStep::ping, result_.lead)) fill(*all, "drivers", "license_status", "active");
        const auto vehicles = result_.lead.find("vehicles");
        if (vehicles != result_.lead.end() && vehicles->is_array()) fill(*vehicles, "vehicles", "commercial_use", false);
    }

    // The drivers of a call stay out of its ping and its post where too little is said of them (sale_has_drivers).
    void drivers_of_nothing() {
        const bool some = result_.lead.contains("drivers") && result_.lead["drivers"].is_array() && !result_.lead["drivers"].empty();
        if (some && !sale_has_drivers(media_, SaleStep::ping, result_.lead) && !sale_has_drivers(media_, SaleStep::post, result_.lead))
            named(result_.dropped, "drivers (too little is said of them)");
    }

    void fill(json& list, const std::string& path, const char* name, const json& value) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (!list[i].is_object() || list[i].contains(name)) continue;
            list[i][name] = value;
            named(result_.changed, at(path, i) + "." + name);
        }
    }

    void strangers(std::span<const SaleField> fields, const json& raw, const std::string& path) {
        for (const auto& [name, value] : raw.items()) {
            if (result_.dropped.size() >= kMostNamed) return;
            const auto* field = sale_field(fields, name);
            const bool known = (field != nullptr && field->in(media_)) || name == "bid_id" || (path.empty() && name == "incidents");
            if (known || is_blank_value(value)) continue;
            const bool of_list = std::any_of(fields.begin(), fields.end(), [&](const SaleField& each) {
                return each.kind == SaleKind::list && each.in(media_) && !raw.contains(each.name) && belongs_to_list(name, each.name);
            });
            if (!of_list && !(path.empty() && belongs_to_list(name, "incidents"))) named(result_.dropped, path + safe_member_name(name));
        }
    }

    static void named(std::vector<std::string>& list, const std::string& path) {
        if (list.size() < kMostNamed && std::find(list.begin(), list.end(), path) == list.end()) list.push_back(path);
    }
    void fault(const std::string& path, const std::string& message) {
        if (result_.faults.size() < kMostNamed) result_.faults.push_back({path, message});
    }

    SaleMedia media_;
    TidyLead result_;
    std::vector<int> driver_numbers_;  // of the members of result_.lead["drivers"], while they stand in the order they came in
};

}  // namespace

TidyLead tidy_lead(SaleMedia media, const json& raw) {
    return Tidying(media).whole(raw);
}

}  // namespace bindery
