#include <algorithm>
#include <fstream>
#include <set>

#include "config/check.h"
#include "config/keys.h"
#include "config/read_file.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "core/error.h"
#include "core/text.h"

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

bool is_address(const std::string& text) {
    const std::size_t at = text.find('@');
    return at != std::string::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '<' && c != '>' && c != ',' && c != ';'; });
}

// smtp://HOST or smtps://HOST, perhaps with a port, and with the name that we greet the server by as its path. No account in it: that is
// `user`.
bool is_mail_server(const std::string& text) {
    const std::size_t slashes = text.find("://");
    if (slashes == std::string::npos || (text.substr(0, slashes) != "smtp" && text.substr(0, slashes) != "smtps")) return false;
    std::string host = text.substr(slashes + 3), port;
    const auto named = [](char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_'; };
    if (const std::size_t slash = host.find('/'); slash != std::string::npos) {
        if (!std::all_of(host.begin() + static_cast<std::ptrdiff_t>(slash) + 1, host.end(), named)) return false;
        host.resize(slash);
    }
    const std::size_t colon = host.rfind(':');
    if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
        port = host.substr(colon + 1);
        host.resize(colon);
        const auto number = parse_integer(port).value;
        if (!number || *number < 1 || *number > 65535) return false;
    }
    return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) { return named(c) || c == ':' || c == '[' || c == ']'; });
}

NotifySettings read_notify(const Reader& settings, Faults& faults) {
    NotifySettings notify;
    if (!settings.has("notify")) return notify;
    const Reader read = settings.below("notify");
    notify.command = read.texts("command");
    notify.command_at = read.place("command").text();
    if (!notify.command.empty() && trim(notify.command.front()).empty()) faults.add(read.place("command"), "`command` begins with the program, and its first word is empty");
    if (read.has("webhook")) {
        const Reader webhook = read.below("webhook");
        notify.webhook_url = webhook.text("url");
        notify.webhook_secret = webhook.text("secret");
        notify.webhook_secret_at = webhook.place("secret").text();
    }
    if (!read.has("mail")) return notify;
    const Reader mail = read.below("mail");
    notify.smtp = mail.text("smtp");
    notify.mail_from = mail.text("from");
    notify.mail_to = mail.texts("to");
    notify.mail_user = mail.text("user");
    notify.mail_secret = mail.text("secret");
    notify.mail_secret_at = mail.place("secret").text();
    if (!is_mail_server(notify.smtp)) faults.add(mail.place("smtp"), "`smtp` is smtps://HOST:PORT or smtp://HOST:PORT, perhaps with /NAME behind it: what we greet the server by");
    if (!is_address(notify.mail_from)) faults.add(mail.place("from"), "`from` is a plain mail address, such as bindery@agency.example");
    if (!std::all_of(notify.mail_to.begin(), notify.mail_to.end(), is_address)) faults.add(mail.place("to"), "`to` is a list of plain mail addresses, such as you@agency.example");
    if (notify.mail_user.empty() && !notify.mail_secret.empty()) faults.add(mail.place("secret"), "`secret` is the password of `user`, which is missing: say who logs in at the mail server");
    return notify;
}

WebhookSettings read_webhooks(const Reader& read, Faults& faults) {
    WebhookSettings webhooks;
    webhooks.port = static_cast<std::uint16_t>(read.integer("port", 0));
    webhooks.address = read.text("address", webhooks.address);
    webhooks.url = parse_base_url(read.text("url")).value.value_or("");
    if (read.has("max_body")) webhooks.max_body = parse_size(read.text("max_body")).value.value_or(webhooks.max_body);
    const bool numeric = std::all_of(webhooks.address.begin(), webhooks.address.end(), [](char c) { return is_digit(c) || c == '.' || c == ':' || (lower(c) >= 'a' && lower(c) <= 'f'); });
    if (!numeric || webhooks.address.find_first_of(".:") == std::string::npos) faults.add(read.place("address"), "`address` is a number such as 127.0.0.1, 0.0.0.0 or ::1");
    if (webhooks.max_body < 1024) faults.add(read.place("max_body"), "`max_body` is at least 1KiB");
    return webhooks;
}

Retention read_retention(const Reader& read) {
    Retention kept;
    kept.history = read.keep("history", kept.history);
    kept.runs = read.keep("runs", kept.runs);
    kept.effects = read.keep("effects", kept.effects);
    kept.quarantine = read.keep("quarantine", kept.quarantine);
    kept.removed = read.keep("removed", kept.removed);
    kept.conflicts = read.keep("conflicts", kept.conflicts);
    kept.corrections = read.keep("corrections", kept.corrections);
    kept.sales = read.keep("sales", kept.sales);
    kept.webhooks = read.keep("webhooks", kept.webhooks);
    for (const Member& member : read.members("datasets")) {
        const Reader own(member.value.get());
        const auto days = [&own](std::string_view name) { return own.has(name) ? std::optional<int>(own.keep(name, 0)) : std::nullopt; };
        kept.datasets[member.name] = {days("history"), days("removed"), days("quarantine")};
    }
    return kept;
}

