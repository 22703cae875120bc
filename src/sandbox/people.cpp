#include "sandbox/people.h"

#include <array>
#include <string_view>

namespace bindery::sandbox {

namespace {

constexpr std::array<std::string_view, 28> kFirst = {
    "José",  "María", "Zoë",    "Siobhán", "D'Andre", "Renée",  "Miguel", "Ana",     "Wei",    "Nguyệt",
    "Priya", "Omar",  "Łukasz", "Björk",   "Carlos",  "Dolores", "Earl",  "Faye",    "Gloria", "Hank",
    "Inés",  "Jamal", "Krista", "Leroy",   "Noël",    "Opal",   "Sean",   "Tomás"};
constexpr std::array<std::string_view, 30> kLast = {
    "O'Brien", "Muñoz",  "Peña",       "D'Angelo",  "Nuñez",      "St. John", "García-López", "van der Berg",
    "Smith",   "Nguyen", "O'Shaughnessy", "Müller", "Begay",      "Lefèvre",  "Johnson",      "Williams",
    "Tsosie",  "Baca",   "Castañeda",  "Whitehorse", "Åkesson",   "Kowalski", "Martin",       "Hernández",
    "Lee",     "Ortiz",  "McAllister", "Patel",     "Trujillo",   "Dvořák"};
constexpr std::array<std::string_view, 16> kTrade = {
    "Roofing",  "Taquería",    "Plumbing & Heating", "Café",         "Hauling",        "Dental",
    "Nursery",  "Auto Repair", "Landscaping",        "Construction", "Cattle Company", "Bakery",
    "Trucking", "Electric",    "Hardware",           "Piñatas & Party Supply"};
constexpr std::array<std::string_view, 5> kForm = {"LLC", "Inc.", "L.L.C.", "Co.", "LP"};
constexpr std::array<std::string_view, 10> kStreet = {"Main St",     "Cedar Ln",    "Avenida César Chávez", "Route 66",
                                                      "O'Connor Blvd", "Elm St # 4", "Paseo del Norte",     "County Rd 210",
                                                      "Preston Rd",  "N 2nd St, Apt 12"};
constexpr std::array<std::string_view, 4> kMail = {"example.com", "example.net", "example.org", "mail.example.com"};

struct Place {
  std::string_view city;
  std::string_view state;
  std::string_view zip;
  std::string_view area;
};
constexpr std::array<Place, 12> kHome = {{{"Dallas", "TX", "75201", "214"},
                                          {"Austin", "TX", "78701", "512"},
                                          {"El Paso", "TX", "79901", "915"},
                                          {"Houston", "TX", "77002", "713"},
                                          {"San Antonio", "TX", "78205", "210"},
                                          {"Oklahoma City", "OK", "73102", "405"},
                                          {"Tulsa", "OK", "74103", "918"},
                                          {"Norman", "OK", "73069", "405"},
                                          {"Albuquerque", "NM", "87102", "505"},
                                          {"Santa Fe", "NM", "87501", "505"},
                                          {"Española", "NM", "87532", "505"},
                                          {"Las Cruces", "NM", "88001", "575"}}};
constexpr std::array<Place, 9> kAway = {{{"Denver", "CO", "80202", "303"},
                                         {"Phoenix", "AZ", "85004", "602"},
                                         {"Shreveport", "LA", "71101", "318"},
                                         {"Little Rock", "AR", "72201", "501"},
                                         {"Wichita", "KS", "67202", "316"},
                                         {"Hoboken", "NJ", "07030", "201"},
                                         {"Boston", "MA", "02108", "617"},
                                         {"La Cañada Flintridge", "CA", "91011", "818"},
                                         {"San Juan", "PR", "00901", "787"}}};

// Latin letters only, lower case: what is left of a name in an e-mail address.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      text += static_cast<char>(c - 'A' + 'a');
    } else if (c >= 'a' && c <= 'z') {
      text += c;
    }
  }
  return text;
}

}  // namespace

Person make_person(Random& random, std::size_t number) {
  Person person;
  person.business = random.percent(35);
  person.first = random.pick(kFirst);
  person.last = random.pick(kLast);
  if (person.business) {
    person.company = person.last + (random.percent(30) ? " & Sons " : " ");
    person.company += random.pick(kTrade);
    person.company += ", ";
    person.company += random.pick(kForm);
  }
  const Place& place = random.percent(85) ? random.pick(kHome) : random.pick(kAway);
  person.city = place.city;
  person.state = place.state;
  person.zip = place.zip;
  person.street = std::to_string(random.between(1, 9899)) + " ";
  person.street += random.pick(kStreet);
  person.phone = std::string(place.area) + "555" + std::to_string(random.between(1000, 9999));
  person.email = plain(person.first) + "." + plain(person.last) + std::to_string(number) + "@";
  person.email += random.pick(kMail);
  return person;
}

std::string messy_phone(Random& random, const std::string& ten_digits) {
  const std::string area = ten_digits.substr(0, 3);
  const std::string exchange = ten_digits.substr(3, 3);
  const std::string line = ten_digits.substr(6);
  switch (random.below(6)) {
    case 0:
    case 1:
      return "(" + area + ") " + exchange + "-" + line;
    case 2:
      return "+1 " + area + "." + exchange + "." + line;
    case 3:
      return area + "-" + exchange + "-" + line;
    case 4:
      return "1" + ten_digits;
    default:
      return ten_digits;
  }
}

}  // namespace bindery::sandbox
