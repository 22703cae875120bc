#pragma once
// A file that is read once from front to back and again at places, open from construction to destruction. Safe to read from
// several threads. Knows whether it's whole: nobody writes it when it's opened, and it's the same when the reading has ended.
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/clock.h"

namespace bindery {

class InputFile {
  public:
    // Error(usage) with what to do: it isn't there, is a directory, no regular file or empty, can't be read, or is being written.
    static InputFile open(const std::filesystem::path& path);

    InputFile(InputFile&& other) noexcept;
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    InputFile& operator=(InputFile&&) = delete;
    ~InputFile();

    // As many bytes as there are, at most `n`; 0 at the end only. Error(store) when the disk fails.
    std::size_t read_at(std::uint64_t offset, char* to, std::size_t n) const;
    std::uint64_t size() const { return static_cast<std::uint64_t>(stat_.st_size); }
    WallTime modified() const;
    std::string hash() const;        // 32 hex digits, XXH3-128 of the bytes
    void check_unchanged() const;    // Error(mapping) when the path leads to another file, or to one with other size or time
    const std::string& name() const { return name_; }  // the path as given, for messages

  private:
    InputFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
    int descriptor_;
    std::string name_;
    struct stat stat_ {};
};

}  // namespace bindery
