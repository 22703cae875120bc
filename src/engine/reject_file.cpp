#include "engine/reject_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "core/error.h"
#include "core/text.h"
#include "csv/cell_rules.h"
#include "csv/columns.h"
#include "csv/writer.h"

namespace bindery {

std::filesystem::path RejectFile::path_of(const std::filesystem::path& input) {
    std::filesystem::path path = input;
    path += ".rejects.csv";
    return path;
}

RejectFile::RejectFile(const std::filesystem::path& input, const std::vector<std::string>& headers) : path_(path_of(input)), part_(path_) {
    for (const auto& header : headers) {
        const bool added = is_reject_column(header);
        keeps_.push_back(!added);
        if (!added) headers_.push_back(header);
    }
    part_ += ".part";
}

RejectFile::~RejectFile() {
    std::error_code ignored;
    if (!finished_ && count_ > 0) std::filesystem::remove(part_, ignored);
}

void RejectFile::open() {
    std::error_code ignored;
    std::filesystem::remove(part_, ignored);
    // Its owner's alone from the first byte on: the rows name clients.
    const int fd = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
    out_.open(part_, std::ios::binary);
    std::vector<std::string> headers = headers_;
    for (const char* more : kRejectColumns) headers.emplace_back(more);
    out_ << "\xEF\xBB\xBF" << csv_line(headers, CellGuard::safe, std::vector<bool>(headers.size(), true));
}

const std::string& RejectFile::add(const CsvRow& row, const std::string& reason) {
    if (count_++ == 0) open();
    const auto place = reasons_.try_emplace(reason).first;
    ++place->second;
    std::vector<std::string_view> cells;
    std::string surplus;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (i >= keeps_.size()) surplus += "," + std::string(row.cells[i]);
        else if (keeps_[i]) cells.push_back(cell_value(row.cells[i]));
    }
    cells.resize(headers_.size());
    if (!surplus.empty() && !cells.empty()) cells.back() = surplus.insert(0, cells.back());
    const std::string line = std::to_string(row.line);
    cells.push_back(line);
    cells.push_back(reason);
    // A number that Excel has shortened stays one: guarded it would be read as what it says.
    std::vector<bool> text;
    for (const std::string_view cell : cells) text.push_back(!is_shortened_number(trim(cell)));
    out_ << csv_line(cells, CellGuard::safe, text);
    return place->first;
}

std::filesystem::path RejectFile::finish() {
    std::error_code problem;
    if (count_ == 0) {
        std::filesystem::remove(path_, problem);
        finished_ = true;
        return {};
    }
    out_.close();
    if (out_) std::filesystem::rename(part_, path_, problem);
    if (!out_ || problem) {
        throw Error(ErrorCode::store, "can't write the rejected rows to " + path_.string(), "check the folder, its permissions and the free space, or copy the file elsewhere and import it there");
    }
    finished_ = true;
    return path_;
}

}  // namespace bindery
