#pragma once

#include "sandbox/table.h"

#include <cstddef>
#include <optional>
#include <string>

namespace bindery::sandbox {

// How a list is to be deformed; all off is the honest list.
struct ListShape {
  long long total_error = 0;
  bool empty = false;
  bool half = false;
  std::size_t rotate = 0;
  bool duplicate = false;
  bool no_meta = false;
  bool no_total = false;
  bool wrapped = false;
  bool short_page = false;
};

struct Page {
  std::size_t number = 1;
  std::size_t size = 20;
};

// Reads the two parameters; nothing when one isn't a positive number. The size is cut down to `largest`.
std::optional<Page> page_of(const std::string& number, const std::string& size, std::size_t largest);

struct ListPage {
  std::string rows;  // a JSON array
  std::size_t total;
};
ListPage cut_page(const Table& table, Page page, const ListShape& shape);

}  // namespace bindery::sandbox
