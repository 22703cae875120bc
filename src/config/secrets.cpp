#include "config/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "config/faults.h"
#include "core/error.h"

namespace bindery {

namespace {

constexpr std::size_t kMaxSecret = 64u << 10;

// An open file that closes itself.
class Descriptor {
  public:
    explicit Descriptor(const std::filesystem::path& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

[[noreturn]] void refuse(const std::string& what, const std::string& hint = {}) {
    throw Error(ErrorCode::config, what, hint, Reach::process);
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

// The secret without the white space around it; `where` is named when it's no secret.
std::string checked(const std::string& text, const std::string& where) {
    const char* blanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string::npos) refuse(where + " is empty", "put the key there, on one line");
    const std::string secret = text.substr(first, text.find_last_not_of(blanks) - first + 1);
    const bool control = std::any_of(secret.begin(), secret.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
    });
    if (control) refuse(where + " holds a control character or more than one line", "put the key there alone, on one line");
    return secret;
}

std::string quoted_for_shell(const std::string& path) {
    std::string out = "'";
    for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

constexpr const char* kNotYours = "run the command as the account that owns it (of an installed service: sudo bindery-agency AGENCY COMMAND)";
constexpr const char* kNotTheServices = "set `secrets_dir` in bindery.yaml to a folder of the service's own account, or let systemd hand it over (LoadCredential=, by systemctl edit): docs/webhooks.md";

// nullopt when the file isn't there. `owner_only`: refused when others may read it. `denied`: what to do when we may not.
std::optional<std::string> from_file(const std::filesystem::path& path, bool owner_only, const char* denied) {
    const std::string where = "the secret file " + path.string();
    const Descriptor file(path);
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        const bool no_right = errno == EACCES;
        refuse(where + " can't be read: " + std::strerror(errno), no_right ? denied : "");
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) refuse(where + " can't be read: " + std::strerror(errno));
    if (!S_ISREG(status.st_mode)) refuse(where + " is no plain file");
    if (owner_only && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        refuse(where + " can be read by others", "run: chmod 600 " + quoted_for_shell(path.string()));
    }
    std::string text(kMaxSecret + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + length, text.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(where + " can't be read: " + std::strerror(errno));
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length > kMaxSecret) refuse(where + " is over 64 KiB");
    text.resize(length);
    return checked(text, where);
}

}  // namespace

std::optional<FoundSecret> find_secret(const std::string& name, const Environment& environment, const std::filesystem::path& secrets_dir) {
    if (!is_name(name)) refuse("a secret's name has small letters, digits and _, and begins with a letter");
    const std::string variable = upper(name);
    if (const auto found = environment.find(variable); found != environment.end()) {
        const std::string where = "the environment variable " + variable;
        return FoundSecret{checked(found->second, where), where};
    }
    const auto credentials = environment.find("CREDENTIALS_DIRECTORY");
    const bool service = credentials != environment.end() && !credentials->second.empty();
    if (service) {
        const std::filesystem::path path = std::filesystem::path(credentials->second) / name;
        if (auto secret = from_file(path, false, kNotYours)) return FoundSecret{std::move(*secret), "the secret file " + path.string()};
    }
    const std::filesystem::path path = secrets_dir / name;
    if (auto secret = from_file(path, true, service ? kNotTheServices : kNotYours)) return FoundSecret{std::move(*secret), "the secret file " + path.string(), true};
    return std::nullopt;
}

std::string read_secret(const std::string& name, const Environment& environment,
                        const std::filesystem::path& secrets_dir) {
    if (auto found = find_secret(name, environment, secrets_dir)) return std::move(found->text);
    const auto credentials = environment.find("CREDENTIALS_DIRECTORY");
    const bool systemd = credentials != environment.end() && !credentials->second.empty();
    const std::string variable = upper(name);
    const std::string path = (secrets_dir / name).string();
    refuse("the secret " + name + " is nowhere: looked for the environment variable " + variable + ", " +
               (systemd ? (std::filesystem::path(credentials->second) / name).string() : "$CREDENTIALS_DIRECTORY/" + name + " (systemd; not set)") + " and " + path,
           "put it into " + path + " with mode 600, or set " + variable);
}

std::string secret_place(const std::string& name, const Environment& environment, const std::filesystem::path& secrets_dir) {
    if (const std::string variable = upper(name); environment.contains(variable)) return "the environment variable " + variable;
    if (const auto credentials = environment.find("CREDENTIALS_DIRECTORY"); credentials != environment.end() && !credentials->second.empty()) {
        const std::filesystem::path path = std::filesystem::path(credentials->second) / name;
        if (std::error_code ignored; std::filesystem::exists(path, ignored)) return "the file " + path.string();
    }
    return "the file " + (secrets_dir / name).string();
}

}  // namespace bindery
