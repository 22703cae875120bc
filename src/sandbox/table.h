#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bindery::sandbox {

// The records of one resource in the order they were made, each kept as its JSON text, so that a page of a long
// list costs no more than copying its rows. Not locked: its service is.
class Table {
 public:
  void put(const std::string& id, std::string text);
  void put(const std::string& id, const nlohmann::json& record) { put(id, record.dump()); }
  [[nodiscard]] std::optional<nlohmann::json> find(const std::string& id) const;
  bool erase(const std::string& id);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const std::string& text(std::size_t position) const { return rows_[position].text; }
  // The rows as one JSON array.
  [[nodiscard]] std::string array() const;

 private:
  struct Row {
    std::string id;
    std::string text;
  };
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> position_;
};

}  // namespace bindery::sandbox
