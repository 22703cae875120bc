#pragma once

#include "sandbox/random.h"

#include <string>

namespace bindery::sandbox {

// A made-up person or business with an address in a real city. No name belongs to anyone.
struct Person {
  bool business = false;
  std::string first;    // of the contact, when it is a business
  std::string last;
  std::string company;  // empty for a person
  std::string email;
  std::string phone;    // ten digits; messy_phone makes it look as people type it
  std::string street;
  std::string city;
  std::string state;
  std::string zip;

  [[nodiscard]] std::string name() const { return business ? company : first + " " + last; }
};

// `number` keeps e-mail addresses apart from those of other people with the same name.
Person make_person(Random& random, std::size_t number);
std::string messy_phone(Random& random, const std::string& ten_digits);

}  // namespace bindery::sandbox
