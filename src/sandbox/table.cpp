#include "sandbox/table.h"

namespace bindery::sandbox {

void Table::put(const std::string& id, std::string text) {
  const auto [known, added] = position_.try_emplace(id, rows_.size());
  if (added) {
    rows_.push_back(Row{id, std::move(text)});
  } else {
    rows_[known->second].text = std::move(text);
  }
}

std::optional<nlohmann::json> Table::find(const std::string& id) const {
  const auto known = position_.find(id);
  if (known == position_.end()) {
    return std::nullopt;
  }
  return nlohmann::json::parse(rows_[known->second].text);
}

bool Table::erase(const std::string& id) {
  const auto known = position_.find(id);
  if (known == position_.end()) {
    return false;
  }
  const std::size_t gone = known->second;
  rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(gone));
  position_.erase(known);
  for (std::size_t i = gone; i < rows_.size(); ++i) {
    position_[rows_[i].id] = i;
  }
  return true;
}

std::string Table::array() const {
  std::string all = "[";
  for (const Row& row : rows_) {
    if (all.size() > 1) {
      all += ',';
    }
    all += row.text;
  }
  return all + ']';
}

}  // namespace bindery::sandbox
