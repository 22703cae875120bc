#include "engine/room.h"

#include <algorithm>

namespace bindery {

std::vector<BucketRoom> room_for(BudgetFile& budget, const Account& account, const std::string& method, const std::string& path) {
    std::vector<BucketRoom> rooms;
    const auto states = budget.state(account.name);
    for (const auto& bucket : buckets_for(*account.service, method, path)) {
        BucketRoom room{bucket.usable, bucket.usable, bucket.per};
        for (const auto& state : states) {
            if (state.name == bucket.name) room.free = std::max(0, bucket.usable - state.tokens_out);
        }
        rooms.push_back(room);
    }
    return rooms;
}

int tokens_left(const std::vector<BucketRoom>& rooms) {
    if (rooms.empty()) return -1;
    return std::min_element(rooms.begin(), rooms.end(), [](const BucketRoom& a, const BucketRoom& b) { return a.free < b.free; })->free;
}

}  // namespace bindery
