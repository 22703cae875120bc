#include "store/job_sql.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/nearest.h"
#include "store/sql_functions.h"
#include "store/sql_guard.h"
#include "store/sql_text.h"
#include "store/store.h"

namespace bindery {
namespace {

constexpr int kBusyMilliseconds = 10'000;
constexpr int kStepsBetweenLooks = 50'000;

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const std::string closest = nearest(word, known);
    return closest.empty() ? std::string() : "; did you mean " + closest + "?";
}

std::optional<Date> today_of(const Values& parameters) {
    const auto today = parameters.find("today");
    if (today == parameters.end() || !today->second.is_string()) return std::nullopt;
    return parse_date(today->second.get_ref<const std::string&>());
}

// At most 15 significant digits and an ordinary size: a double holds it and gives it back.
bool fits_double(const std::string& lexeme) {
    if (lexeme.find_first_of("eE") != std::string::npos) return false;
    return std::count_if(lexeme.begin(), lexeme.end(), [](char c) { return c >= '0' && c <= '9'; }) <= 15;
}

void bind_text(sqlite3_stmt* statement, int at, const std::string& text) {
    sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void bind_value(sqlite3_stmt* statement, int at, const json& value) {
    if (value.is_null()) {
        sqlite3_bind_null(statement, at);
    } else if (value.is_boolean()) {
        sqlite3_bind_int(statement, at, value.get<bool>() ? 1 : 0);
    } else if (value.is_string()) {
        bind_text(statement, at, value.get_ref<const std::string&>());
    } else if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
        bind_text(statement, at, value.dump());
    } else if (value.is_number_integer()) {
        sqlite3_bind_int64(statement, at, value.get<std::int64_t>());
    } else if (value.is_number_float()) {
        sqlite3_bind_double(statement, at, value.get<double>());
    } else if (is_number(value)) {
        const std::string lexeme = dump_exact(value);
        if (fits_double(lexeme)) {
            sqlite3_bind_double(statement, at, std::stod(lexeme));
        } else {
            bind_text(statement, at, lexeme);
        }
    } else {
        bind_text(statement, at, dump_exact(value));
    }
}

json real_value(double value, const std::string& column) {
    if (!std::isfinite(value)) throw Error(ErrorCode::sql, "the column " + column + " isn't a finite number");
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.15g", value);
    std::string lexeme = digits;
    if (lexeme.find_first_of(".e") == std::string::npos) lexeme += ".0";
    return exact_number(lexeme);
}

// Bytes that aren't UTF-8 (printf and its kin cut by bytes) become U+FFFD, so that one odd name doesn't stop a job.
std::string readable_text(std::string text) {
    const auto is_high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (std::none_of(text.begin(), text.end(), is_high)) return text;
    return json::parse(json(std::move(text)).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

json cell(sqlite3_stmt* statement, int at) {
    switch (sqlite3_column_type(statement, at)) {
        case SQLITE_NULL:
            return nullptr;
        case SQLITE_INTEGER:
            return sqlite3_column_int64(statement, at);
        case SQLITE_FLOAT:
            return real_value(sqlite3_column_double(statement, at), sqlite3_column_name(statement, at));
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
            return readable_text(std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, at))));
        }
        default:
            throw Error(ErrorCode::sql, std::string("the column ") + sqlite3_column_name(statement, at) + " is binary",
                        "Select text, numbers or hex(…) of it.");
    }
}

std::vector<std::string> column_names(sqlite3_stmt* statement) {
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) names.emplace_back(sqlite3_column_name(statement, i));
    return names;
}

}  // namespace

struct JobSql::Impl {
    Impl(const std::filesystem::path& store, Values values, SqlLimits allowed);

    Statement compile(const std::string& sql);
    void run(sqlite3_stmt* statement, const std::function<void()>& row);
    void ours(const char* sql);  // a statement of Bindery itself

    std::filesystem::path file;
    Values parameters;
    SqlLimits limits;
    SQLite::Database db;
    SqlGuard guard;
    SqlFunctions functions;

  private:
    void set_limits();
    void bind(sqlite3_stmt* statement, const std::string& sql);
    [[noreturn]] void refuse_compiled(const std::string& sql);
    [[noreturn]] void fail_running();
    std::string known_columns_hint(const std::string& word);
    static int looked(void* self);

    sqlite3* handle() { return db.getHandle(); }

    std::int64_t steps_ = 0;
    int running_ = 0;
    enum class Ended { no, too_long, stopped } ended_ = Ended::no;
};

