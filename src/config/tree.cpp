#include "config/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "config/expand.h"

namespace bindery {

namespace {

constexpr std::size_t kMaxFile = 1u << 20;
constexpr std::size_t kMaxLevels = 64;
constexpr std::size_t kMaxNodes = 100'000;
constexpr std::size_t kMaxKeys = 1'000;

struct Stopped {};  // thrown when the rest of a file can't be read with sense; its fault is recorded

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return lines;
}

bool starts_with_tab(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    return first != std::string_view::npos && line.substr(0, first).find('\t') != std::string_view::npos;
}

bool is_utf8(std::string_view text) {
    try {
        (void)json(text).dump();
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

// Takes the events of the YAML parser and builds the tree from the leaves up.
class Builder final : public YAML::EventHandler {
  public:
    Builder(std::string file, std::vector<std::string_view> lines, const Variables& variables, Faults& faults)
        : file_(std::move(file)), lines_(std::move(lines)), variables_(variables), faults_(faults) {}

    std::shared_ptr<const Tree> root() const { return root_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0) stop(mark, "a second document; one file holds one (take the `---` out)");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (awaits_key()) stop(mark, "a key is missing before the `:`");
        auto tree = node(Tree::Kind::null, mark);
        // The parser places a value that isn't there at what comes next; a person looks at the key.
        const bool has_key = !open_.empty() && open_.back().key;
        if (has_key && open_.back().key->place.line != tree->place.line) tree->place = open_.back().key->place;
        finish(tree, anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (awaits_key()) stop(mark, "an alias can't be a key");
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) stop(mark, "an alias inside what it stands for");
        attach(found->second);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (!quote_closes(mark)) stop(mark, "the quote that opens here isn't closed");
        if (awaits_key()) {
            take_key(mark, value);
            return;
        }
        check_tag(mark, tag, "str");
        auto tree = node(Tree::Kind::scalar, mark);
        tree->quoted = tag != "?" && !tag.empty();
        tree->written = value;
        tree->first_line = first_line(tree->place);
        Parsed<std::string> expanded = expand(value, variables_);
        if (!expanded.value && variables_.keep_unset) expanded.value = value;
        if (!expanded.value) faults_.add(tree->place, expanded.fault);
        tree->unset = !expanded.value;
        tree->text = expanded.value.value_or("");
        finish(tree, anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Tree::Kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Tree::Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open {
        std::shared_ptr<Tree> tree;
        YAML::anchor_t anchor;
        std::optional<Member> key;  // of a map: the key that waits for its value
        bool drop = false;          // a key that is there twice: its value goes nowhere
    };

    Place place_of(const YAML::Mark& mark) const {
        return {file_, mark.line < 0 ? 1 : mark.line + 1, mark.column < 0 ? 1 : mark.column + 1};
    }

    [[noreturn]] void stop(const YAML::Mark& mark, const std::string& text) {
        faults_.add(place_of(mark), text);
        throw Stopped{};
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag, const std::string& own) {
        const std::string prefix = "tag:yaml.org,2002:";
        if (tag.empty() || tag == "?" || tag == "!" || tag == prefix + own) return;
        faults_.add(place_of(mark), "tags (`!…`) aren't used here; put text in quotes instead");
    }

    std::shared_ptr<Tree> node(Tree::Kind kind, const YAML::Mark& mark) {
        auto tree = std::make_shared<Tree>();
        tree->kind = kind;
        tree->place = place_of(mark);
        return tree;
    }

    bool awaits_key() const {
        return !open_.empty() && open_.back().tree->kind == Tree::Kind::map && !open_.back().key;
    }

    void take_key(const YAML::Mark& mark, const std::string& name) {
        Open& top = open_.back();
        if (top.tree->members.size() >= kMaxKeys) stop(mark, "more than 1,000 keys in one map");
        if (const Member* first = top.tree->member(name)) {
            faults_.add(place_of(mark),
                        "`" + name + "` is given twice; first on line " + std::to_string(first->place.line));
            top.drop = true;
        }
        top.key = Member{name, place_of(mark), nullptr};
    }

    void open(Tree::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (awaits_key()) stop(mark, "a key must be a plain word; quote a value that begins with { or [");
        if (open_.size() >= kMaxLevels) stop(mark, "more than " + std::to_string(kMaxLevels) + " levels deep");
        check_tag(mark, tag, kind == Tree::Kind::map ? "map" : "seq");
        open_.push_back({node(kind, mark), anchor, {}, false});
    }

    void close() {
        const Open done = open_.back();
        open_.pop_back();
        finish(done.tree, done.anchor);
    }

    void finish(const std::shared_ptr<const Tree>& tree, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) anchors_[anchor] = tree;
        attach(tree);
    }

    void attach(const std::shared_ptr<const Tree>& tree) {
        if (open_.empty()) {
            root_ = tree;
            return;
        }
        Open& top = open_.back();
        top.tree->nodes += tree->nodes;
        if (top.tree->nodes > kMaxNodes) {
            faults_.add(tree->place, "more than 100,000 values, aliases counted as what they stand for");
            throw Stopped{};
        }
        if (top.tree->kind == Tree::Kind::list) {
            top.tree->items.push_back(tree);
            return;
        }
        top.key->value = tree;
        if (!top.drop) top.tree->members.push_back(*top.key);
        top.key.reset();
        top.drop = false;
    }

    // yaml-cpp takes the end of the file for a closing quote, so that half a file would look whole.
    bool quote_closes(const YAML::Mark& mark) const {
        const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
        const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
        if (line >= lines_.size() || column >= lines_[line].size()) return true;
        const char* const end = lines_.back().data() + lines_.back().size();
        const char* at = lines_[line].data() + column;
        const char quote = *at;
        if (quote != '"' && quote != '\'') return true;
        for (++at; at < end; ++at) {
            const bool doubled = quote == '\'' && at + 1 < end && at[0] == quote && at[1] == quote;
            if ((quote == '"' && *at == '\\') || doubled) {
                ++at;
            } else if (*at == quote) {
                return true;
            }
        }
        return false;
    }

    // A block's text begins on the line below its `|`; other text where it stands.
    Place first_line(const Place& place) const {
        const auto line_at = [&](int line) {
            return line >= 1 && static_cast<std::size_t>(line) <= lines_.size()
                       ? lines_[static_cast<std::size_t>(line - 1)]
                       : std::string_view{};
        };
        const std::string_view line = line_at(place.line);
        const auto column = static_cast<std::size_t>(place.column - 1);
        if (column >= line.size() || (line[column] != '|' && line[column] != '>')) return place;
        const std::size_t indent = line_at(place.line + 1).find_first_not_of(' ');
        return {place.file, place.line + 1, indent == std::string_view::npos ? 1 : static_cast<int>(indent) + 1};
    }

    std::string file_;
    std::vector<std::string_view> lines_;
    const Variables& variables_;
    Faults& faults_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, std::shared_ptr<const Tree>> anchors_;
    std::shared_ptr<const Tree> root_;
    int documents_ = 0;
};

// What yaml-cpp would misread or report in words that help nobody.
bool readable(const std::vector<std::string_view>& lines, const std::string& name, Faults& faults) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Place place{name, static_cast<int>(i) + 1, 1};
        if (!is_utf8(lines[i])) {
            faults.add(place, "this line isn't UTF-8; save the file as UTF-8");
            return false;
        }
        for (const char c : lines[i]) {
            if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\r') continue;
            faults.add(place, "a control character; save the file as plain text");
            return false;
        }
        if (!lines[i].empty() && lines[i].front() == '\t' && starts_with_tab(lines[i])) {
            faults.add(place, "a tab can't indent YAML; use spaces");
            return false;
        }
    }
    return true;
}

}  // namespace

