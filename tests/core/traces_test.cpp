#include "core/traces.h"

#include <catch2/catch.hpp>

using namespace bindery;

namespace {

Traces ann() {
    Traces traces;
    traces.add_email(" Ann.Roe@Mail.example ");
    traces.add_phone("(512) 555-0137");
    traces.add_name("Ann", "Roe");
    traces.add_key("|email+first_name|x|ann");
    return traces;
}

}  // namespace

TEST_CASE("Which texts are about a person: e-mail in any case, a phone in any spelling, never a name alone") {
    struct Row {
        const char* text;
        bool mentioned, shown;
    };
    const Row rows[] = {
        {"", false, false},
        {"write to ANN.ROE@mail.EXAMPLE today", true, true},
        {"ann.roe@mail.exampl", false, false},
        {"5125550137", true, true},
        {"call +1 (512) 555-0137.", true, true},
        {"1-512-555-0137 ext 4", true, true},
        {"512.555.0137", true, true},
        {"95125550137", false, false},
        {"51255501370", false, false},
        {"512555,0137", false, false},
        {"Ann Roe", false, true},
        {"policy of ROE, ANN", false, true},
        {"Joann Roeder", false, true},  // a trace too many is scrubbed, and only in rows that are the person's
        {"Ann", false, false},
        {"|email+first_name|x|ann", false, true},
        // Somebody else's, in which this one's stands.
        {"joann.roe@mail.example", false, false},
        {"jo.ann.roe@mail.example", false, false},
        {"jo-ann.roe@mail.example, 1-ann.roe@mail.example", false, false},
        {"jo+ann.roe@mail.example", false, false},
        {"x_ann.roe@mail.example %ann.roe@mail.example", false, false},
        {"Jo\xC3\xA3""ann.roe@mail.example", false, false},
        {"ann.roe@mail.examples", false, false},
        {"ann.roe@mail.example2", false, false},
        {"ann.roe@mail.example.org", false, false},
        {"ann.roe@mail.example-shop.org", false, false},
        {"joann.roe@mail.example and ann.roe@mail.example", true, true},
        // What stands around one in a text.
        {"<ann.roe@mail.example>", true, true},
        {"mailto:ann.roe@mail.example?subject=x", true, true},
        {"a@x.example,ann.roe@mail.example;b@x.example", true, true},
        {"It's ann.roe@mail.example.", true, true},
        {"ann.roe@mail.example. She moved", true, true},
        {"ann.roe@mail.example - called", true, true},
        {"ann.roe@mail.example--called", true, true},
        {"\xE2\x80\x9C""ann.roe@mail.example\xE2\x80\x9D", true, true},
        {"\xC2\xA0""ann.roe@mail.example\xC2\xA0", true, true},
        // As JSON has it.
        {R"({"notes":"write to\nann.roe@mail.example"})", true, true},
        {R"({"notes":"write to\u003cann.roe@mail.example>"})", true, true},
        {R"({"notes":"ann.roe\u0040mail.example"})", true, true},
        {R"({"notes":"jo\u005fann.roe@mail.example"})", false, false},
        {R"({"reply":"{\"notes\":\"to\\nann.roe@mail.example\"}"})", true, true},
        {R"({"notes":"call\t5125550137\u00a0now"})", true, true},
        // Phones, within what else has digits.
        {"on 2026-01-12 512-555-0137", true, true},
        {"on 2026-01-11 512-555-0137 22 times", true, true},
        {"115125550137", false, false},
        {"+44 512 555 0137", false, false},
        {"+1 512 555 0137", true, true},
        {"+15125550137", true, true},
        {"card 4512 5550 1371 2345", false, false},
        {"512-555-01377", false, false},
        {"512-555-0138", false, false},
    };
    const Traces traces = ann();
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(traces.mentioned_in(row.text) == row.mentioned);
        CHECK(traces.shown_in(row.text) == row.shown);
    }
    CHECK_FALSE(Traces().shown_in("anything at all 5125550137 a@b.example"));
}

TEST_CASE("Scrubbing takes the person out of JSON and leaves the rest, and a text that is none goes whole") {
    const Traces traces = ann();
    CHECK(traces.scrubbed(R"x({"lead_id":"lead_7","mail":"ann.roe@mail.example","n":[1,"call (512) 555-0137"]})x") == R"x({"lead_id":"lead_7","mail":"(forgotten)","n":[1,"(forgotten)"]})x");
    CHECK(traces.scrubbed("/clients/ann.roe@mail.example") == "(forgotten)");
    CHECK(traces.scrubbed("/clients/c_7") == "/clients/c_7");
    CHECK(traces.scrubbed(R"({"ann.roe@mail.example":1})") == "{}");
    CHECK(traces.scrubbed(R"({"phone":5125550137})") == "{}");
}
