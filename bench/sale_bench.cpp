// How fast a lead is checked before the wire, and split. Leads and calls with every field, two drivers with three incidents each, two
// vehicles. Processor time of one core. bench/sale_bench [LEADS].
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "core/exact_json.h"
#include "services/sale_bodies.h"
#include "services/sale_rules.h"
#include "services/sale_samples.h"
#include "services/sale_tidy.h"

namespace {

using namespace bindery;

double seconds_now() {
    struct timespec time {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void measure(const char* name, int times, const std::function<std::size_t()>& once) {
    std::size_t sum = once();  // the schemas are compiled by the first
    const double begin = seconds_now();
    for (int i = 0; i < times; ++i) sum += once();
    const double each = (seconds_now() - begin) / times;
    std::printf("%-28s %8.0f a second, %6.1f us each (%zu)\n", name, 1 / each, each * 1e6, sum);
}

}  // namespace

int main(int argc, char** argv) {
    const int times = argc > 1 ? std::atoi(argv[1]) : 20000;
    if (times < 1) {
        std::fprintf(stderr, "usage: sale_bench [LEADS]\n");
        return 64;
    }
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        const json lead = full_sale(media);
        json bad = lead;
        bad["zip"] = 7;
        bad["drivers"][0].erase("gender");
        bad["drivers"][1]["incidents"][0]["damage_type"] = "none";
        std::printf("%s of %zu bytes\n", sale_media_name(media), lead.dump().size());
        measure("  checked, in order", times, [&] { return sale_faults(media, lead, sale_day()).size(); });
        measure("  checked, three faults", times, [&] { return sale_faults(media, bad, sale_day()).size(); });
        measure("  ping and post made", times, [&] { return ping_body(media, lead, sale_day()).size() + post_body(media, lead, "bid").size(); });
        measure("  ping written", times, [&] { return dump_exact(ping_body(media, lead, sale_day())).size(); });
        measure("  tidied", times, [&] { return tidy_lead(media, lead).changed.size(); });
    }
    return 0;
}
