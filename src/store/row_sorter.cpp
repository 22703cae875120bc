#include "store/row_sorter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "store/store.h"

namespace bindery {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;
constexpr std::size_t kWriteBytes = 1U << 20U;

// Before the key's bytes; copied in and out, so it may stand anywhere.
struct Head {
    std::uint64_t hash, offset;
    std::int64_t line;
    std::uint64_t key_size;
};

Head head_at(const char* bytes) {
    Head head;
    std::memcpy(&head, bytes, sizeof head);
    return head;
}

std::string_view key_at(const char* bytes) { return {bytes + sizeof(Head), head_at(bytes).key_size}; }

SortedRow row_at(const char* bytes) {
    const Head head = head_at(bytes);
    return {key_at(bytes), head.hash, {head.offset, head.line}};
}

// Orders as the bytes do; a key that ends early comes first or ties.
std::uint64_t prefix_of(std::string_view key, std::size_t from) {
    std::uint64_t prefix = 0;
    for (std::size_t i = from; i < from + sizeof prefix; ++i) prefix = prefix << 8U | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
    return prefix;
}

[[noreturn]] void fail(const std::filesystem::path& folder) {
    const int code = errno;
    rethrow_store_error(std::filesystem::filesystem_error("can't sort the rows of an import", folder, std::error_code(code, std::generic_category())), folder);
}

// Keys are people's data: nobody else can open it, and it's gone when the process is.
int nameless_file(const std::filesystem::path& folder) {
    const int direct = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (direct >= 0) return direct;
    std::string name = (folder / "import-XXXXXX").string();
    const int file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) fail(folder);
    ::unlink(name.c_str());
    return file;
}

}  // namespace

RowSorter::RowSorter(std::filesystem::path folder, std::size_t memory) : folder_(folder.empty() ? "." : std::move(folder)), memory_(memory) {
    bytes_.reserve(memory);
}

RowSorter::~RowSorter() {
    if (file_ >= 0) ::close(file_);
}

void RowSorter::add(std::string_view key, std::uint64_t hash, RowPlace place) {
    const Head head{hash, place.offset, place.line, key.size()};
    const std::size_t at = bytes_.size();
    if (at > 0 && at + sizeof head + key.size() > memory_) {
        write_part();
        return add(key, hash, place);
    }
    bytes_.resize(at + sizeof head + key.size());
    std::memcpy(bytes_.data() + at, &head, sizeof head);
    std::copy(key.begin(), key.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at + sizeof head));
    entries_.push_back({0, static_cast<std::uint32_t>(at)});
    ++count_;
}

void RowSorter::sort_entries() {
    if (entries_.empty()) return;
    const auto key = [this](const Entry& entry) { return key_at(bytes_.data() + entry.at); };
    const std::string_view first = key(entries_.front());
    std::size_t common = first.size();
    for (const Entry& entry : entries_) {
        const std::string_view other = key(entry);
        const auto end = first.begin() + static_cast<std::ptrdiff_t>(std::min(common, other.size()));
        common = static_cast<std::size_t>(std::mismatch(first.begin(), end, other.begin()).first - first.begin());
    }
    for (Entry& entry : entries_) entry.prefix = prefix_of(key(entry), common);
    const auto less = [&](const Entry& a, const Entry& b) {
        if (a.prefix != b.prefix) return a.prefix < b.prefix;
        const int order = key(a).compare(key(b));
        return order != 0 ? order < 0 : a.at < b.at;
    };
    if (!std::is_sorted(entries_.begin(), entries_.end(), less)) std::sort(entries_.begin(), entries_.end(), less);
}

void RowSorter::write_part() {
    sort_entries();
    if (file_ < 0) file_ = nameless_file(folder_);
    Part part;
    part.begin = written_;
    std::string buffer;
    const auto flush = [&] {
        for (std::size_t done = 0; done < buffer.size();) {
            const ssize_t n = ::pwrite(file_, buffer.data() + done, buffer.size() - done, static_cast<off_t>(written_));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) fail(folder_);
            done += static_cast<std::size_t>(n);
            written_ += static_cast<std::uint64_t>(n);
        }
        buffer.clear();
    };
    for (const Entry& entry : entries_) {
        const char* bytes = bytes_.data() + entry.at;
        buffer.append(bytes, sizeof(Head) + head_at(bytes).key_size);
        if (buffer.size() >= kWriteBytes) flush();
    }
    flush();
    part.end = written_;
    parts_.push_back(std::move(part));
    bytes_.clear();
    entries_.clear();
}

void RowSorter::sort() {
    if (parts_.empty()) return sort_entries();
    write_part();
    std::vector<char>().swap(bytes_);
    std::vector<Entry>().swap(entries_);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (read(parts_[i])) put(i);
    }
}

bool RowSorter::next(SortedRow& row) {
    if (parts_.empty()) {
        if (given_ == entries_.size()) return false;
        row = row_at(bytes_.data() + entries_[given_++].at);
        return true;
    }
    // The row given before is the first part's: only now may it go.
    if (given_ > 0 && !heap_.empty()) {
        const std::size_t part = heap_.front();
        std::pop_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return before(b, a); });
        heap_.pop_back();
        if (read(parts_[part])) put(part);
    }
    if (heap_.empty()) return false;
    ++given_;
    row = parts_[heap_.front()].row;
    return true;
}

bool RowSorter::before(std::size_t a, std::size_t b) const {
    const int order = parts_[a].row.key.compare(parts_[b].row.key);
    return order != 0 ? order < 0 : a < b;
}

void RowSorter::put(std::size_t part) {
    heap_.push_back(part);
    std::push_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return before(b, a); });
}

// The part's next row; false at its end.
bool RowSorter::read(Part& part) {
    if (part.at == part.buffer.size() && part.begin == part.end) return false;
    fill(part, sizeof(Head));
    const std::size_t size = sizeof(Head) + head_at(part.buffer.data() + part.at).key_size;
    fill(part, size);
    part.row = row_at(part.buffer.data() + part.at);
    part.at += size;
    return true;
}

void RowSorter::fill(Part& part, std::size_t needed) {
    if (part.buffer.size() - part.at >= needed) return;
    part.buffer.erase(part.buffer.begin(), part.buffer.begin() + static_cast<std::ptrdiff_t>(part.at));
    part.at = 0;
    std::size_t had = part.buffer.size();
    part.buffer.resize(had + static_cast<std::size_t>(std::min<std::uint64_t>(std::max(needed, kReadBytes), part.end - part.begin)));
    while (had < part.buffer.size()) {
        const ssize_t n = ::pread(file_, part.buffer.data() + had, part.buffer.size() - had, static_cast<off_t>(part.begin));
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = EIO;
        if (n <= 0) fail(folder_);
        had += static_cast<std::size_t>(n);
        part.begin += static_cast<std::uint64_t>(n);
    }
}

}  // namespace bindery
