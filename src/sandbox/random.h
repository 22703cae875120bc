#pragma once

#include <cstddef>
#include <cstdint>

namespace bindery::sandbox {

// SplitMix64: the same numbers on every machine for the same seed, which the distributions of <random> don't promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31U);
  }

  // A number below `bound`, which must not be 0.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

  // A number from `low` to `high`, both included.
  int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1))); }

  bool percent(int chance) { return between(1, 100) <= chance; }

  // A number from 0 up to, but without, 1.
  double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  template <typename Array>
  const auto& pick(const Array& array) {
    return array[below(array.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace bindery::sandbox
