#include "store/sale_look.h"

#include "store/text_rows.h"

namespace bindery {

std::map<std::string, std::string> unfit_sales(Store& store, const std::string& effect) {
    std::map<std::string, std::string> leads;
    for_each_text_row(store, "SELECT ref, once_per FROM sale WHERE effect = ?1 AND state = 'unfit'", {effect}, [&](TextCells& cells) { leads.emplace(cells[0], cells[1]); });
    return leads;
}

}  // namespace bindery
