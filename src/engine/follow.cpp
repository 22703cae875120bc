#include "engine/follow.h"

#include <algorithm>

namespace bindery {

void foresee(std::vector<PushPlan>& plans) {
    std::map<std::string, std::int64_t> may_send;
    for (auto& plan : plans) {
        plan.then = 0;
        if (plan.withheld) continue;
        for (const auto& effect : plan.step->after) plan.then += may_send[effect];
        may_send[plan.step->effect] += plan.to_send() + plan.then;
    }
}

std::int64_t foreseen(const std::vector<PushPlan>& plans) {
    std::int64_t sum = 0;
    for (const auto& plan : plans) sum += plan.then;
    return sum;
}

Followed decide_again(const Engine& engine, const Job& job, const PushPlan& before, std::int64_t run, JobSql& sql, const Values& fixed) {
    Followed followed{decide_push(engine, job, *before.step, before.number, run, sql, fixed), {}};
    PushPlan& now = followed.plan;
    now.most = before.to_send() + before.then;
    PushPlan& news = followed.news;
    news.step = now.step;
    news.operation = now.operation;
    news.number = now.number;
    news.withdraw = now.withdraw;
    for (const auto& planned : now.effects) {
        if (before.selected.count(planned.row.identity) == 0) news.effects.push_back(planned);
    }
    for (const auto& unfit : now.unfit) {
        const bool known = std::any_of(before.unfit.begin(), before.unfit.end(), [&](const Unfit& other) { return other.key == unfit.key && other.reason == unfit.reason; });
        if (!known) news.unfit.push_back(unfit);
    }
    news.counted = now.counted;
    news.passed_over = now.passed_over;
    return followed;
}

std::int64_t keep_to_bound(const PushPlan& plan, std::vector<EffectRow>& rows) {
    if (plan.most < 0) return 0;
    std::int64_t room = plan.most;
    for (const auto& row : plan.doubts) room -= plan.doubt_may_go(row) ? 1 : 0;
    const auto size = static_cast<std::int64_t>(rows.size());
    if (size <= room) return 0;
    rows.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, room)));
    return size - static_cast<std::int64_t>(rows.size());
}

}  // namespace bindery
