#include "csv/cell_rules.h"

#include <catch2/catch.hpp>

using namespace bindery;

TEST_CASE("a cell loses one guard, or Excel's wrapping") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"'=1+1", "=1+1"},   {"'-5", "-5"},       {"'+1", "+1"},     {"'@x", "@x"},   {"'\tx", "\tx"},         {"'02134", "02134"}, {"''7", "'7"},
        {"''=1", "'=1"},     {"'tis", "'tis"},    {"'", "'"},        {"=\"00123\"", "00123"}, {" =\"00123\" ", " =\"00123\" "}, {"=\"00123\" ", "00123"},
        {"=\"a\"\"b\"", "=\"a\"\"b\""}, {"=\"\"", ""}, {"'=\"00123\"", "=\"00123\""}, {"=1+1", "=1+1"},   {"", ""},
    };
    for (const auto& [cell, value] : cases) {
        INFO(cell);
        CHECK(cell_value(cell) == value);
    }
}

TEST_CASE("dates that core doesn't read as they are meant are written as YYYY-MM-DD") {
    const std::string as_is = "(as it is)";
    struct Case {
        std::string text, mdy, dmy;
    };
    const std::vector<Case> cases{
        {"7/1/2026", as_is, "2026-01-07"},
        {"07/01/26", as_is, "2026-01-07"},
        {"3/14/2026", as_is, as_is},
        {"14/3/2026", as_is, "2026-03-14"},
        {"14.3.2026", as_is, "2026-03-14"},
        {"1.7.2026", as_is, "2026-07-01"},
        {"7-1-2026", "2026-07-01", "2026-01-07"},
        {"1/7/2026 10:30 AM", as_is, "2026-07-01 10:30 AM"},
        {"2026-07-01", as_is, as_is},
        {"2026-07-01T10:00:00", as_is, as_is},
        {"2026/07/01", "2026-07-01", "2026-07-01"},
        {"2026/7/1 09:00", "2026-07-01 09:00", "2026-07-01 09:00"},
        {"46204", "2026-07-01", "2026-07-01"},
        {"46204.5", "2026-07-01", "2026-07-01"},
        {"18264", "1950-01-01", "1950-01-01"},
        {"18263", as_is, as_is},
        {"73050", "2099-12-31", "2099-12-31"},
        {"73051", as_is, as_is},
        {"20260701", "2026-07-01", "2026-07-01"},
        {"20261301", as_is, as_is},
        {"1-Jul-2026", "2026-07-01", "2026-07-01"},
        {"01-JUL-26", "2026-07-01", "2026-07-01"},
        {"1 July 2026", "2026-07-01", "2026-07-01"},
        {"July 1, 2026", "2026-07-01", "2026-07-01"},
        {"Jul. 1, 2026", "2026-07-01", "2026-07-01"},
        {"Sept 5 1999", "1999-09-05", "1999-09-05"},
        {"31-Jun-2026", as_is, as_is},
        {"00/00/0000", "", ""},
        {"0000-00-00", "", ""},
        {"/  /", "", ""},
        {"0", as_is, as_is},
        {"", as_is, as_is},
        {"soon", as_is, as_is},
        {"2026", as_is, as_is},
        {"7/1", as_is, as_is},
    };
    for (const Case& each : cases) {
        INFO(each.text);
        CHECK(plain_date(each.text, DateOrder::mdy).value_or(as_is) == each.mdy);
        CHECK(plain_date(each.text, DateOrder::dmy).value_or(as_is) == each.dmy);
    }
    CHECK(against_order("3/14/2026", DateOrder::dmy));
    CHECK_FALSE(against_order("14/3/2026", DateOrder::dmy));
    CHECK_FALSE(against_order("3/14/2026", DateOrder::mdy));
    CHECK_FALSE(against_order("2026-03-14", DateOrder::dmy));
    CHECK_FALSE(against_order("soon", DateOrder::dmy));
}

