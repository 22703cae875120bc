#include "year/postman.h"

namespace bindery::test {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void Postman::post(sandbox::Delivery delivery) {
    ++counts.posted;
    if (chance(10)) {
        ++counts.lost;
        return;
    }
    milliseconds after = milliseconds(roll(20, 900));
    if (chance(8)) after = seconds(roll(1, 300));  // after events that were sent later
    if (chance(15)) {
        ++counts.late;
        after = minutes(roll(10, 600));
    }
    send(delivery, after);
    if (chance(12)) {
        ++counts.repeated;
        send(delivery, after + (chance(2) ? milliseconds(seconds(roll(1, 60))) : milliseconds(minutes(roll(1, 6000)))));
    }
    if (chance(25)) {
        ++counts.forged;
        delivery.body.insert(delivery.body.size() - 1, R"(,"id":"forged")");
        send(delivery, after);
    }
}

void Postman::hand_over(const std::function<int(const sandbox::Delivery&)>& receive) {
    while (!under_way_.empty() && under_way_.begin()->first <= time_()) {
        Letter letter = under_way_.begin()->second;
        under_way_.erase(under_way_.begin());
        const int answer = receive(letter.what);
        ++counts.answers[answer];
        if (answer >= 200 && answer < 300) continue;
        if (++letter.tries < 2) under_way_.emplace(time_() + seconds(2), letter);
        else ++counts.never_taken;
    }
}

}  // namespace bindery::test
