#include "engine/csv_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"

namespace bindery {
namespace {

constexpr std::size_t kBuffer = 1U << 18U;

}  // namespace

bool is_text_column(FieldType type) {
    switch (type) {
        case FieldType::money:
        case FieldType::integer:
        case FieldType::date:
        case FieldType::datetime:
        case FieldType::boolean: return false;
        default: return true;
    }
}

CsvFile::CsvFile(const std::filesystem::path& to, bool bom, CellGuard guard) : to_(to), part_(to), guard_(guard), own_(to != "-") {
    if (!own_) {
        descriptor_ = STDOUT_FILENO;
    } else {
        std::error_code ignored;
        if (std::filesystem::is_directory(to_, ignored)) throw Error(ErrorCode::usage, to_.string() + " is a folder", "name the file: --to FOLDER/NAME.csv");
        refuse_what_is_no_export();
        part_ += ".part";
        ::unlink(part_.c_str());
        descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor_ < 0) fail();
    }
    buffer_.reserve(kBuffer + 4096);
    if (bom) buffer_ = "\xEF\xBB\xBF";
}

// A slip of the hand must not cost the store, or what describes it.
void CsvFile::refuse_what_is_no_export() const {
    std::error_code ignored;
    const auto there = std::filesystem::status(to_, ignored);
    if (!std::filesystem::exists(there)) return;
    const std::string hint = "name a file of its own: --to NAME.csv";
    if (!std::filesystem::is_regular_file(there)) throw Error(ErrorCode::usage, to_.string() + " is no file", hint);  // a pipe isn't read either
    std::string first(15, '\0');
    std::ifstream(to_, std::ios::binary).read(first.data(), static_cast<std::streamsize>(first.size()));
    const std::string name = to_.filename().string(), end = to_.extension().string();
    const bool database = first == "SQLite format 3" || name.ends_with("-wal") || name.ends_with("-shm");
    if (database || end == ".yaml" || end == ".yml") throw Error(ErrorCode::usage, to_.string() + (database ? " belongs to a database" : " is a configuration file"), hint);
}

CsvFile::~CsvFile() {
    if (!own_ || descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(part_.c_str());
}

void CsvFile::fail() const {
    throw Error(ErrorCode::store, "can't write " + (own_ ? to_.string() : std::string("to stdout")) + ": " + std::strerror(errno),
                "check the folder, its permissions and the free space; an earlier file of that name is as it was");
}

void CsvFile::header(const std::vector<std::string>& names, std::vector<bool> text) {
    text_ = std::move(text);
    buffer_ += csv_line(names, guard_, std::vector<bool>(names.size(), true));
}

void CsvFile::row(const std::vector<std::string_view>& cells) {
    row(cells, text_);
}

void CsvFile::row(const std::vector<std::string_view>& cells, const std::vector<bool>& text) {
    buffer_ += csv_line(cells, guard_, text);
    ++rows_;
    if (buffer_.size() >= kBuffer) flush();
}

void CsvFile::flush() {
    for (std::size_t at = 0; at < buffer_.size();) {
        const ssize_t n = ::write(descriptor_, buffer_.data() + at, buffer_.size() - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail();
        at += static_cast<std::size_t>(n);
    }
    buffer_.clear();
}

void CsvFile::finish() {
    flush();
    if (!own_) return;
    if (::fsync(descriptor_) != 0) fail();
    ::close(descriptor_);
    descriptor_ = -1;
    if (::rename(part_.c_str(), to_.c_str()) == 0) return;
    const int problem = errno;
    ::unlink(part_.c_str());
    errno = problem;
    fail();
}

}  // namespace bindery
