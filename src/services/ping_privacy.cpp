#include "services/ping_privacy.h"

#include "core/exact_json.h"
#include "core/text.h"
#include "services/contact_shapes.h"
#include "services/person_signs.h"
#include "services/text_readings.h"

namespace bindery {
namespace {

// How a text of a ping is searched.
struct TextUse {
    bool single_names = false;  // one name by itself counts
    bool bare_numbers = false;  // ten digits alone are a phone: no id can stand there
};

// What a text tells of a person, the lead's or whoever's, in words; empty for nothing.
std::string told_by(const PersonSigns& person, const std::string& text, TextUse use) {
    for (const auto& reading : text_readings(text)) {
        const SearchedText searched(reading);
        if (const auto own = person.told_by(searched, use.single_names); !own.empty()) return "the person's " + own;
        if (shows_email(searched.plain)) return "an e-mail address";
        if (shows_us_phone(searched.plain, use.bare_numbers)) return "a phone number";
    }
    return {};
}

bool is_free(const SaleField& field) {
    return field.kind == SaleKind::text || field.kind == SaleKind::vin || field.kind == SaleKind::tracking || field.kind == SaleKind::proof || field.kind == SaleKind::place;
}

class PingSearch {
  public:
    PingSearch(SaleMedia media, const json& lead) : media_(media), person_(lead) {}

    // A single name counts where leaving the field out loses little: "Ford" and "Baker" are also what a car and a trade are called.
    void object(std::span<const SaleField> fields, json& object, const std::string& path) {
        for (const auto& field : fields) {
            const auto found = object.is_object() ? object.find(field.name) : object.end();
            if (found == object.end()) continue;
            const std::string place = path + std::string(field.name);
            if (field.kind == SaleKind::list) {
                for (std::size_t i = 0; i < found->size(); ++i) this->object(field.members, (*found)[i], place + "[" + std::to_string(i) + "].");
            } else if (is_free(field) && found->is_string()) {
                text(field, object, place, !path.empty());
            } else if (field.kind == SaleKind::number) {
                figure(field, object, place);
            }
        }
    }

    KeptOut take() { return std::move(kept_); }

  private:
    void text(const SaleField& field, json& object, const std::string& path, bool in_list) {
        const std::string name(field.name), value = object[name].get<std::string>();
        const bool on_top = !in_list && field.kind != SaleKind::proof;
        const bool needed = is_needed(field);
        const std::string told = told_by(person_, value, {.single_names = on_top && !needed, .bare_numbers = in_list});
        if (told.empty()) return;
        const auto query = value.find_first_of("?#");
        const bool may_be_cut = query != std::string::npos && query != 0 && value[query - 1] != '&';  // &#64; is no end of an address
        if (field.name == "landing_page" && may_be_cut && told_by(person_, value.substr(0, query), {.single_names = true}).empty()) {
            object[name] = value.substr(0, query);
            kept_.paths.push_back(path + " (from its ? on)");
            return;
        }
        leave_out(field, object, path, told);
    }

    bool is_needed(const SaleField& field) const { return field.use(media_, SaleStep::ping) == SaleUse::required || field.name == "violation_type_other"; }

    void leave_out(const SaleField& field, json& object, const std::string& path, const std::string& told) {
        object.erase(std::string(field.name));
        if (!is_needed(field)) kept_.paths.push_back(path);
        else kept_.faults.push_back({path, "must not hold " + told + ": it goes into the ping, which doesn't say who the lead is"});
    }

    // A column that was taken for another. Only ten digits and more can be a phone.
    void figure(const SaleField& field, json& object, const std::string& path) {
        constexpr std::size_t kDigits = 10;
        const std::string value = scalar_text(object[std::string(field.name)]).value_or("");
        if (digits_in(value) < kDigits) return;
        if (const auto told = person_.told_by(SearchedText(value), false); !told.empty()) leave_out(field, object, path, "the person's " + told);
    }

    SaleMedia media_;
    PersonSigns person_;
    KeptOut kept_;
};

}  // namespace

KeptOut keep_person_out(SaleMedia media, const json& lead, json& ping) {
    PingSearch search(media, lead);
    search.object(sale_fields(), ping, "");
    return search.take();
}

}  // namespace bindery
