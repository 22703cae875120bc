#pragma once
// Leads, clients and policies of people for the tests of the quotes and the leads job, as seen from the clock of a new World.
#include <string>

#include "support/world.h"

namespace bindery::test {

// A qualified lead of a Texan who wants car insurance, known to nobody; came five days ago.
inline json lead(int number, const json& changed = json::object()) {
    const std::string n = std::to_string(1000 + number);
    json document{{"id", "lead_" + n},
                  {"firstName", "Ann"},
                  {"lastName", "Roe" + std::string(1, static_cast<char>('a' + number % 26))},
                  {"company", nullptr},
                  {"email", "ann" + n + "@lead.example"},
                  {"phone", "(512) 555-" + n},
                  {"status", "qualified"},
                  {"source", "Website"},
                  {"ownerEmail", "maria@agency.example"},
                  {"state", "TX"},
                  {"zip", "75001"},
                  {"notes", ""},
                  {"customFields", {{"lineOfBusiness", "Auto"}, {"drivers", 2}}},
                  {"createdAt", "2026-01-10T17:20:00Z"},
                  {"updatedAt", "2026-01-11T09:15:00Z"}};
    for (const auto& [name, value] : changed.items()) {
        if (name == "customFields") document[name].update(value);
        else document[name] = value;
    }
    return document;
}

// As BindPilot has the person of lead(number).
inline json client(int number, const json& changed = json::object()) {
    const json person = lead(number);
    json document{{"id", "c_" + std::to_string(1000 + number)},
                  {"name", person["firstName"].get<std::string>() + " " + person["lastName"].get<std::string>()},
                  {"email", person["email"]},
                  {"phone", person["phone"]},
                  {"street_address", nullptr},
                  {"city", nullptr},
                  {"state", "TX"},
                  {"zip", "75001"},
                  {"created_at", "2020-01-10T17:20:00Z"}};
    document.update(changed);
    return document;
}

// A policy of that person, bound on the day after the lead came.
inline json bound(int number, const json& changed = json::object()) {
    const json person = client(number);
    json document = policy(number, 300, {{"client_id", person["id"]}, {"client_name", person["name"]}, {"client_email", person["email"]}, {"client_phone", person["phone"]},
                                         {"line_of_business", "personal_auto"}, {"effective_date", "2026-01-11"}});
    document.update(changed);
    return document;
}

inline void no_lists(FakeServices& services) {
    for (const char* path : {"/crm/leads", "/clients", "/policies", "/quotes"}) services.lists[path];
}

}  // namespace bindery::test
