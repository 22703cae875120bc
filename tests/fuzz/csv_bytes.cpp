#include "fuzz/csv_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.h"
#include "csv/columns.h"
#include "csv/encoding.h"
#include "csv/input_file.h"
#include "csv/profiles.h"
#include "csv/reader.h"
#include "csv/writer.h"

namespace bindery::test {

namespace {

void must(bool holds, const char* what) {
    if (!holds) throw std::logic_error(what);
}

// A file in memory that nobody has open for writing any more.
class MemoryFile {
  public:
    explicit MemoryFile(const std::string& bytes) {
        const int writer = memfd_create("csv", MFD_CLOEXEC);
        must(writer >= 0 && ::write(writer, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "memory for a file");
        reader_ = ::open(("/proc/self/fd/" + std::to_string(writer)).c_str(), O_RDONLY | O_CLOEXEC);
        ::close(writer);
        must(reader_ >= 0, "a file in memory is opened");
    }
    ~MemoryFile() { ::close(reader_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(reader_); }

  private:
    int reader_;
};

struct Row {
    std::vector<std::string> cells;
    std::uint64_t offset, length;
    std::int64_t line;
};

std::vector<std::string> owned(const CsvRow& row) {
    return {row.cells.begin(), row.cells.end()};
}

bool is_blank(const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) {
        if (cell.find_first_not_of(" \t\r\n\v\f") != std::string::npos) return false;
    }
    return true;
}

std::vector<Row> rows_of(const InputFile& file, const TextFormat& format) {
    std::vector<Row> rows;
    CsvReader reader(file, format);
    for (CsvRow row; reader.next(row);) {
        must(!row.cells.empty() && !is_blank(owned(row)), "no blank row is given out");
        must(row.offset + row.length <= file.size(), "a row is in the file");
        must(rows.empty() || (row.offset > rows.back().offset && row.line > rows.back().line), "rows follow each other");
        rows.push_back({owned(row), row.offset, row.length, row.line});
    }
    return rows;
}

void check_again(const InputFile& file, const TextFormat& format, const std::vector<Row>& rows) {
    CsvReader reader(file, format);
    CsvRow row;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& wanted = rows[(i * 7919) % rows.size()];
        reader.go_to(wanted.offset, wanted.line);
        must(reader.next(row), "a row is there again");
        must(owned(row) == wanted.cells && row.offset == wanted.offset && row.length == wanted.length && row.line == wanted.line, "a row reads the same again");
    }
}

void check_written(const std::vector<Row>& rows, CellGuard guard) {
    std::string text;
    for (const Row& row : rows) text += csv_line(row.cells, guard, {true, false, true});
    if (text.empty()) return;
    const MemoryFile memory("k\r\n" + text);
    const InputFile file = InputFile::open(memory.path());
    TextFormat format;
    format.delimiter = ',';
    const std::vector<Row> again = rows_of(file, format);
    std::size_t at = 1;
    for (const Row& row : rows) {
        must(at < again.size(), "what is written is read");
        std::vector<std::string> cells = again[at++].cells;
        for (std::string& cell : cells) {
            if (guard == CellGuard::safe) cell = std::string(without_guard(cell));
        }
        must(cells == row.cells, "what is written is read back, cell for cell");
    }
    must(at == again.size(), "nothing more is read than was written");
}

Mapping book(bool leads) {
    Mapping made;
    made.dataset = leads ? "book.leads" : "book.policies";
    const auto field = [&](const char* name, FieldType type, bool required = false) { made.fields.push_back({name, type, required, false, {}}); };
    field("policy_number", FieldType::policy_number);
    field("expiration_date", FieldType::date, !leads);
    field("name", FieldType::text);
    field("phone", FieldType::phone);
    field("email", FieldType::email);
    field("zip", FieldType::zip);
    field("premium", FieldType::money);
    made.key_fields = leads ? std::vector<std::vector<std::string>>{{"policy_number"}, {"email", "name"}} : std::vector<std::vector<std::string>>{{"policy_number", "expiration_date"}};
    return made;
}

std::vector<CsvProfile> profiles(bool dmy) {
    CsvProfile one, two;
    one.name = "one";
    one.dates = dmy ? DateOrder::dmy : DateOrder::mdy;
    one.columns = {{"policy_number", {CellSource{{{"Policy #", "P"}}, " ", NamePart::all}}},
                   {"name", {CellSource{{{"N"}}, " ", NamePart::name}, CellSource{{{"F"}, {"L"}}, " ", NamePart::all}}},
                   {"phone", {CellSource{{{"Area"}, {"Ph"}}, "-", NamePart::all}}}};
    two.name = "two";
    two.columns = {{"name", {CellSource{{{"N", "F"}}, " ", NamePart::last}}}, {"expiration_date", {CellSource{{{"E", "X"}}, " ", NamePart::all}}}};
    return {one, two};
}

void check_columns(const std::vector<Row>& rows, bool leads, bool dmy) {
    if (rows.empty()) return;
    const Mapping to = book(leads);
    CsvRow row;
    row.cells.assign(rows[0].cells.begin(), rows[0].cells.end());
    const std::vector<std::string> headers = headers_of(row);
    std::vector<std::vector<std::string>> cells;
    for (std::size_t i = 1; i < std::min<std::size_t>(rows.size(), 30); ++i) cells.push_back(rows[i].cells);
    must(!suggest_profile(headers, cells, to, profiles(dmy), "made").empty(), "a profile is suggested");
    const Columns columns = Columns::bind(headers, choose_profile(headers, profiles(dmy), to, "", "in.csv"), to, "in.csv");
    FlatRow flat;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        row.cells.assign(rows[i].cells.begin(), rows[i].cells.end());
        const auto fault = row_fault(row, columns);
        columns.apply(row, flat);
        must(flat.fields.size() == to.fields.size(), "each field has its place");
        must(!fault || !fault->empty(), "a fault has a reason");
        for (const auto& [header, text] : flat.others) must(!header.empty() && !text.empty(), "other columns have a header and text");
        must(row_hash(row, columns.hash_seed()) == row_hash(row, columns.hash_seed()), "a row has one hash");
    }
}

}  // namespace

void check_csv_bytes(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return;
    const unsigned choice = data[0];
    constexpr char kDelimiters[] = {0, ',', ';', '\t'};
    const char* encodings[] = {"", "utf-8", "windows-1252", ""};
    const MemoryFile memory(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
    try {
        const InputFile file = InputFile::open(memory.path());
        const TextFormat format = tell_format(file, encodings[(choice >> 2U) & 3U], kDelimiters[choice & 3U]);
        const std::vector<Row> rows = rows_of(file, format);
        check_again(file, format, rows);
        check_written(rows, CellGuard::raw);
        check_written(rows, CellGuard::safe);
        check_columns(rows, (choice & 16U) != 0, (choice & 32U) != 0);
        file.check_unchanged();
    } catch (const Error& error) {
        must(error.what()[0] != '\0' && !error.hint().empty(), "an error says what to do");
        must(error.code() == ErrorCode::mapping || error.code() == ErrorCode::usage, "an error is the file's fault");
    }
}

}  // namespace bindery::test
