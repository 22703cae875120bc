// Who may not be contacted: phones and e-mails, by keyed hash alone.
#include <SQLiteCpp/SQLiteCpp.h>

#include <nlohmann/json.hpp>
#include <set>

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

std::vector<std::string> texts_of(Store& store, const std::string& sql, const std::string& value) {
    SQLite::Statement s(store.db(), sql);
    s.bind(1, value);
    std::vector<std::string> texts;
    while (s.executeStep()) texts.push_back(s.getColumn(0).getString());
    return texts;
}

}  // namespace

std::string Sales::asked_key(const std::string& kind, const std::string& value) { return store_.keyed_hash("asked\n" + kind + ":" + value); }
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

std::vector<std::string> Sales::barred_for(const std::string& asked) { return texts_of(store_, "SELECT person FROM do_not_contact_asked WHERE asked = ? ORDER BY person", asked); }

std::vector<std::string> Sales::asked_by(const std::vector<std::string>& persons) {
    return texts_of(store_, "SELECT DISTINCT asked FROM do_not_contact_asked WHERE person IN (SELECT value FROM json_each(?)) AND person IN (SELECT person FROM do_not_contact WHERE why = 'revoked') ORDER BY asked",
                    nlohmann::json(persons).dump());
}

std::int64_t Sales::unbar(const std::string& asked, const std::vector<std::string>& also) {
    const std::string unknown = nlohmann::json(also).dump();
    std::set<std::string> touched;
    for (auto& person : barred_for(asked)) touched.insert(std::move(person));
    for (auto& person : texts_of(store_, "SELECT person FROM do_not_contact_asked WHERE asked = '' AND person IN (SELECT value FROM json_each(?))", unknown)) touched.insert(std::move(person));
    SQLite::Statement taken_back(store_.db(), "DELETE FROM do_not_contact_asked WHERE asked = ?1 OR (asked = '' AND person IN (SELECT value FROM json_each(?2)))");
    taken_back.bind(1, asked);
    taken_back.bind(2, unknown);
    taken_back.exec();
    SQLite::Statement free(store_.db(), "DELETE FROM do_not_contact WHERE why = 'revoked' AND person IN (SELECT value FROM json_each(?)) AND person NOT IN (SELECT person FROM do_not_contact_asked)");
    free.bind(1, nlohmann::json(touched).dump());
    return free.exec();
}

std::int64_t Sales::bar(const std::vector<std::string>& phones, const std::vector<std::string>& emails, const std::string& why, const std::string& asked) {
    SQLite::Statement s(store_.db(), "INSERT INTO do_not_contact (person, kind, why, at) VALUES (?, ?, ?, ?) "
                                     "ON CONFLICT (person) DO UPDATE SET why = excluded.why WHERE excluded.why = 'forgotten' AND why <> 'forgotten'");
    SQLite::Statement by(store_.db(), "INSERT OR IGNORE INTO do_not_contact_asked (person, asked, at) SELECT person, ?2, ?3 FROM do_not_contact WHERE person = ?1 AND why = 'revoked'");
    std::int64_t added = 0;
    const auto add = [&](const std::string& key, const char* kind) {
        s.reset();
        s.bind(1, key);
        s.bind(2, kind);
        s.bind(3, why);
        s.bind(4, store_.now());
        added += s.exec();
        by.reset();
        by.bind(1, key);
        by.bind(2, asked);
        by.bind(3, store_.now());
        by.exec();
    };
    for (const auto& phone : phones) add(phone_key(phone), "phone");
    for (const auto& email : emails) add(email_key(email), "email");
    return added;
}

std::int64_t Sales::bar_of(const std::string& identity, const std::string& why, const std::string& asked) {
    SQLite::Statement s(store_.db(), "INSERT OR IGNORE INTO do_not_contact (person, kind, why, at) "
                                     "SELECT phone_key, 'phone', ?2, ?3 FROM sale WHERE identity = ?1 AND phone_key <> '' UNION "
                                     "SELECT email_key, 'email', ?2, ?3 FROM sale WHERE identity = ?1 AND email_key <> '' UNION "
                                     "SELECT phone_key, 'phone', ?2, ?3 FROM sale_other_phone WHERE identity = ?1");
    s.bind(1, identity);
    s.bind(2, why);
    s.bind(3, store_.now());
    const std::int64_t added = s.exec();
    SQLite::Statement by(store_.db(), "INSERT OR IGNORE INTO do_not_contact_asked (person, asked, at) "
                                      "SELECT person, ?2, ?3 FROM do_not_contact WHERE why = 'revoked' AND person IN (SELECT person FROM sale_person WHERE identity = ?1)");
    by.bind(1, identity);
    by.bind(2, asked);
    by.bind(3, store_.now());
    by.exec();
    return added;
}

}  // namespace bindery
