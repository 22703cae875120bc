#pragma once
// SQLite's own date and time functions, asked on a connection apart, less what depends on when and where they run: the
// word 'now' however it was put together, a missing time value, 'localtime' and 'utc'.
#include <map>
#include <memory>
#include <string>
#include <utility>

struct sqlite3;
struct sqlite3_context;
struct sqlite3_stmt;
struct sqlite3_value;

namespace bindery {

class SqlDates {
  public:
    // Overrides date, time, datetime, julianday, strftime and unixepoch of `connection`; must live as long as it.
    explicit SqlDates(sqlite3* connection);
    ~SqlDates();
    SqlDates(const SqlDates&) = delete;
    SqlDates& operator=(const SqlDates&) = delete;

  private:
    struct Function {  // what SQLite hands back to us
        SqlDates* owner;
        std::string name;
    };
    static void called(sqlite3_context* context, int count, sqlite3_value** values);
    void call(sqlite3_context* context, const std::string& name, int count, sqlite3_value** values);
    sqlite3_stmt* statement(const std::string& name, int count);

    struct Close {
        void operator()(sqlite3* connection) const;
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3, Close> own_;
    std::map<std::pair<std::string, int>, std::unique_ptr<sqlite3_stmt, Close>> statements_;
    std::map<std::string, Function> functions_;
};

}  // namespace bindery
