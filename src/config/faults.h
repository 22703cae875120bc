#pragma once
// What is wrong in a file, gathered so that one look at the message mends it all. A fault's text names keys and may
// quote what the file says, never what the environment put in its place.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/job.h"

namespace bindery {

struct Fault {
    Place place;
    std::string text;
};

// A value read from text, or why it can't be.
template <typename T>
struct Parsed {
    std::optional<T> value;
    std::string fault;
};

class Faults {
  public:
    void add(const Place& place, const std::string& text) { faults_.push_back({place, text}); }
    bool empty() const { return faults_.empty(); }
    std::size_t size() const { return faults_.size(); }
    void take(const Faults& other);
    // Throws Error(config) with a line for each fault, in the order of their places.
    void throw_if_any() const;
    std::vector<std::string> lines() const;              // in the order of their places
    std::string about(const std::string& file) const;  // the first line about that file; empty: none

  private:
    std::vector<Fault> faults_;
};

// Error(config) of faults that were gathered, a line each; those past the first fifty are counted.
[[noreturn]] void throw_all_faults(const std::vector<std::string>& lines);

// `path` as a person standing in the working directory would write it.
std::string shown_path(const std::filesystem::path& path);
// "; did you mean `limits`?" or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);
std::string listed(const std::vector<std::string>& words);  // "a, b or c"
// A name for a field, effect, resource…: a small letter, then small letters, digits and _, at most 48.
bool is_name(std::string_view text);
bool is_job_name(std::string_view text);  // the same with -

}  // namespace bindery
