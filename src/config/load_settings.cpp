#include <algorithm>

#include "config/check.h"
#include "config/keys.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "core/error.h"

extern char** environ;

namespace bindery {

namespace {

std::string variable(const Environment& environment, std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

// The user's state folder; empty when the environment doesn't tell.
std::filesystem::path state_folder(const Environment& environment) {
    const std::filesystem::path state = variable(environment, "XDG_STATE_HOME");
    if (state.is_absolute()) return state / "bindery";
    const std::filesystem::path home = variable(environment, "HOME");
    if (home.is_absolute()) return home / ".local" / "state" / "bindery";
    return {};
}

}  // namespace

Environment process_environment() {
    Environment environment;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos && equals > 0) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

std::shared_ptr<const Tree> read_checked(const std::filesystem::path& file, std::string_view kind,
                                         const Environment& environment, Faults& faults) {
    Faults own;
    std::shared_ptr<const Tree> tree = read_tree(file, environment, own);
    if (tree && tree->kind == Tree::Kind::null) {
        auto empty = std::make_shared<Tree>(*tree);
        empty->kind = Tree::Kind::map;
        tree = empty;
    }
    if (tree) check(*tree, file_shape(kind), own);
    faults.take(own);
    return own.empty() ? tree : nullptr;
}

void check_file_name(const std::filesystem::path& file, const std::string& key, const std::string& name,
                     const Place& place, Faults& faults) {
    if (file.stem() == name) return;
    faults.add(place, "`" + key + ": " + name + "` stands in a file called " + file.filename().string() +
                          "; rename one of them");
}

std::optional<Settings> read_settings(const std::filesystem::path& given, const Environment& environment,
                                      Faults& faults) {
    const std::filesystem::path file = std::filesystem::absolute(given).lexically_normal();
    const auto tree = read_checked(file, "bindery", environment, faults);
    if (!tree) return std::nullopt;
    const Reader read(tree.get());
    const std::filesystem::path folder = file.parent_path();
    const auto path = [&](std::string_view name, const std::filesystem::path& otherwise) {
        return (folder / read.text(name, otherwise.string())).lexically_normal();
    };
    Settings settings;
    settings.file = file;
    settings.store = path("store", "bindery.db");
    settings.secrets_dir = path("secrets_dir", "secrets");
    settings.services = path("services", "services");
    settings.books = path("books", "books");
    settings.csv = path("csv", "csv");
    settings.jobs = path("jobs", folder.filename() == "config" ? "../jobs" : "jobs");
    if (read.has("ca_file")) settings.ca_file = path("ca_file", "").string();
    Faults own;
    const std::filesystem::path state = state_folder(environment);
    if (!read.has("budget") && state.empty()) {
        own.add(tree->place,
                "`budget` has no default, for neither XDG_STATE_HOME nor HOME is set; say where the file of "
                "token budgets is");
    }
    settings.budget = path("budget", state / "budget.db");
    settings.contact = read.text("contact");
    if (!std::all_of(settings.contact.begin(), settings.contact.end(), [](char c) { return c >= 0x20 && c < 0x7F; })) {
        own.add(read.place("contact"), "`contact` goes into a header: one line of plain ASCII");
    }
    settings.timezone = read.text("timezone", settings.timezone);
    settings.log.level = read.below("log").text("level", settings.log.level);
    settings.log.format = read.below("log").text("format", settings.log.format);
    settings.web.port = static_cast<std::uint16_t>(read.below("web").integer("port", settings.web.port));
    settings.web.hosts = read.below("web").texts("host");
    settings.resume_within = read.duration("resume_within", settings.resume_within);
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return settings;
}

Settings load_settings(const std::filesystem::path& file, const Environment& environment) {
    Faults faults;
    const auto settings = read_settings(file, environment, faults);
    faults.throw_if_any();
    return *settings;
}

}  // namespace bindery
