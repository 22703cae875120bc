#pragma once
// FILE.rejects.csv beside an import's input: the rows that couldn't land, with line and reason, to be mended and imported again: each
// cell says there what it said in the input. It appears whole or not at all; an old one is replaced, or goes when there's nothing to
// reject.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "csv/reader.h"

namespace bindery {

class RejectFile {
  public:
    RejectFile(const std::filesystem::path& input, const std::vector<std::string>& headers);
    ~RejectFile();
    RejectFile(const RejectFile&) = delete;
    RejectFile& operator=(const RejectFile&) = delete;

    // Returns the reason as it is kept, for as long as this lives.
    const std::string& add(const CsvRow& row, const std::string& reason);
    std::int64_t count() const { return count_; }
    const std::map<std::string, std::int64_t>& reasons() const { return reasons_; }
    // Puts it in place. Returns its path, or an empty one when there's none; Error(store) when it can't be written.
    std::filesystem::path finish();

    static std::filesystem::path path_of(const std::filesystem::path& input);

  private:
    void open();
    std::filesystem::path path_, part_;
    std::vector<std::string> headers_;  // without those that reject files add
    std::vector<bool> keeps_;           // of the input's columns
    std::ofstream out_;
    std::int64_t count_ = 0;
    std::map<std::string, std::int64_t> reasons_;
    bool finished_ = false;
};

}  // namespace bindery
