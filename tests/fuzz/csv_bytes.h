#pragma once
// What must hold for any bytes whatever that are taken for a CSV. Its first byte chooses delimiter, encoding and book.
#include <cstddef>
#include <cstdint>

namespace bindery::test {

// Throws std::logic_error for a promise that's broken. Errors of the program are answers, not failures.
void check_csv_bytes(const std::uint8_t* data, std::size_t size);

}  // namespace bindery::test
