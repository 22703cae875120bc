#pragma once
// Whom a person means who names somebody by one e-mail, one phone number, or the id of a record, as it was typed or pasted. Pure.
#include <string>
#include <string_view>

namespace bindery {

struct GivenPerson {
    std::string text;   // without what stands around it: blanks, brackets, quotes, "mailto:", "Ann Roe <…>", a comma or full stop at its end
    std::string email;  // in small letters; empty: it is none
    std::string phone;  // ten digits; empty: it is none
    std::string fault;  // has an @ and is no whole e-mail address, or is several of them: what it is; may still be the key of a record
    std::string kind() const { return !email.empty() ? "email" : !phone.empty() ? "phone" : "id"; }
    std::string value() const { return !email.empty() ? email : !phone.empty() ? phone : text; }
};
GivenPerson given_person(std::string_view text);

// What to do about a fault.
inline constexpr const char* kGiveOne = "give one e-mail (ann@mail.example), one phone number, or the id of a client, lead or other record";

}  // namespace bindery
