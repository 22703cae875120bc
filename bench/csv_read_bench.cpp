// How fast a CSV is read: rows of 12 columns are written to a temporary file, then told, hashed, split, hashed row by row, mapped,
// and read again at random places. Processor time. bench/csv_read_bench [rows].
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "core/random.h"
#include "csv/columns.h"
#include "csv/encoding.h"
#include "csv/input_file.h"
#include "csv/reader.h"
#include "csv/writer.h"

namespace {

using namespace bindery;

void write_file(const std::filesystem::path& path, std::int64_t rows) {
    std::ofstream out(path, std::ios::binary);
    out << "Policy Number,Client Name,Email,Phone,Address,City,State,Zip,Carrier,Premium,Effective Date,Expiration Date\r\n";
    Random random(7);
    for (std::int64_t i = 0; i < rows; ++i) {
        const std::string n = std::to_string(i);
        const std::string day = std::to_string(1 + random.below(28)), month = std::to_string(1 + random.below(12));
        out << csv_line(std::vector<std::string>{"HO-" + std::to_string(100000000 + i), "Client, Number " + n, "client" + n + "@example.com",
                                                 "(303) 555-" + std::to_string(1000 + random.below(9000)), n + " Example Street, Unit " + day, "Denver", "CO",
                                                 std::to_string(80000 + random.below(900)), "Example Mutual", "$" + std::to_string(random.below(9000)) + ".50",
                                                 month + "/" + day + "/2026", month + "/" + day + "/2027"},
                        CellGuard::raw);
    }
}

Mapping book() {
    Mapping mapping;
    mapping.dataset = "book.policies";
    mapping.key_fields = {{"policy_number", "expiration_date"}};
    for (const char* name : {"policy_number", "client_name", "email", "phone", "address", "city", "state", "zip", "carrier", "premium", "effective_date", "expiration_date"})
        mapping.fields.push_back({name, FieldType::text, false, false, {}});
    mapping.fields[0].type = FieldType::policy_number;
    mapping.fields[10].type = mapping.fields[11].type = FieldType::date;
    return mapping;
}

// Processor time, user and system: what else the machine does doesn't count.
class Stopwatch {
  public:
    double seconds() const { return now() - begin_; }

  private:
    static double now() {
        struct timespec time {};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }
    double begin_ = now();
};

void show(const char* what, double seconds, double megabytes) { std::printf("%-42s %7.3f s  %7.0f MB/s\n", what, seconds, megabytes / seconds); }

void measure(const std::filesystem::path& path) {
    const InputFile file = InputFile::open(path);
    const double megabytes = static_cast<double>(file.size()) / 1e6;
    std::printf("%.1f MB\n", megabytes);
    const Stopwatch told;
    const TextFormat format = tell_format(file, "", 0);
    show("encoding and delimiter told", told.seconds(), megabytes);
    const Stopwatch hashed;
    const std::string hash = file.hash();
    show("file hashed", hashed.seconds(), megabytes);
    CsvRow row;
    std::vector<std::pair<std::uint64_t, std::int64_t>> places;
    std::uint64_t sum = 0;
    const Stopwatch split;
    for (CsvReader reader(file, format); reader.next(row);) sum += row_hash(row, 1);
    show("rows split and hashed", split.seconds(), megabytes);
    CsvReader reader(file, format);
    reader.next(row);
    const Columns columns = Columns::bind(headers_of(row), CsvProfile{}, book(), path.string());
    FlatRow flat;
    const Stopwatch mapped;
    while (reader.next(row)) {
        if (!row_fault(row, columns)) columns.apply(row, flat);
        sum += flat.fields.size();
        places.emplace_back(row.offset, row.line);
    }
    show("rows split, checked and mapped", mapped.seconds(), megabytes);
    Random random(3);
    for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[random.below(i)]);
    const Stopwatch again;
    for (const auto& [offset, line] : places) {
        reader.go_to(offset, line);
        reader.next(row);
        sum += row.length;
    }
    show("rows read again in random order", again.seconds(), megabytes);
    std::printf("(%zu rows, %s, %llx)\n", places.size(), hash.c_str(), static_cast<unsigned long long>(sum));
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t rows = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    const auto path = std::filesystem::temp_directory_path() / ("csv_read_bench_" + std::to_string(rows) + ".csv");
    write_file(path, rows);
    int code = 0;
    try {
        measure(path);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        code = 1;
    }
    std::filesystem::remove(path);
    return code;
}
