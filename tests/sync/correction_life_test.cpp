#include "sync/correction_life.h"

#include <catch2/catch.hpp>

using namespace bindery;

namespace {

Underway answered(Shown shown, const std::string& read_at, const std::string& complete_at) {
    Underway c;
    c.state = EffectState::done;
    c.answered_at = "2026-01-01T10:00:00.000Z";
    c.read_at = read_at;
    c.complete_at = complete_at;
    c.shown = shown;
    return c;
}

const std::string kBefore = "2026-01-01T09:00:00.000Z", kAt = "2026-01-01T10:00:00.000Z", kAfter = "2026-01-01T11:00:00.000Z", kLater = "2026-01-01T12:00:00.000Z";

}  // namespace

TEST_CASE("a reading that shows the value confirms a correction, whatever its effect's state") {
    for (const auto state : {EffectState::pending, EffectState::sending, EffectState::done, EffectState::rejected, EffectState::in_doubt, EffectState::held, EffectState::withdrawn,
                             EffectState::dropped}) {
        Underway c;
        c.state = state;
        c.shown = Shown::wanted;
        CHECK(next_step(c) == CorrectionStep::confirmed);
    }
}

TEST_CASE("an answered correction waits for a later reading, and is given up after two complete lists without it") {
    CHECK(next_step(answered(Shown::had, kBefore, kBefore)) == CorrectionStep::carried);
    CHECK(next_step(answered(Shown::had, kAt, kAt)) == CorrectionStep::carried);
    CHECK(next_step(answered(Shown::had, kAfter, kBefore)) == CorrectionStep::carried);  // a read by id is no list
    CHECK(next_step(answered(Shown::had, kAfter, kAfter)) == CorrectionStep::missed);
    Underway c = answered(Shown::had, kAfter, kAfter);
    c.missed = 1;
    c.missed_at = kAfter;
    CHECK(next_step(c) == CorrectionStep::carried);  // the same list again is no second one
    c.read_at = c.complete_at = kLater;
    CHECK(next_step(c) == CorrectionStep::not_kept);
    c.missed_at = kBefore;  // missed before it was sent again: counts from the start
    CHECK(next_step(c) == CorrectionStep::missed);
}

TEST_CASE("a third value, or another wish, is decided anew, an older reading of it isn't") {
    CHECK(next_step(answered(Shown::other, kAfter, kAfter)) == CorrectionStep::overtaken);
    CHECK(next_step(answered(Shown::other, kBefore, kBefore)) == CorrectionStep::carried);
    Underway c = answered(Shown::had, kAfter, kAfter);
    c.same_wish = false;
    CHECK(next_step(c) == CorrectionStep::overtaken);
}

TEST_CASE("what is in doubt, refused or held stays with its effect, what never left is decided anew") {
    for (const auto state : {EffectState::sending, EffectState::in_doubt, EffectState::rejected, EffectState::held}) {
        Underway c;
        c.state = state;
        CHECK(next_step(c) == CorrectionStep::carried);
        c.shown = Shown::other;
        CHECK(next_step(c) == CorrectionStep::overtaken);
        c.shown = Shown::had;
        c.same_wish = false;
        CHECK(next_step(c) == CorrectionStep::overtaken);
    }
    for (const auto state : {EffectState::pending, EffectState::withdrawn, EffectState::dropped}) {
        Underway c;
        c.state = state;
        CHECK(next_step(c) == CorrectionStep::free);
        c.same_wish = false;
        CHECK(next_step(c) == CorrectionStep::overtaken);
    }
}

TEST_CASE("the third correction to the same value is braked") {
    CHECK_FALSE(braked(0));
    CHECK_FALSE(braked(1));
    CHECK(braked(2));
}
