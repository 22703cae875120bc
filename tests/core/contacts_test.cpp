// Each e-mail and phone that a text may name.
#include "core/contacts.h"

#include <catch2/catch.hpp>

using namespace bindery;
using Found = std::vector<std::string>;

TEST_CASE("Every e-mail and phone of a text is found, however a cell has them") {
    const std::pair<const char*, Found> cases[] = {
        {"", {}},
        {"ann@x.example", {"ann@x.example"}},
        {" Ann.Roe+1@X.Example ", {"ann.roe+1@x.example"}},
        {"foo@x.example; p18@lead.example", {"foo@x.example", "p18@lead.example"}},
        {"foo@x.example,p18@lead.example", {"foo@x.example", "p18@lead.example"}},
        {"foo@x.example/p18@lead.example", {"foo@x.example", "x.example/p18@lead.example", "p18@lead.example"}},
        {"foo@x.example or p18@lead.example.", {"foo@x.example", "p18@lead.example"}},
        {"Ann <p24@lead.example>", {"p24@lead.example"}},
        {"<p24@lead.example>", {"p24@lead.example"}},
        {"\"Ann\" p24@lead.example", {"p24@lead.example"}},
        {"mailto:p26@lead.example", {"mailto:p26@lead.example", "p26@lead.example"}},
        {"'p26@lead.example'", {"'p26@lead.example", "p26@lead.example"}},
        {"o'brien@lead.example", {"o'brien@lead.example", "brien@lead.example"}},
        {"ann @ lead.example", {"ann@lead.example"}},
        {"ann@lead.example\xC2\xA0" "bob@lead.example", {"ann@lead.example", "bob@lead.example"}},
        {"p1@lead.example\np2@lead.example", {"p1@lead.example", "p2@lead.example"}},
        {"@", {}},
        {"ann@", {}},
        {"@x.example", {}},
        {"@@@ann@@x@", {}},
        {"2146550017", {"2146550017"}},
        {"(214) 655-0017", {"2146550017"}},
        {"+1 214.655.0017", {"2146550017"}},
        {"1-214-655-0017", {"2146550017"}},
        {"214/655-0017", {"2146550017"}},
        {"214-655-0010 ext 4", {"2146550010"}},
        {"214-655-0010 x1234", {"2146550010"}},
        {"214-655-0010 h, 214-655-0011 c", {"2146550010", "2146550011"}},
        {"Cell: 214-655-0010#2", {"2146550010"}},
        {"214-655-0017/9917", {"2146550017", "4655001799", "2146559917"}},
        {"214-655-0017, 644-9917", {"2146550017", "4655001764", "2146449917"}},
        {"655-0017", {}},
        {"none", {}},
        {"1111111111", {}},
        {"2222222222", {}},
        {"2026-01-15", {}},
        {"call 214-655-0017 or ann@x.example", {"ann@x.example", "2146550017"}},
    };
    for (const auto& [text, found] : cases) {
        INFO(text);
        CHECK(contacts_in(text) == found);
    }
}

TEST_CASE("Two phones without a letter between them are both found, whatever else their digits come to") {
    for (const char* text : {"214-655-0017 / 972-655-9917", "2146550017 9726559917", "(214) 655-0017; (972) 655-9917", "214-655-0017, 1-972-655-9917", "214-655-0017\n972-655-9917", "21465500179726559917"}) {
        INFO(text);
        const Found found = contacts_in(text);
        for (const char* phone : {"2146550017", "9726559917"}) CHECK(std::count(found.begin(), found.end(), phone) == 1);
    }
}

TEST_CASE("A record's document is looked through value by value") {
    CHECK(contacts_in(R"({"a": "p1@x.example", "b": ["214-655", "0017"], "c": {"d": 9726559917, "e": null, "f": true, "2146550018": "p\u0040y.example\nq@y.example"}})") ==
          Found{"p1@x.example", "9726559917", "p@y.example", "q@y.example"});
    CHECK(contacts_in("[\"p1@x.example\", \"214-655-0017\"]") == Found{"p1@x.example", "2146550017"});
    // A report may have the area code in a column of its own, in whichever order a document has them.
    CHECK(contacts_in(R"x({"Res Phone": "655-0713", "Res Phone Area Code": "(214)", "Cell": "972", "Policy": "HO 655-0714"})x") == Found{"2146550713", "9726550713"});
    CHECK(contacts_in(R"({"Phone": "214/655/0716"})") == Found{"2146550716"});
    // What only looks like a document is looked through whole.
    CHECK(contacts_in("[home] 214-655-0017") == Found{"2146550017"});
    CHECK(contacts_in("{\"a\": \"p1@x.example\", \"b\": \"p2@x.example") == Found{"p1@x.example", "p2@x.example"});
    CHECK(contacts_in("{\"a\": \"\xFF p1@x.example\"}") == Found{"p1@x.example"});
}

TEST_CASE("Thousands of contacts in one text are found, each once") {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "a" + std::to_string(i) + "@x.example; a" + std::to_string(i / 2) + "@x.example\n";
    CHECK(contacts_in(text).size() == 5000);
    std::string digits;
    for (int i = 0; i < 20000; ++i) digits += std::to_string(200 + i * 7919 % 799);
    CHECK(contacts_in(digits).size() > 10);
}
