#include "store/told.h"

#include <SQLiteCpp/SQLiteCpp.h>

namespace bindery {

Troubles Told::read() {
    try {
        Troubles troubles;
        SQLite::Statement s(store_.db(), "SELECT key, level, text FROM trouble WHERE key <> ''");
        while (s.executeStep()) troubles[s.getColumn(0).getString()] = {s.getColumn(2).getString(), s.getColumn(1).getInt64()};
        return troubles;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
}

// A row is written and taken away again, larger than what is told of at one time.
void Told::need_room() {
    constexpr int kRoom = 64 * 1024;
    store_.transaction([&] {
        SQLite::Statement s(store_.db(), "INSERT OR REPLACE INTO trouble (key, level, text, since, told_at) VALUES ('', 0, hex(zeroblob(?1 / 2)), ?2, ?2)");
        s.bind(1, kRoom);
        s.bind(2, store_.now());
        s.exec();
    });
    store_.transaction([&] { store_.db().exec("DELETE FROM trouble WHERE key = ''"); });
}

void Told::write(const Troubles& known) {
    store_.transaction([&] {
        const Troubles before = read();
        for (const auto& [key, trouble] : before) {
            if (known.contains(key)) continue;
            SQLite::Statement gone(store_.db(), "DELETE FROM trouble WHERE key = ?");
            gone.bind(1, key);
            gone.exec();
        }
        for (const auto& [key, trouble] : known) {
            SQLite::Statement s(store_.db(), "INSERT INTO trouble (key, level, text, since, told_at) VALUES (?1, ?2, ?3, ?4, ?4) "
                                             "ON CONFLICT (key) DO UPDATE SET level = excluded.level, text = excluded.text, told_at = excluded.told_at");
            s.bind(1, key);
            s.bind(2, trouble.level);
            s.bind(3, trouble.text);
            s.bind(4, store_.now());
            s.exec();
        }
    });
}

}  // namespace bindery
