#include "app/log.h"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/clock.h"

namespace bindery {
namespace {

class JsonFormatter final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const auto time = std::chrono::floor<std::chrono::milliseconds>(message.time);
        const auto level = spdlog::level::to_string_view(message.level);
        std::string line = "{\"time\":\"" + rfc3339(time) + "\",\"level\":\"" + std::string(level.data(), level.size()) + "\",\"run\":" +
                           json_quoted({message.logger_name.data(), message.logger_name.size()}) +
                           ",\"message\":" + json_quoted({message.payload.data(), message.payload.size()}) + "}\n";
        out.append(line.data(), line.data() + line.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

// One message, one line: what a service or a file said into it can't look like a line of ours, nor steer a terminal.
std::string without_controls(std::string_view text) {
    std::string out(text);
    std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    return out;
}

class OneLineFormatter final : public spdlog::formatter {
  public:
    explicit OneLineFormatter(std::string pattern) : pattern_(std::move(pattern)), inner_(pattern_) {}
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const std::string text = without_controls({message.payload.data(), message.payload.size()});
        spdlog::details::log_msg clean = message;
        clean.payload = text;
        inner_.format(clean, out);
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<OneLineFormatter>(pattern_); }

  private:
    std::string pattern_;
    spdlog::pattern_formatter inner_;
};

// journald reads the priority from "<6>" and adds the time itself.
class JournalFormatter final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const int priority = message.level >= spdlog::level::err ? 3 : message.level == spdlog::level::warn ? 4 : message.level == spdlog::level::info ? 6 : 7;
        const std::string line = "<" + std::to_string(priority) + ">[" + std::string(message.logger_name.data(), message.logger_name.size()) + "] " + without_controls({message.payload.data(), message.payload.size()}) + "\n";
        out.append(line.data(), line.data() + line.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JournalFormatter>(); }
};

}  // namespace

std::string json_quoted(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::shared_ptr<spdlog::logger> make_log(const std::string& level, const std::string& format, bool journal, bool terminal) {
    auto log = std::make_shared<spdlog::logger>("bindery", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    log->set_level(spdlog::level::from_str(level));
    log->flush_on(spdlog::level::info);
    if (format == "json") {
        log->set_formatter(std::make_unique<JsonFormatter>());
    } else if (journal) {
        log->set_formatter(std::make_unique<JournalFormatter>());
    } else {
        log->set_formatter(std::make_unique<OneLineFormatter>(std::string(terminal ? "\r\033[K" : "") + "%Y-%m-%d %H:%M:%S.%e %l [%n] %v"));
    }
    return log;
}

}  // namespace bindery
