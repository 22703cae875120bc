#include "sandbox/paging.h"

#include <algorithm>
#include <charconv>

namespace bindery::sandbox {

namespace {

bool read_number(const std::string& text, std::size_t& value) {
  if (text.empty()) {
    return true;
  }
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() && value > 0;
}

}  // namespace

std::optional<Page> page_of(const std::string& number, const std::string& size, std::size_t largest) {
  Page page;
  if (!read_number(number, page.number) || !read_number(size, page.size)) {
    return std::nullopt;
  }
  page.size = std::min(page.size, largest);
  return page;
}

ListPage cut_page(const Table& table, Page page, const ListShape& shape) {
  const std::size_t total = shape.empty ? 0 : table.size();
  const std::size_t listed = shape.half ? total / 2 : total;
  const std::size_t before = page.number - 1;
  const std::size_t first = before > listed / page.size ? listed : std::min(listed, before * page.size);
  std::size_t last = std::min(listed, first + page.size);
  if (shape.short_page && last - first > 1) {
    last = first + (last - first) / 2;
  }
  std::string rows = "[";
  for (std::size_t i = first; i < last; ++i) {
    rows += i == first ? "" : ",";
    rows += table.text((i + shape.rotate) % listed);
  }
  if (shape.duplicate && last > first) {
    rows += ',' + table.text((first + shape.rotate) % listed);
  }
  rows += ']';
  const long long shown = static_cast<long long>(total) + shape.total_error;
  return ListPage{std::move(rows), static_cast<std::size_t>(std::max(0LL, shown))};
}

}  // namespace bindery::sandbox
