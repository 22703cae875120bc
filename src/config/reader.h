#pragma once
// Reads values out of a tree that `check` found no fault in. A key that isn't there gives the default.
#include <string>
#include <utility>
#include <vector>

#include "config/faults.h"
#include "config/tree.h"
#include "core/clock.h"

namespace bindery {

class Reader {
  public:
    explicit Reader(const Tree* tree) : tree_(tree) {}  // nullptr: every key has its default

    bool has(std::string_view name) const { return find(name) != nullptr; }
    const Tree* find(std::string_view name) const { return tree_ ? tree_->find(name) : nullptr; }
    Reader below(std::string_view name) const { return Reader(find(name)); }
    // Where to point when the value of `name` is at fault; the whole tree's place when it isn't there.
    Place place(std::string_view name) const;
    Place key_place(std::string_view name) const;

    std::string text(std::string_view name, const std::string& otherwise = {}) const;
    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    bool flag(std::string_view name, bool otherwise) const;
    int keep(std::string_view name, int otherwise) const;  // days
    Duration duration(std::string_view name, Duration otherwise) const;
    std::vector<std::string> texts(std::string_view name) const;  // a list, or one scalar
    const std::vector<Member>& members(std::string_view name) const;
    const std::vector<std::shared_ptr<const Tree>>& items(std::string_view name) const;

  private:
    const Tree* tree_;
};

}  // namespace bindery
