// libFuzzer's way in. How to build and run it: CMakeLists.txt here.
#include "fuzz/csv_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bindery::test::check_csv_bytes(data, size);
    return 0;
}
