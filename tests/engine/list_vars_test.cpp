// Vars that a select reads as lists.
#include "engine/list_vars.h"

#include <catch2/catch.hpp>

using namespace bindery;

TEST_CASE("A var that is a text where a select reads a list is told by name") {
    Job job;
    job.vars = {{"states", "TX"}, {"zips", json::array({"79901"})}, {"owners", "[1]"}, {"days", 3}};
    const auto lines = [&](const char* sql) { return texts_for_lists(job, sql); };
    CHECK(lines("SELECT value FROM json_each(:states)") == std::vector<std::string>{"the select reads the var `states` as a list, and it is a text; write `states: [TX]`"});
    CHECK(lines("SELECT JSON_ARRAY_LENGTH ( :states ), json_array_length(:states)").size() == 1);
    CHECK(lines("SELECT value FROM json_each(:zips), json_each(:owners), json_each(:days)").empty());
    CHECK(lines("SELECT lower(:states), 'json_each(:states)' -- json_each(:states)").empty());
}
