#pragma once
// Files made of text, and what comes out of them.
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "csv/encoding.h"
#include "csv/input_file.h"
#include "csv/reader.h"
#include "support/temp_folder.h"

namespace bindery::test {

inline std::filesystem::path write(const TempFolder& folder, const std::string& name, const std::string& bytes) {
    const auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

struct ReadRow {
    std::vector<std::string> cells;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    std::int64_t line = 0;
};

inline std::vector<ReadRow> rows_of(const InputFile& file, const TextFormat& format) {
    std::vector<ReadRow> rows;
    CsvReader reader(file, format);
    for (CsvRow row; reader.next(row);) rows.push_back({{row.cells.begin(), row.cells.end()}, row.offset, row.length, row.line});
    return rows;
}

inline std::vector<ReadRow> rows_of(const std::string& bytes, const std::string& encoding = "", char delimiter = 0) {
    const TempFolder folder;
    const InputFile file = InputFile::open(write(folder, "in.csv", bytes));
    return rows_of(file, tell_format(file, encoding, delimiter));
}

using Table = std::vector<std::vector<std::string>>;

inline Table cells_of(const std::string& bytes, const std::string& encoding = "", char delimiter = 0) {
    Table table;
    for (ReadRow& row : rows_of(bytes, encoding, delimiter)) table.push_back(std::move(row.cells));
    return table;
}

struct Failure {
    ErrorCode code = ErrorCode::internal;
    std::string message, hint;
};

// Fails the test when nothing is thrown, or without a hint.
inline Failure failure_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        CHECK_FALSE(error.hint().empty());
        return {error.code(), error.what(), error.hint()};
    }
    FAIL("nothing was thrown");
    return {};
}

}  // namespace bindery::test
