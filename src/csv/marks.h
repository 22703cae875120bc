#pragma once
// Where the delimiters, quotes and line ends of 64 bytes are, as bits.
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace bindery {

constexpr std::size_t kMarksBlock = 64;

inline std::uint64_t marks_of(const char* at, char delimiter) {
    std::uint64_t marks = 0;
#ifdef __SSE2__
    const __m128i delimiters = _mm_set1_epi8(delimiter), quotes = _mm_set1_epi8('"'), feeds = _mm_set1_epi8('\n'), returns = _mm_set1_epi8('\r');
    for (int i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at) + i);
        const __m128i cell = _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiters), _mm_cmpeq_epi8(bytes, quotes));
        const __m128i line = _mm_or_si128(_mm_cmpeq_epi8(bytes, feeds), _mm_cmpeq_epi8(bytes, returns));
        const auto found = static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(cell, line))));
        marks |= found << (16 * i);
    }
#else
    for (std::size_t i = 0; i < kMarksBlock; ++i) {
        const bool mark = at[i] == delimiter || at[i] == '"' || at[i] == '\n' || at[i] == '\r';
        marks |= static_cast<std::uint64_t>(mark) << i;
    }
#endif
    return marks;
}

}  // namespace bindery
