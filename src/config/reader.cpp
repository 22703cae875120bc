#include "config/reader.h"

#include "config/scalar.h"
#include "core/dates.h"

namespace bindery {

Place Reader::place(std::string_view name) const {
    if (const Tree* found = find(name)) return found->place;
    return tree_ ? tree_->place : Place{};
}

Place Reader::key_place(std::string_view name) const {
    const Member* found = tree_ ? tree_->member(name) : nullptr;
    return found ? found->place : place(name);
}

std::string Reader::text(std::string_view name, const std::string& otherwise) const {
    const Tree* found = find(name);
    return found ? found->text : otherwise;
}

std::int64_t Reader::integer(std::string_view name, std::int64_t otherwise) const {
    const Tree* found = find(name);
    return found ? parse_integer(found->text).value.value_or(otherwise) : otherwise;
}

bool Reader::flag(std::string_view name, bool otherwise) const {
    const Tree* found = find(name);
    return found ? parse_flag(found->text).value.value_or(otherwise) : otherwise;
}

Duration Reader::duration(std::string_view name, Duration otherwise) const {
    const Tree* found = find(name);
    return found ? parse_duration(found->text).value_or(otherwise) : otherwise;
}

int Reader::keep(std::string_view name, int otherwise) const {
    const Tree* found = find(name);
    return found ? parse_keep(found->text).value.value_or(otherwise) : otherwise;
}

std::vector<std::string> Reader::texts(std::string_view name) const {
    std::vector<std::string> all;
    const Tree* found = find(name);
    if (!found) return all;
    if (found->kind == Tree::Kind::scalar) all.push_back(found->text);
    for (const auto& item : found->items) all.push_back(item->text);
    return all;
}

const std::vector<Member>& Reader::members(std::string_view name) const {
    static const std::vector<Member> none;
    const Tree* found = find(name);
    return found ? found->members : none;
}

const std::vector<std::shared_ptr<const Tree>>& Reader::items(std::string_view name) const {
    static const std::vector<std::shared_ptr<const Tree>> none;
    const Tree* found = find(name);
    return found ? found->items : none;
}

}  // namespace bindery
