// What the fuzzer found worth keeping, and a few thousand changes of it, the same ones every time.
#include <catch2/catch.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/random.h"
#include "fuzz/csv_bytes.h"

using namespace bindery;

namespace {

std::vector<std::string> corpus() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(BINDERY_SOURCE_DIR) / "tests" / "fuzz" / "corpus")) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> inputs;
    for (const auto& file : files) {
        std::ostringstream text;
        text << std::ifstream(file, std::ios::binary).rdbuf();
        inputs.push_back(text.str());
    }
    return inputs;
}

void check(const std::string& input) {
    INFO(Catch::Detail::stringify(input));
    CHECK_NOTHROW(test::check_csv_bytes(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()));
}

std::string changed(std::string text, const std::vector<std::string>& all, Random& random) {
    static const std::string kBytes = "\",;\t|\r\n'=+-@ \\\xEF\xBB\xBF\xC3\xA9\x92\xFF" "01/ax";
    for (std::uint64_t n = 1 + random.below(6); n > 0; --n) {
        const std::size_t at = random.below(text.size() + 1);
        switch (random.below(4)) {
            case 0:
                text.insert(at, 1, kBytes[random.below(kBytes.size())]);
                break;
            case 1:
                text.erase(at, random.below(8));
                break;
            case 2:
                if (at < text.size()) text[at] = kBytes[random.below(kBytes.size())];
                break;
            default: {
                const std::string& other = all[random.below(all.size())];
                const std::size_t from = random.below(other.size() + 1);
                text.insert(at, other.substr(from, random.below(40)));
            }
        }
    }
    return text;
}

}  // namespace

TEST_CASE("what the fuzzer kept reads, binds and writes back as promised, and so do changes of it") {
    const auto inputs = corpus();
    REQUIRE(inputs.size() >= 10);
    for (const std::string& input : inputs) check(input);
    Random random(42);
    for (int i = 0; i < 4000; ++i) check(changed(inputs[random.below(inputs.size())], inputs, random));
}
