#include "config/yaml_files.h"

#include <algorithm>

namespace bindery {

std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder, const std::string& key, Faults& faults) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator entry(folder, error);
    if (error) {
        faults.add({shown_path(folder), 0, 0}, "the folder of " + key + " can't be read: " + error.message());
        return files;
    }
    for (const auto end = std::filesystem::directory_iterator(); entry != end; entry.increment(error)) {
        const std::filesystem::path& path = entry->path();
        const std::string name = path.filename().string();
        const bool yaml = path.extension() == ".yaml" || path.extension() == ".yml";
        if (yaml && !name.starts_with('.') && !name.starts_with('#')) files.push_back(path);
    }
    if (error) faults.add({shown_path(folder), 0, 0}, "the folder of " + key + " can't be read to its end: " + error.message());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace bindery
