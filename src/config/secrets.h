#pragma once
// Secrets by name: environment (BINDPILOT_API_KEY for bindpilot_api_key), then $CREDENTIALS_DIRECTORY/NAME, then
// secrets_dir/NAME, which only its owner may read. Never from YAML. A secret is trimmed of white space at its ends; one
// that is empty or holds a control character is refused.
#include <filesystem>
#include <string>

#include "config/settings.h"

namespace bindery {

// Throws Error(config) that names the three places where it was looked for (never a value).
std::string read_secret(const std::string& name, const Environment& environment,
                        const std::filesystem::path& secrets_dir);

// Where read_secret finds it, for a message about a secret that a service refuses: "the environment variable …", "the file …".
std::string secret_place(const std::string& name, const Environment& environment, const std::filesystem::path& secrets_dir);

}  // namespace bindery