const Member* Tree::member(std::string_view name) const {
    for (const Member& member : members) {
        if (member.name == name) return &member;
    }
    return nullptr;
}

const Tree* Tree::find(std::string_view name) const {
    const Member* found = member(name);
    return found ? found->value.get() : nullptr;
}

std::shared_ptr<const Tree> parse_tree(const std::string& text, const std::string& name, const Variables& variables,
                                       Faults& faults) {
    const std::string_view body = text.starts_with("\xEF\xBB\xBF") ? std::string_view(text).substr(3) : text;
    const std::vector<std::string_view> lines = split_lines(body);
    if (!readable(lines, name, faults)) return nullptr;
    Builder builder(name, lines, variables, faults);
    try {
        std::istringstream stream{std::string(body)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Stopped&) {
        return nullptr;
    } catch (const YAML::Exception& e) {
        const Place place{name, e.mark.is_null() ? 1 : e.mark.line + 1, e.mark.is_null() ? 1 : e.mark.column + 1};
        const auto index = static_cast<std::size_t>(place.line - 1);
        const bool tab = index < lines.size() && starts_with_tab(lines[index]);
        faults.add(place, tab ? "a tab can't indent YAML; use spaces" : "this isn't YAML: " + e.msg);
        return nullptr;
    }
    if (builder.root()) return builder.root();
    auto empty = std::make_shared<Tree>();
    empty->place = {name, 1, 1};
    return empty;
}

std::shared_ptr<const Tree> read_tree(const std::filesystem::path& file, const Variables& variables,
                                      Faults& faults) {
    const std::string name = shown_path(file);
    const Place place{name, 0, 0};
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) {
        faults.add(place, "is a folder, not a file");
        return nullptr;
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        faults.add(place, std::string("can't be read: ") + std::strerror(errno));
        return nullptr;
    }
    // In parts, as most files are small: a buffer of the greatest size for each cost more than all the parsing.
    std::string text;
    std::array<char, 16384> part;
    while (text.size() <= kMaxFile && stream) {
        stream.read(part.data(), part.size());
        text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
    }
    if (text.size() > kMaxFile) {
        faults.add(place, "is over 1 MiB; that is no configuration file");
        return nullptr;
    }
    return parse_tree(text, name, variables, faults);
}

}  // namespace bindery
