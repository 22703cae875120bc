#pragma once
// Which troubles people are told of: each once, again when it grows, and its end. Pure.
#include <string>
#include <vector>

#include "core/trouble.h"

namespace bindery {

struct News {
    std::vector<std::string> fresh, grown, over;  // keys
    Troubles known;                               // what counts as told once this has been sent
    bool any() const { return !fresh.empty() || !grown.empty() || !over.empty(); }
};

// A trouble that has become less is silently known by its new level. One that goes on for another reason ("failed JOB REASON") is fresh,
// and the one before isn't over.
News news_of(const Troubles& told, const Troubles& now);

struct Message {
    std::string subject, body;
};
// `name`: which agency or store; `told`: for the words about what is over.
Message message_of(const std::string& name, const News& news, const Troubles& told, const Troubles& now);

}  // namespace bindery