TEST_CASE("names are taken apart, and businesses are not") {
    struct Case {
        std::string text, name, first, last;
    };
    const std::vector<Case> cases{
        {"Roe, Ann", "Ann Roe", "Ann", "Roe"},
        {"Roe,Ann M.", "Ann M. Roe", "Ann M.", "Roe"},
        {"Ann Roe", "Ann Roe", "Ann", "Roe"},
        {"Mary Ann Roe", "Mary Ann Roe", "Mary Ann", "Roe"},
        {"Roe", "Roe", "Roe", ""},
        {"Roe, Ann, Jr.", "Ann Roe Jr.", "Ann", "Roe Jr."},
        {"Ann Roe, Jr.", "Ann Roe Jr.", "Ann", "Roe Jr."},
        {"Ann Roe Jr.", "Ann Roe Jr.", "Ann", "Roe Jr."},
        {"Anna van der Berg", "Anna van der Berg", "Anna", "van der Berg"},
        {"De la Cruz, Maria", "Maria De la Cruz", "Maria", "De la Cruz"},
        {"Roe, Ann & Bob", "Ann & Bob Roe", "Ann & Bob", "Roe"},
        {"Roe, Inc.", "Roe, Inc.", "", "Roe, Inc."},
        {"Roe & Sons, LLC", "Roe & Sons, LLC", "", "Roe & Sons, LLC"},
        {"Smith, Jones & Brown LLP", "Smith, Jones & Brown LLP", "", "Smith, Jones & Brown LLP"},
        {"Roe,", "Roe", "Roe", ""},
        {"a, b, c, d", "a, b, c, d", "", "a, b, c, d"},
        {"", "", "", ""},
    };
    for (const Case& each : cases) {
        INFO(each.text);
        CHECK(name_part(each.text, NamePart::all) == each.text);
        CHECK(name_part(each.text, NamePart::name) == each.name);
        CHECK(name_part(each.text, NamePart::first) == each.first);
        CHECK(name_part(each.text, NamePart::last) == each.last);
    }
}

TEST_CASE("numbers that Excel has shortened are known") {
    for (const char* text : {"1.23457E+11", "1E+12", "9.1e+15", "1,23457E+11"}) CHECK(is_shortened_number(text));
    for (const char* text : {"12E5", "1.5E-3", "E+11", "1.23457E+", "A1.2E+11", "12.5E+11", "1.E+11", "1.2E+1x", "1234567", ""}) {
        INFO(text);
        CHECK_FALSE(is_shortened_number(text));
    }
}

TEST_CASE("labels of totals and footers are known, and clients that are called so are not taken for them by themselves") {
    for (const char* text : {"Total", "TOTALS:", "Grand Total", "Sub-total", "Total Premium", "Report Total", "Count: 12", "12 records", "Records: 12", "Number of policies: 7", "End of report",
                             "*** End of Report ***", "(12 rows)", "Total records found 12"}) {
        INFO(text);
        CHECK(is_totals_label(text));
    }
    for (const char* text : {"Total Wine & More", "Records Storage Inc", "HO-123", "Ann Roe", "", "12", "Policy", "Policies", "Count Basie", "Total Roofing"}) {
        INFO(text);
        CHECK_FALSE(is_totals_label(text));
    }
}

TEST_CASE("a date with a time of day and no offset is read as programs write it, and nothing else is") {
    const struct {
        const char *text, *mdy, *dmy;
    } cases[] = {
        {"11/28/2026 9:15", "2026-11-28T09:15:00", ""},
        {"11/28/26 9:15 PM", "2026-11-28T21:15:00", ""},
        {"11/28/2026 12:05:09 am", "2026-11-28T00:05:09", ""},
        {"11/28/2026 12:05 p.m.", "2026-11-28T12:05:00", ""},
        {"3/4/2026 09:15", "2026-03-04T09:15:00", "2026-04-03T09:15:00"},
        {"28.11.2026 09:15", "", "2026-11-28T09:15:00"},
        {"28-Nov-2026 09:20:30", "2026-11-28T09:20:30", "2026-11-28T09:20:30"},
        {"2026-11-28T09:20:00", "2026-11-28T09:20:00", "2026-11-28T09:20:00"},
        {"2026-11-28 09:20", "2026-11-28T09:20:00", "2026-11-28T09:20:00"},
        {"2026-11-28 09:20:00.250", "2026-11-28T09:20:00", "2026-11-28T09:20:00"},
        {"2026-11-28T09:20:00Z", "", ""},          // these state their zone
        {"2026-11-28T09:20:00-07:00", "", ""},
        {"11/28/2026 9:15 MST", "", ""},
        {"11/28/2026", "", ""},                    // no time
        {"9:15", "", ""},
        {"13/28/2026 9:15", "", ""},
        {"11/28/2026 24:15", "", ""},
        {"11/28/2026 13:15 PM", "", ""},
        {"11/28/2026 9:15:61", "", ""},
        {"11/28/2026 9:5", "", ""},
        {"dan: 9:15", "", ""},
        {":", "", ""},
        {"", "", ""},
    };
    for (const auto& c : cases) {
        INFO(c.text);
        CHECK(local_time(c.text, DateOrder::mdy).value_or("") == c.mdy);
        CHECK(local_time(c.text, DateOrder::dmy).value_or("") == c.dmy);
    }
}
