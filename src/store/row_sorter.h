#pragma once
// The rows of an import in the order of their keys, in bounded memory: what doesn't fit is sorted in parts, in a nameless file beside
// the store. Rows of one key keep the order in which they were added. For this folder only.
//   RowSorter rows(folder); rows.add(…)…; rows.sort(); while (rows.next(row)) …
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "store/book_import.h"

namespace bindery {

struct SortedRow {
    std::string_view key;  // good until the next call of next()
    std::uint64_t hash = 0;
    RowPlace place;
};

class RowSorter {
  public:
    static constexpr std::size_t kMemory = 12U << 20U;
    explicit RowSorter(std::filesystem::path folder, std::size_t memory = kMemory);
    ~RowSorter();
    RowSorter(const RowSorter&) = delete;
    RowSorter& operator=(const RowSorter&) = delete;

    // All throw Error(store) when the disk is full or fails.
    void add(std::string_view key, std::uint64_t hash, RowPlace place);
    void sort();  // no row is added after it
    bool next(SortedRow& row);
    std::int64_t count() const { return count_; }

  private:
    struct Entry {  // of bytes_, as it is sorted
        std::uint64_t prefix;  // of its key, behind what all keys begin with: spares most looks at the key itself
        std::uint32_t at;
    };
    struct Part {  // of the file, sorted
        std::uint64_t begin = 0, end = 0;  // not read yet
        std::vector<char> buffer;
        std::size_t at = 0;
        SortedRow row;
    };

    void sort_entries();
    void write_part();
    bool read(Part& part);
    void fill(Part& part, std::size_t needed);
    bool before(std::size_t a, std::size_t b) const;
    void put(std::size_t part);

    std::filesystem::path folder_;
    std::size_t memory_;
    std::vector<char> bytes_;
    std::vector<Entry> entries_;
    std::size_t given_ = 0;  // of entries_, when all of them fit
    int file_ = -1;
    std::uint64_t written_ = 0;
    std::vector<Part> parts_;
    std::vector<std::size_t> heap_;  // parts with a row, the first one's in front
    std::int64_t count_ = 0;
};

}  // namespace bindery
