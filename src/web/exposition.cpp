#include "web/exposition.h"

#include <charconv>
#include <cmath>

namespace bindery::web {
namespace {

void append_escaped(std::string& into, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\\') into += "\\\\";
        else if (c == '\n') into += "\\n";
        else if (c == '"' && quotes) into += "\\\"";
        else into += c;
    }
}

// The shortest text that reads back as the same number; whole numbers without an exponent.
std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    if (std::floor(value) == value && std::abs(value) < 1e15) return std::to_string(static_cast<long long>(value));
    char text[32];
    const auto [end, problem] = std::to_chars(text, text + sizeof(text), value);
    return problem == std::errc() ? std::string(text, end) : "NaN";
}

}  // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
    end_family();
    name_ = name;
    head_ = "# HELP " + name_ + " ";
    append_escaped(head_, help, false);
    head_ += "\n# TYPE " + name_ + (type == Type::counter ? " counter\n" : " gauge\n");
}

void Exposition::set(const Labels& labels, double value) {
    std::string key;
    for (const auto& [name, label] : labels) {
        key += key.empty() ? "{" : ",";
        key += std::string(name) + "=\"";
        append_escaped(key, label, true);
        key += '"';
    }
    if (!key.empty()) key += '}';
    series_[key] = value;
}

void Exposition::end_family() {
    if (series_.empty()) return;
    text_ += head_;
    for (const auto& [labels, value] : series_) text_ += name_ + labels + " " + number_text(value) + "\n";
    series_.clear();
}

std::string Exposition::text() {
    end_family();
    return text_;
}

}  // namespace bindery::web
