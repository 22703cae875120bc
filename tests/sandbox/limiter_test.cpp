#include "sandbox/limiter.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using bindery::sandbox::Limiter;

namespace {

const Limiter::Time kStart = Limiter::Time(1000s);

}  // namespace

TEST_CASE("a window never holds more than its tokens, wherever it begins", "[sandbox]") {
  Limiter limiter({{10, 1s}});
  int granted = 0;
  for (int i = 0; i < 10; ++i) {
    granted += limiter.take(kStart + 900ms + i * 1ms) ? 0 : 1;
  }
  CHECK(granted == 10);
  CHECK(limiter.take(kStart + 1100ms));   // a fixed window would have begun anew
  CHECK(limiter.take(kStart + 1899ms));
  CHECK_FALSE(limiter.take(kStart + 1900ms));
  CHECK(limiter.take(kStart + 1900ms));
}

TEST_CASE("a refused call takes no token and is told how long to wait", "[sandbox]") {
  Limiter limiter({{2, 10s}});
  CHECK_FALSE(limiter.take(kStart));
  CHECK_FALSE(limiter.take(kStart + 3s));
  for (int i = 0; i < 50; ++i) {
    CHECK(limiter.take(kStart + 4s).value_or(0ns) == 6s);
  }
  CHECK_FALSE(limiter.take(kStart + 10s));
  CHECK(limiter.refused() == 50);
}

TEST_CASE("of two limits both must have room and the longer wait counts", "[sandbox]") {
  Limiter limiter({{5, 60s}, {2, 1s}});
  CHECK_FALSE(limiter.take(kStart));
  CHECK_FALSE(limiter.take(kStart));
  CHECK(limiter.take(kStart).value_or(0ns) == 1s);
  CHECK_FALSE(limiter.take(kStart + 1s));
  CHECK_FALSE(limiter.take(kStart + 1s));
  CHECK_FALSE(limiter.take(kStart + 2s));
  CHECK(limiter.take(kStart + 2s).value_or(0ns) == 58s);
}

TEST_CASE("the largest window counts refused calls too, and no limit is kept when none is enforced", "[sandbox]") {
  Limiter limiter({{3, 1s}}, false);
  for (int i = 0; i < 7; ++i) {
    CHECK_FALSE(limiter.take(kStart + i * 100ms));
  }
  CHECK_FALSE(limiter.take(kStart + 5s));
  CHECK(limiter.peaks().at(0).largest == 7);
  CHECK(limiter.refused() == 0);
  limiter.clear();
  CHECK(limiter.peaks().at(0).largest == 0);
}
