// An error in one line, as the log, the status and messages have it.
#include <catch2/catch.hpp>

#include "app/commands.h"

using namespace bindery;

TEST_CASE("an error in one line ends its sentence once, and says that what follows is to be done") {
    CHECK(in_one_line(Error(ErrorCode::config, "unknown key `schedul`; did you mean `schedule`?", "mend that")) == "unknown key `schedul`; did you mean `schedule`? To do: mend that");
    CHECK(in_one_line(Error(ErrorCode::store, "the disk is full", "make room")) == "the disk is full. To do: make room");
    CHECK(in_one_line(Error(ErrorCode::store, "The disk is full.", "make room")) == "The disk is full. To do: make room");
    CHECK(in_one_line(Error(ErrorCode::store, "the disk is full")) == "the disk is full");
}
