// Who may not be contacted: phones and e-mails, by keyed hash alone.
#include <SQLiteCpp/SQLiteCpp.h>

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "store/prepared.h"
#include "store/sales.h"

namespace bindery {
namespace {

std::vector<BarRow> bars_where(Store& store, const std::string& where, const std::string& value) {
    SQLite::Statement s(store.db(), "SELECT d.kind, d.why, d.at, (SELECT json_group_array(ref) FROM (SELECT ref FROM sale WHERE identity IN (SELECT identity FROM sale_person WHERE person = d.person) ORDER BY first_at, ref)) "
                                    "FROM do_not_contact AS d WHERE " + where + " ORDER BY d.at, d.kind, d.person");
    s.bind(1, value);
    std::vector<BarRow> rows;
    while (s.executeStep()) {
        rows.push_back({s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getString(), nlohmann::json::parse(s.getColumn(3).getString()).get<std::vector<std::string>>()});
    }
    return rows;
}

}  // namespace

std::string Sales::phone_key(const std::string& phone) { return store_.keyed_hash("person\nphone:" + phone); }
std::string Sales::email_key(const std::string& email) { return store_.keyed_hash("person\nemail:" + lower(trim(email))); }

bool Sales::barred(const std::vector<std::string>& persons) {
    Prepared kept(store_, "SELECT 1 FROM do_not_contact WHERE person = ?");
    SQLite::Statement& s = *kept;
    for (const auto& person : persons) {
        s.reset();
        s.bind(1, person);
        if (s.executeStep()) return true;
    }
    return false;
}

std::vector<BarRow> Sales::bars(const std::vector<std::string>& persons) { return bars_where(store_, "d.person IN (SELECT value FROM json_each(?))", nlohmann::json(persons).dump()); }

std::vector<BarRow> Sales::all_bars() { return bars_where(store_, "? <> ''", "all"); }

std::int64_t Sales::unbar(const std::vector<std::string>& persons, const std::string& why) {
    SQLite::Statement s(store_.db(), "DELETE FROM do_not_contact WHERE person IN (SELECT value FROM json_each(?)) AND why = ?");
    s.bind(1, nlohmann::json(persons).dump());
    s.bind(2, why);
    return s.exec();
}

std::int64_t Sales::bar(const std::vector<std::string>& phones, const std::vector<std::string>& emails, const std::string& why) {
    SQLite::Statement s(store_.db(), "INSERT OR IGNORE INTO do_not_contact (person, kind, why, at) VALUES (?, ?, ?, ?)");
    std::int64_t added = 0;
    const auto add = [&](const std::string& key, const char* kind) {
        s.reset();
        s.bind(1, key);
        s.bind(2, kind);
        s.bind(3, why);
        s.bind(4, store_.now());
        added += s.exec();
    };
    for (const auto& phone : phones) add(phone_key(phone), "phone");
    for (const auto& email : emails) add(email_key(email), "email");
    return added;
}

std::int64_t Sales::bar_of(const std::string& identity, const std::string& why) {
    SQLite::Statement s(store_.db(), "INSERT OR IGNORE INTO do_not_contact (person, kind, why, at) "
                                     "SELECT phone_key, 'phone', ?2, ?3 FROM sale WHERE identity = ?1 AND phone_key <> '' UNION "
                                     "SELECT email_key, 'email', ?2, ?3 FROM sale WHERE identity = ?1 AND email_key <> '' UNION "
                                     "SELECT phone_key, 'phone', ?2, ?3 FROM sale_other_phone WHERE identity = ?1");
    s.bind(1, identity);
    s.bind(2, why);
    s.bind(3, store_.now());
    return s.exec();
}

}  // namespace bindery