namespace {

SQLite::Database open_for_job_sql(const std::filesystem::path& file) {
    try {
        SQLite::Database db(std::filesystem::absolute(file).string(), SQLite::OPEN_READONLY, kBusyMilliseconds);
        db.exec("PRAGMA query_only = ON");
        return db;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, file);
    }
}

}  // namespace

JobSql::Impl::Impl(const std::filesystem::path& store, Values values, SqlLimits allowed)
    : file(store),
      parameters(std::move(values)),
      limits(std::move(allowed)),
      db(open_for_job_sql(store)),
      guard(db.getHandle()),
      functions(db.getHandle(), today_of(parameters)) {
    set_limits();
    sqlite3_progress_handler(handle(), kStepsBetweenLooks, &Impl::looked, this);
}

void JobSql::Impl::set_limits() {
    const std::pair<int, int> bounds[] = {
        {SQLITE_LIMIT_LENGTH, limits.text},      {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
        {SQLITE_LIMIT_EXPR_DEPTH, 300},          {SQLITE_LIMIT_COMPOUND_SELECT, 200},
        {SQLITE_LIMIT_VDBE_OP, 500'000},         {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500}, {SQLITE_LIMIT_VARIABLE_NUMBER, 1'000},
        {SQLITE_LIMIT_WORKER_THREADS, 0}};
    for (const auto& [what, bound] : bounds) sqlite3_limit(handle(), what, bound);
}

int JobSql::Impl::looked(void* self) {
    auto& own = *static_cast<Impl*>(self);
    own.steps_ += kStepsBetweenLooks;
    if (own.steps_ > own.limits.steps) own.ended_ = Ended::too_long;
    if (own.limits.stop && own.limits.stop()) own.ended_ = Ended::stopped;
    return own.ended_ == Ended::no ? 0 : 1;
}

void JobSql::Impl::ours(const char* sql) {
    const SqlGuard::Aside aside(guard);
    if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw Error(ErrorCode::store, "the store " + file.string() + " can't be read: " + sqlite3_errmsg(handle()));
    }
}

Statement JobSql::Impl::compile(const std::string& sql) {
    check_sql_text(sql);
    if (running_ == 0) {
        steps_ = 0;
        ended_ = Ended::no;
    }
    guard.look_again();
    sqlite3_stmt* prepared = nullptr;
    const int rc = sqlite3_prepare_v2(handle(), sql.c_str(), static_cast<int>(sql.size()) + 1, &prepared, nullptr);
    Statement statement(prepared);
    if (rc != SQLITE_OK) refuse_compiled(sql);
    if (!statement || sqlite3_column_count(prepared) == 0 || !sqlite3_stmt_readonly(prepared) ||
        sqlite3_stmt_isexplain(prepared)) {
        throw Error(ErrorCode::config, "only a SELECT can stand here");
    }
    bind(prepared, sql);
    return statement;
}

void JobSql::Impl::bind(sqlite3_stmt* statement, const std::string& sql) {
    for (int at = 1; at <= sqlite3_bind_parameter_count(statement); ++at) {
        const char* written = sqlite3_bind_parameter_name(statement, at);
        const std::string name = written == nullptr ? "?" : written;
        const auto value = parameters.find(name.substr(1));
        if (name.front() == ':' && value != parameters.end()) {
            bind_value(statement, at, value->second);
            continue;
        }
        std::vector<std::string> known;
        for (const auto& [parameter, unused] : parameters) known.push_back(":" + parameter);
        const auto tokens = sql_tokens(sql);
        const auto place =
            std::find_if(tokens.begin(), tokens.end(), [&](const SqlToken& token) { return token.text == name; });
        const std::string where = place == tokens.end() ? "" : " " + sql_position(sql, place->offset);
        throw Error(ErrorCode::config,
                    "SQL" + where + ": the parameter " + name + " has no value" + did_you_mean(name, known),
                    "Give it under vars: of the job; :today and :now are always there.");
    }
}

