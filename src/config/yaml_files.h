#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "config/faults.h"

namespace bindery {

// The .yaml files of a folder, sorted; hidden files and editors' leftovers (x.yaml~, x.yaml.bak, #x.yaml#) aren't any. A folder that
// can't be read is a fault of `key`.
std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder, const std::string& key, Faults& faults);

}  // namespace bindery
