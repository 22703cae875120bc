#pragma once
// What a person is recognized by in texts of any kind: e-mail addresses, phone numbers in any spelling, whole names. For `forget`. Pure.
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

namespace bindery {

inline constexpr const char* kForgotten = "(forgotten)";

class Traces {
  public:
    void add_email(std::string_view text);
    void add_phone(std::string_view text);
    // "Ann Roe"; also found as "Roe, Ann". One word alone is no name.
    void add_name(std::string_view first, std::string_view last);
    void add_key(std::string_view key);  // of a record, when it is made of such things itself

    // Is the text about this person? By e-mail or phone: a name alone is many people's. Not by a part of another e-mail or number:
    // "joann@mail.example" says nothing of ann@mail.example. Also where JSON spells it otherwise.
    bool mentioned_in(std::string_view text) const;
    // Where the row is known to be about this person: names and keys count too.
    bool shown_in(std::string_view text) const;
    // Each text that shows the person becomes kForgotten; true when there was one. Names of members stay.
    bool scrub(nlohmann::json& value) const;
    // A text that may be JSON: scrubbed inside if so, else as a whole.
    std::string scrubbed(const std::string& text) const;

    const std::set<std::string>& emails() const { return emails_; }
    const std::set<std::string>& phones() const { return phones_; }

  private:
    bool written_in(std::string_view text) const;
    std::set<std::string> emails_, phones_, names_, keys_;
};

}  // namespace bindery
