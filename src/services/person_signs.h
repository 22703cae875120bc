#pragma once
// What a lead says of the people in it, and whether a text tells it: e-mails and phones in any spelling, names with whatever stands between first
// and last, streets with their words short or in full, birth dates in figures and in words, license numbers. Pure; throws nothing but bad_alloc.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

using json = nlohmann::json;

// A text as it's searched, in small plain letters; each word has one space before and after it.
struct SearchedText {
    explicit SearchedText(std::string_view text);
    std::string plain;
    std::string words;
    std::string glued;  // the words without their spaces
    std::string run;    // the letters and digits of ASCII alone
};

// How a street's words are compared: " 17 elm street " is " 17 elm st ".
std::string short_street_words(const std::string& words);

class PersonSigns {
  public:
    explicit PersonSigns(const nlohmann::json& lead);

    // "e-mail", "phone", "name", "street address", "birth date" or "license number"; empty for nothing. `alone`: a first, middle or last name by
    // itself counts.
    std::string told_by(const SearchedText& text, bool alone) const;

  private:
    struct Family {
        std::string name;
        std::vector<std::string> given;  // names that go with it
    };

    void add_email(const nlohmann::json& lead);
    void add_street(const nlohmann::json& lead);
    void add_name(const nlohmann::json& object);
    void add_joined(const std::string& glued);
    void add_driver(const nlohmann::json& driver);
    bool names_person(const SearchedText& text) const;
    bool names_street(const SearchedText& text) const;
    bool names_birth(const SearchedText& text) const;

    std::vector<std::string> emails_, email_words_, phones_, streets_, names_, joined_names_, joined_words_, births_, numbers_;
    std::vector<Family> families_;
};

}  // namespace bindery
