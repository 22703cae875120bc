#pragma once
// One file of each kind, its faults noted instead of thrown, so that load_config can gather those of all files. nullopt
// when the file has a fault of its own.
#include <optional>

#include "config/faults.h"
#include "config/load.h"
#include "config/tree.h"

namespace bindery {

std::optional<Settings> read_settings(const std::filesystem::path& file, const Variables& variables,
                                      Faults& faults);
std::optional<Service> read_service(const std::filesystem::path& file, const Variables& variables, Faults& faults);
std::optional<Book> read_book(const std::filesystem::path& file, const Variables& variables, Faults& faults);
std::optional<Job> read_job(const std::filesystem::path& file, const std::string& zone, const Variables& variables,
                            Faults& faults);

// The file's tree, checked against its table of keys; nullptr when there is a fault. An empty file is an empty map.
std::shared_ptr<const Tree> read_checked(const std::filesystem::path& file, std::string_view kind,
                                         const Variables& variables, Faults& faults);

// Notes a fault when the file isn't called after the name in it.
void check_file_name(const std::filesystem::path& file, const std::string& key, const std::string& name,
                     const Place& place, Faults& faults);

}  // namespace bindery
