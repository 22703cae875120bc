#pragma once
// A YAML file as a tree of our own: plain and quoted scalars told apart, a place for each node and key, `${VAR}` filled
// in, members in their order. Built from yaml-cpp's events, the only file that includes it. Bounded: 1 MiB a file, 64
// levels, 100,000 nodes with each alias counted as what it stands for.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/faults.h"
#include "config/settings.h"

namespace bindery {

struct Tree;

struct Member {
    std::string name;
    Place place;
    std::shared_ptr<const Tree> value;
};

struct Tree {
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    Place place;
    Place first_line;     // of a scalar: where its own text begins (the line after `|`)
    std::string text;     // of a scalar, with the environment filled in
    std::string written;  // of a scalar, as the file has it: for messages
    bool unset = false;   // a variable in it has no value (a fault)
    bool quoted = false;  // a scalar in quotes or a block: text whatever it looks like
    std::vector<std::shared_ptr<const Tree>> items;
    std::vector<Member> members;
    std::size_t nodes = 1;

    const Tree* find(std::string_view name) const;
    const Member* member(std::string_view name) const;
};

// nullptr when the file can't be read as YAML at all; the reason is in `faults`. Other faults (an unset variable, a key
// that is there twice) leave a tree.
std::shared_ptr<const Tree> read_tree(const std::filesystem::path& file, const Variables& variables,
                                      Faults& faults);
std::shared_ptr<const Tree> parse_tree(const std::string& text, const std::string& name, const Variables& variables,
                                       Faults& faults);

}  // namespace bindery
