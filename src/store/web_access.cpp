#include "store/web_access.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/ledger.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

// Each use has a hash of its own, so that one kind of token is never good as another.
std::string link_hash(Store& store, const std::string& token) { return store.keyed_hash("web link\n" + token); }
std::string session_hash(Store& store, const std::string& token) { return store.keyed_hash("web session\n" + token); }

int execute(Store& store, const char* sql, const std::vector<std::string>& values) {
    SQLite::Statement statement(store.db(), sql);
    for (std::size_t i = 0; i < values.size(); ++i) statement.bind(static_cast<int>(i) + 1, values[i]);
    return statement.exec();
}

bool finds(Store& store, const char* sql, const std::string& hash) {
    try {
        SQLite::Statement statement(store.db(), sql);
        statement.bind(1, hash);
        statement.bind(2, store.now());
        return statement.executeStep();
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::string later(Store& store, Duration by) {
    return rfc3339(store.clock().wall() + std::chrono::duration_cast<std::chrono::milliseconds>(by));
}

}  // namespace

std::string new_web_token() { return to_hex(random_bytes(32)); }

void WebAccess::allow_link(const std::string& token) {
    store_.transaction([&] {
        execute(store_, "DELETE FROM web_login WHERE expires_at <= ?", {store_.now()});
        execute(store_, "DELETE FROM web_session WHERE expires_at <= ?", {store_.now()});
        execute(store_, "INSERT INTO web_login (hash, created_at, expires_at) VALUES (?, ?, ?)",
                {link_hash(store_, token), store_.now(), later(store_, kLinkLives)});
        Ledger(store_).audit(std::nullopt, "web_link", "pages", "a one-time link was made");
    });
}

bool WebAccess::open_session(const std::string& link_token, const std::string& session_token) {
    bool opened = false;
    store_.transaction([&] {
        opened = execute(store_, "DELETE FROM web_login WHERE hash = ? AND expires_at > ?", {link_hash(store_, link_token), store_.now()}) == 1;
        if (!opened) return;
        execute(store_, "INSERT INTO web_session (hash, created_at, expires_at) VALUES (?, ?, ?)",
                {session_hash(store_, session_token), store_.now(), later(store_, kSessionLives)});
        Ledger(store_).audit(std::nullopt, "web_login", "pages", "a session was opened by a one-time link");
    });
    return opened;
}

bool WebAccess::session_is_open(const std::string& session_token) {
    return finds(store_, "SELECT 1 FROM web_session WHERE hash = ? AND expires_at > ?", session_hash(store_, session_token));
}

bool WebAccess::link_is_good(const std::string& token) {
    return finds(store_, "SELECT 1 FROM web_login WHERE hash = ? AND expires_at > ?", link_hash(store_, token));
}

void WebAccess::close_session(const std::string& session_token) {
    store_.transaction([&] {
        if (execute(store_, "DELETE FROM web_session WHERE hash = ?", {session_hash(store_, session_token)}) == 1)
            Ledger(store_).audit(std::nullopt, "web_logout", "pages", "a session was closed");
    });
}

int WebAccess::revoke_all() {
    int sessions = 0;
    store_.transaction([&] {
        sessions = execute(store_, "DELETE FROM web_session", {});
        execute(store_, "DELETE FROM web_login", {});
        Ledger(store_).audit(std::nullopt, "web_revoke", "pages", std::to_string(sessions) + " sessions were ended");
    });
    return sessions;
}

std::string WebAccess::form_token(const std::string& session_token) { return store_.keyed_hash("web form\n" + session_token); }

}  // namespace bindery
