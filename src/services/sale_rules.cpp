#include "services/sale_rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "services/sale_bodies.h"
#include "services/sale_schema.h"
#include "services/sale_values.h"

namespace bindery {
namespace {

constexpr std::size_t kMostFaults = 100;
constexpr const char* kNotPlain = "must be text in valid UTF-8, without NUL";

// What stands for a value before the schema: no more of a stranger's data than the schema looks at. Null where it can't be right.
json picture_of(const SaleField& field, const json& value) {
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        return text.size() <= longest_bytes(field) && plain_text(text) ? value : json(nullptr);
    }
    if (value.is_boolean()) return value;
    if (const auto number = sale_number(value)) return *number;
    if (value.is_array() && field.kind == SaleKind::list)
        return json(json::array_t(std::min(value.size(), static_cast<std::size_t>(field.high) + 1)));
    return nullptr;
}

bool says(const json& object, const char* name, const char* word) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() && found->get_ref<const std::string&>() == word;
}

bool has_zip_with_zero(std::string_view state, std::string_view zip) {
    constexpr std::string_view kStates[] = {"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR", "VI", "AE"}, kOfNewYork[] = {"00501", "00544", "06390"};
    if (state == "NY") return std::find(std::begin(kOfNewYork), std::end(kOfNewYork), zip) != std::end(kOfNewYork);
    return std::find(std::begin(kStates), std::end(kStates), state) != std::end(kStates);
}

class SaleCheck {
  public:
    SaleCheck(SaleMedia media, Date today) : media_(media), today_(today) {}

    void lead(const json& lead) {
        json given = {{"bid_id", "of the sale"}};
        if (!lead.contains("media_type")) given["media_type"] = sale_media_name(media_);
        const bool ping = sale_has_drivers(media_, SaleStep::ping, lead), post = sale_has_drivers(media_, SaleStep::post, lead);
        if (ping || post) driver_steps_ = ping && post ? SaleSteps::both : ping ? SaleSteps::ping : SaleSteps::post;
        else lists_apart_ = "drivers";
        object(sale_fields(), SaleSteps::both, lead, "", given);
        top_rules(lead);
        if (media_ == SaleMedia::lead && !lead.contains("trusted_form_cert_url"))
            add("trusted_form_cert_url", "is required: a lead is sold with its consent proof only");
        zip_of_state(lead);
    }

    void body(SaleStep step, const json& body) {
        strict_ = true;
        driver_steps_ = steps_of(step);
        object(sale_fields(), driver_steps_, body, "", json::object());
        top_rules(body);
    }

    void add(const std::string& path, const std::string& message) {
        if (!paths_.insert(path).second) return;
        if (faults_.size() < kMostFaults) faults_.push_back({path, message});
        else ++more_;
    }
    std::vector<SaleFault> take() {
        if (more_ > 0) faults_.push_back({"", "and " + std::to_string(more_) + " more"});
        return std::move(faults_);
    }