void JobSql::Impl::refuse_compiled(const std::string& sql) {
    const int offset = sqlite3_error_offset(handle());
    const std::string where = offset < 0 ? "SQL" : "SQL " + sql_position(sql, static_cast<std::size_t>(offset));
    const int code = sqlite3_errcode(handle());
    std::string message = guard.refusal().empty() ? sqlite3_errmsg(handle()) : guard.refusal();
    if (code != SQLITE_ERROR && code != SQLITE_AUTH && code != SQLITE_TOOBIG && code != SQLITE_RANGE) {
        throw Error(ErrorCode::store, "the store " + file.string() + " can't be read: " + message);
    }
    const auto named = [&message](const std::string& prefix) {
        if (!message.starts_with(prefix)) return std::string();
        const std::size_t dot = message.rfind('.');
        return dot == std::string::npos ? message.substr(prefix.size()) : message.substr(dot + 1);
    };
    std::string hint;
    if (const std::string table = named("no such table: "); !table.empty()) {
        message += did_you_mean(table, guard.readable());
        hint =
            "A dataset's view exists once a service file names the resource: service.resource becomes "
            "service_resource.";
    } else if (const std::string column = named("no such column: "); !column.empty()) {
        message += known_columns_hint(column);
    } else if (const std::string function = named("no such function: "); !function.empty()) {
        message += did_you_mean(function, SqlGuard::functions());
    }
    throw Error(ErrorCode::config, where + ": " + message, hint);
}

std::string JobSql::Impl::known_columns_hint(const std::string& word) {
    const SqlGuard::Aside aside(guard);
    std::vector<std::string> names;
    const auto keep = [](void* list, int, char** cells, char**) {
        if (cells[0] != nullptr) static_cast<std::vector<std::string>*>(list)->emplace_back(cells[0]);
        return 0;
    };
    sqlite3_exec(
        handle(),
        "SELECT DISTINCT c.name FROM main.sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'view'",
        keep, &names, nullptr);
    return did_you_mean(word, names);
}

void JobSql::Impl::run(sqlite3_stmt* statement, const std::function<void()>& row) {
    struct Running {
        int& count;
        explicit Running(int& running) : count(running) { ++count; }
        ~Running() { --count; }
    } const running(running_);
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) row();
    if (rc != SQLITE_DONE) fail_running();
}

void JobSql::Impl::fail_running() {
    if (ended_ == Ended::stopped)
        throw Error(ErrorCode::interrupted, "the SQL was stopped", {}, Reach::job, Again::later);
    if (ended_ == Ended::too_long) {
        throw Error(
            ErrorCode::sql, "the SQL was ended after " + std::to_string(limits.steps) + " steps",
            "A join without a matching column is the usual cause; join on columns that end in _key, or on key.");
    }
    const std::string message = sqlite3_errmsg(handle());
    const int code = sqlite3_errcode(handle());
    const bool is_sql =
        code == SQLITE_ERROR || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH || code == SQLITE_RANGE;
    if (is_sql) throw Error(ErrorCode::sql, "the SQL failed: " + message);
    throw Error(ErrorCode::store, "the store " + file.string() + " can't be read: " + message, {}, Reach::job,
                code == SQLITE_BUSY ? Again::later : Again::never);
}

JobSql::JobSql(const std::filesystem::path& store, Values parameters, SqlLimits limits)
    : make_([store, parameters = std::move(parameters), limits = std::move(limits)] { return std::make_unique<Impl>(store, parameters, limits); }) {}
JobSql::~JobSql() = default;
JobSql::JobSql(JobSql&&) noexcept = default;

JobSql::Impl& JobSql::open() {
    if (!impl_) impl_ = make_();
    return *impl_;
}

// A transaction sees what its first read saw.
void JobSql::hold_snapshot() {
    open().ours("BEGIN; SELECT count(*) FROM main.sqlite_master");
}
void JobSql::release_snapshot() {
    open().ours("COMMIT");
}

std::vector<std::string> JobSql::columns(const std::string& sql) {
    return column_names(open().compile(sql).get());
}

void JobSql::for_each(const std::string& sql, const std::function<void(const Values& row)>& row) {
    const Statement statement = open().compile(sql);
    const std::vector<std::string> names = column_names(statement.get());
    for (auto name = names.begin(); name != names.end(); ++name) {
        if (std::find(names.begin(), name, *name) == name) continue;
        throw Error(ErrorCode::config, "the SQL gives two columns the name " + *name,
                    "Name one of them otherwise: … AS other_name.");
    }
    open().run(statement.get(), [&] {
        Values values;
        for (std::size_t i = 0; i < names.size(); ++i) values[names[i]] = cell(statement.get(), static_cast<int>(i));
        row(values);
    });
}

void JobSql::for_each_cells(const std::string& sql, const std::function<void(const std::vector<json>& cells)>& row) {
    const Statement statement = open().compile(sql);
    open().run(statement.get(), [&] {
        std::vector<json> cells;
        for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) cells.push_back(cell(statement.get(), i));
        row(cells);
    });
}

}  // namespace bindery
