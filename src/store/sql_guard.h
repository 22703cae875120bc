#pragma once
// What people's SQL may do on its connection: read the tables and views of the store less those with secrets, and call
// functions whose answer depends on their arguments alone. Everything else is refused while SQLite compiles.
#include <set>
#include <string>
#include <vector>

struct sqlite3;

namespace bindery {

class SqlGuard {
  public:
    // Shuts what SQLite can shut, and puts the authorizer in place. Must live as long as the connection.
    explicit SqlGuard(sqlite3* connection);
    SqlGuard(const SqlGuard&) = delete;
    SqlGuard& operator=(const SqlGuard&) = delete;

    // For our own statements on the connection: the guard stands aside while one of these lives.
    class Aside {
      public:
        explicit Aside(SqlGuard& guard) : guard_(guard), before_(guard.aside_) { guard_.aside_ = true; }
        ~Aside() { guard_.aside_ = before_; }
        Aside(const Aside&) = delete;
        Aside& operator=(const Aside&) = delete;

      private:
        SqlGuard& guard_;
        bool before_;
    };

    void look_again();  // the tables and views there are now; forgets the last refusal
    const std::string& refusal() const {
        return refusal_;
    }                                                    // why the last compilation was refused; empty: it wasn't by us
    std::vector<std::string> readable() const;           // tables and views that may be read, for messages
    static const std::vector<std::string>& functions();  // that may be called

  private:
    static int asked(void* self, int action, const char* first, const char* second, const char* database,
                     const char* view);
    bool allows(int action, const char* first, const char* second, const char* database);
    bool allows_read(const std::string& table, const std::string& column, const char* database);

    sqlite3* connection_;
    bool aside_ = false;
    std::set<std::string> tables_;  // in lower case
    std::string refusal_;
};

}  // namespace bindery
