#pragma once
// Secrets by name: environment (BINDPILOT_API_KEY for bindpilot_api_key), then $CREDENTIALS_DIRECTORY/NAME, then
// secrets_dir/NAME, which only its owner may read. Never from YAML. A secret is trimmed of white space at its ends; one
// that is empty or holds a control character is refused.
#include <filesystem>
#include <optional>
#include <string>

#include "config/settings.h"

namespace bindery {

// Throws Error(config) that names the three places where it was looked for (never a value).
std::string read_secret(const std::string& name, const Environment& environment,
                        const std::filesystem::path& secrets_dir);

// One that may not be there yet: nullopt. One that is there and no good is refused all the same.
struct FoundSecret {
    std::string text;
    std::string where;      // for messages: "the secret file …"
    bool in_dir = false;    // it came from secrets_dir
};
std::optional<FoundSecret> find_secret(const std::string& name, const Environment& environment, const std::filesystem::path& secrets_dir);

// Writes a secret to secrets_dir, which is made (0700) if need be: whole or not at all, mode 0600, durable. Error(config) when it
// can't be written, which `may_write_secret` tells beforehand.
void write_secret(const std::string& name, const std::string& text, const std::filesystem::path& secrets_dir);
void may_write_secret(const std::string& name, const std::filesystem::path& secrets_dir);

// Where read_secret finds it, for a message about a secret that a service refuses: "the environment variable …", "the file …".
std::string secret_place(const std::string& name, const Environment& environment, const std::filesystem::path& secrets_dir);

}  // namespace bindery