  private:
    // Members in the order of the table; `given` are members that the sale brings, whatever the object has.
    void object(std::span<const SaleField> fields, SaleSteps steps, const json& object, const std::string& path, const json& given) {
        json picture = given;
        std::vector<const json*> values(fields.size(), nullptr);
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const auto found = object.find(fields[i].name);
            if (found == object.end()) continue;
            values[i] = &*found;
            if (!is_given(given, fields[i]) && sale_takes(fields[i], media_, steps)) picture[std::string(fields[i].name)] = picture_of(fields[i], *found);
        }
        const auto misfits = schema_misfits(fields, media_, steps, picture);
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (!is_given(given, fields[i])) member(fields[i], steps, values[i], path, misfits);
        }
        if (strict_) strangers(fields, object, path);
    }

    static bool is_given(const json& given, const SaleField& field) { return !given.empty() && given.contains(field.name); }

    void member(const SaleField& field, SaleSteps steps, const json* value, const std::string& path, const std::set<std::string>& misfits) {
        if (!sale_takes(field, media_, steps)) {
            if (strict_ && value != nullptr) add(path + std::string(field.name), std::string("isn't a field of this step of a ") + sale_media_name(media_));
        } else if (value == nullptr) {
            if (sale_needs(field, media_, steps)) add(path + std::string(field.name), "is required and " + expected_of(field));
        } else if (!misfits.empty() && misfits.count(std::string(field.name)) != 0) {
            add(path + std::string(field.name), misfit(field, *value));
        } else if (field.kind == SaleKind::list) {
            list(field, steps, *value, path + std::string(field.name));
        } else if (value->is_string()) {
            if (const auto fault = value_fault(field, value->get_ref<const std::string&>(), today_)) add(path + std::string(field.name), *fault);
        }
    }

    void list(const SaleField& field, SaleSteps steps, const json& list, const std::string& path) {
        if (field.name == lists_apart_) return;
        const bool drivers = field.name == "drivers";
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string place = path + "[" + std::to_string(i) + "]";
            if (!list[i].is_object()) {
                add(place, "must be an object");
                continue;
            }
            object(field.members, drivers ? driver_steps_ : steps, list[i], place + ".", json::object());
            if (drivers) driver_rules(list[i], place + ".", i == 0);
            if (field.name == "incidents") incident_rules(list[i], place + ".");
        }
    }

    static std::string misfit(const SaleField& field, const json& value) {
        const bool text = value.is_string() && field.kind != SaleKind::flag && field.kind != SaleKind::number && field.kind != SaleKind::list;
        const bool garbled = text && value.get_ref<const std::string&>().size() <= longest_bytes(field) &&
                             !plain_text(value.get_ref<const std::string&>());
        return garbled ? kNotPlain : expected_of(field);
    }

    void strangers(std::span<const SaleField> fields, const json& object, const std::string& path) {
        for (const auto& [name, value] : object.items()) {
            if (faults_.size() >= kMostFaults) return;
            if (sale_field(fields, name) == nullptr) add(path + safe_member_name(name), "isn't a field that Autobind knows");
        }
    }

    void top_rules(const json& object) {
        if (object.contains("media_type") && !says(object, "media_type", sale_media_name(media_)))
            add("media_type", std::string("must be ") + sale_media_name(media_) + " in the sale of a " + sale_media_name(media_));
        const auto insured = object.find("currently_insured");
        if (insured == object.end() || *insured != true) return;
        for (const char* name : {"lapse_duration", "lapse_reason"}) {
            if (object.contains(name)) add(name, "must be left out when currently_insured is true");
        }
    }

    // A ZIP code that lost its leading zero gets it back, and so does one that lost another digit: that one fits no state whose codes begin with 0.
    void zip_of_state(const json& lead) {
        const auto zip = lead.find("zip"), state = lead.find("state_abbreviation");
        if (zip == lead.end() || state == lead.end() || !zip->is_string() || !state->is_string()) return;
        const auto &code = zip->get_ref<const std::string&>(), &of = state->get_ref<const std::string&>();
        if (code.empty() || code.front() != '0' || !us_state_code(of) || has_zip_with_zero(of, code)) return;
        add("zip", "begins with 0, which no ZIP code of " + of + " does: a digit is missing, or the state is another");
    }

    void driver_rules(const json& driver, const std::string& path, bool first) {
        constexpr const char* kRelation = "relationship_to_policyholder";
        if (first && driver.contains(kRelation) && !says(driver, kRelation, "self"))
            add(path + kRelation, "must be self: the first driver is the policyholder");
        if (!first && says(driver, kRelation, "self"))
            add(path + kRelation, "must not be self: only drivers[0] is the policyholder");
        if (driver_steps_ != SaleSteps::post && !driver.contains("birth_date") && !driver.contains("age"))
            add(path + "birth_date", "is required, unless age is there");
    }

    // What belongs to one type of incident is left out of the others.
    void incident_rules(const json& incident, const std::string& path) {
        constexpr std::pair<const char*, const char*> kOwn[] = {
            {"fault_status", "accident"},         {"damage_type", "accident"}, {"violation_type", "violation"},
            {"violation_type_other", "violation"}, {"claim_type", "claim"},     {"claim_amount", "claim"}};
        for (const auto& [name, type] : kOwn) {
            if (incident.contains(name) && !says(incident, "type", type))
                add(path + name, std::string("must be left out unless type is ") + type);
        }
        const bool other = says(incident, "violation_type", "other"), described = incident.contains("violation_type_other");
        if (other && !described) add(path + "violation_type_other", "is required when violation_type is other: text that names the violation");
        if (described && !other) add(path + "violation_type_other", "must be left out unless violation_type is other");
    }

    SaleMedia media_;
    Date today_;
    bool strict_ = false;
    SaleSteps driver_steps_ = SaleSteps::both;
    std::string lists_apart_;  // a list that goes nowhere: only its size counts
    std::vector<SaleFault> faults_;
    std::set<std::string> paths_;
    std::size_t more_ = 0;  // faults beyond the most that are named
};

}  // namespace

std::vector<SaleFault> sale_faults(SaleMedia media, const json& lead, Date today) {
    if (!lead.is_object()) return {{"", "must be a JSON object"}};
    SaleCheck check(media, today);
    check.lead(lead);
    return check.take();
}

std::vector<SaleFault> sale_body_faults(SaleMedia media, SaleStep step, const json& body, Date today) {
    if (!body.is_object()) return {{"", "must be a JSON object"}};
    SaleCheck check(media, today);
    check.body(step, body);
    return check.take();
}

std::string sale_faults_text(const std::vector<SaleFault>& faults) {
    std::string text;
    for (const auto& fault : faults) {
        if (!text.empty()) text += "; ";
        if (!fault.path.empty()) text += fault.path + " ";
        text += fault.message;
    }
    return text;
}

}  // namespace bindery