std::optional<Settings> read_settings_tree(const std::filesystem::path& file, const Tree& tree, const Variables& variables, Faults& faults);

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
                                         const Variables& variables, Faults& faults) {
    Faults own;
    std::shared_ptr<const Tree> tree = read_tree(file, variables, own);
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

std::optional<Settings> read_settings(const std::filesystem::path& given, const Variables& variables,
                                      Faults& faults) {
    const std::filesystem::path file = std::filesystem::absolute(given).lexically_normal();
    const auto tree = read_checked(file, "bindery", variables, faults);
    return tree ? read_settings_tree(file, *tree, variables, faults) : std::nullopt;
}

namespace {

constexpr int kMostLines = 10'000;

// Of a file that isn't YAML as a whole: its top-level keys one by one, so that a bracket that isn't closed takes one of them along and not
// all. nullptr: there is none that can be read.
std::shared_ptr<const Tree> read_by_keys(const std::filesystem::path& file, const Variables& variables) {
    std::ifstream stream(file, std::ios::binary);
    std::vector<std::string> parts;
    std::string line;
    for (int lines = 0; lines < kMostLines && std::getline(stream, line); ++lines) {
        const bool key = !line.empty() && line.front() >= 'a' && line.front() <= 'z' && line.find(':') != std::string::npos;
        if (key) parts.emplace_back();
        if (!parts.empty()) parts.back() += line + "\n";
    }
    auto all = std::make_shared<Tree>();
    all->kind = Tree::Kind::map;
    for (const auto& part : parts) {
        Faults own;
        const auto tree = parse_tree(part, file.string(), variables, own);
        if (tree && tree->kind == Tree::Kind::map) all->members.insert(all->members.end(), tree->members.begin(), tree->members.end());
    }
    return all->members.empty() ? nullptr : all;
}

}  // namespace

std::optional<Settings> settings_for_messages(const std::filesystem::path& given, const Variables& variables) {
    const std::filesystem::path file = std::filesystem::absolute(given).lexically_normal();
    Faults faults;
    auto whole = read_tree(file, variables, faults);
    if (!whole) whole = read_by_keys(file, variables);
    if (!whole) return std::nullopt;
    Tree tree = *whole;
    tree.members.clear();
    for (const Key& key : file_shape("bindery").keys) {
        static const std::set<std::string> kNeeded{"notify", "secrets_dir", "ca_file", "store", "budget"};
        const Member* member = whole->member(key.name);
        Faults own;
        if (member == nullptr || !kNeeded.contains(key.name)) continue;
        check(*member->value, key.shape, own);
        if (own.empty()) tree.members.push_back(*member);
    }
    Faults left;
    auto settings = read_settings_tree(file, tree, variables, left);
    return left.empty() ? settings : std::nullopt;
}

namespace {

std::optional<Settings> read_settings_tree(const std::filesystem::path& file, const Tree& tree, const Variables& variables, Faults& faults) {
    const Reader read(&tree);
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
    const std::filesystem::path state = state_folder(variables);
    if (!read.has("budget") && state.empty()) {
        own.add(tree.place,
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
    settings.notify = read_notify(read, own);
    settings.web.port_given = read.below("web").has("port");
    settings.web.port = static_cast<std::uint16_t>(read.below("web").integer("port", settings.web.port));
    settings.web.hosts = read.below("web").texts("host");
    if (read.has("webhooks")) settings.webhooks = read_webhooks(read.below("webhooks"), own);
    if (settings.webhooks.on() && settings.webhooks.port == settings.web.port && settings.web.port_given) {
        own.add(read.below("webhooks").place("port"), "`webhooks.port` and `web.port` are the same; the pages aren't for the world, so give webhooks a port of their own");
    }
    settings.resume_within = read.duration("resume_within", settings.resume_within);
    settings.retention = read_retention(read.below("retention"));
    faults.take(own);
    if (!own.empty()) return std::nullopt;
    return settings;
}

}  // namespace

Settings load_settings(const std::filesystem::path& file, const Variables& variables) {
    Faults faults;
    const auto settings = read_settings(file, variables, faults);
    faults.throw_if_any();
    return *settings;
}

}  // namespace bindery
