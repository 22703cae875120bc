#pragma once
// A folder of its own for a test, and what a call that must fail says.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/error.h"

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "bindery_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Folder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, const std::string& text) const {
        const std::filesystem::path file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file;
    }

    // The message of the Error(config) that `call` throws, paths taken from this folder; "" when it throws none.
    template <typename Call>
    std::string message(Call call) const {
        try {
            (void)call();
        } catch (const bindery::Error& e) {
            std::string text = e.what();
            const std::string prefix = path_.string() + "/";
            for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) text.erase(at, prefix.size());
            return e.code() == bindery::ErrorCode::config ? text : "not Error(config): " + text;
        }
        return {};
    }

  private:
    std::filesystem::path path_;
};
