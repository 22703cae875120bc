#pragma once
// Prometheus' text format 0.0.4. Values of one family are kept by their labels, so that no series comes twice. Pure.
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bindery::web {

class Exposition {
  public:
    enum class Type { counter, gauge };
    // Begins a family; what is set from here on is of it. A counter's name ends in _total. Each family once.
    void family(std::string_view name, Type type, std::string_view help);
    using Labels = std::vector<std::pair<std::string_view, std::string>>;
    void set(const Labels& labels, double value);  // the last one counts
    std::string text();

    static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

  private:
    void end_family();

    std::string text_, name_, head_;
    std::map<std::string, double> series_;
};

}  // namespace bindery::web
