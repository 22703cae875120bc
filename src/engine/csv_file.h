#pragma once
// A CSV file that appears whole or not at all (a temporary name, then a rename), 0600; or stdout.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/field.h"
#include "csv/writer.h"

namespace bindery {

// Whether a field's cells are text to a table program; the others are numbers and dates, which it may read as such.
bool is_text_column(FieldType type);

class CsvFile {
  public:
    // `text`: see csv/writer.h. Throws Error(store) with what to do.
    CsvFile(const std::filesystem::path& to, bool bom, CellGuard guard);
    ~CsvFile();  // a file that wasn't finished leaves nothing
    CsvFile(const CsvFile&) = delete;
    CsvFile& operator=(const CsvFile&) = delete;

    void header(const std::vector<std::string>& names, std::vector<bool> text);
    void row(const std::vector<std::string_view>& cells);
    void row(const std::vector<std::string_view>& cells, const std::vector<bool>& text);  // where the cells know it, not the columns
    void finish();
    std::int64_t rows() const { return rows_; }

  private:
    void flush();
    [[noreturn]] void fail() const;
    void refuse_what_is_no_export() const;
    std::filesystem::path to_, part_;
    CellGuard guard_;
    std::vector<bool> text_;
    std::string buffer_;
    int descriptor_ = -1;
    bool own_ = false;  // a file of ours, not stdout
    std::int64_t rows_ = 0;
};

}  // namespace bindery
