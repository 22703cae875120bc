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
