#include "sync/troubles.h"

#include <algorithm>

#include "core/text.h"

namespace bindery {
namespace {

std::string counted(std::size_t n, const std::string& one, const std::string& many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

void section(std::string& body, const std::string& head, const std::vector<std::string>& keys, const Troubles& texts) {
    if (keys.empty()) return;
    body += head + "\n";
    for (const auto& key : keys) body += "- " + one_line(texts.at(key).text) + "\n";
    body += "\n";
}

// "failed tasks SERVICE" and "failed tasks CONFIG" are about one thing, for two reasons.
std::string about(const std::string& key) { return key.substr(0, key.find(' ', key.find(' ') == std::string::npos ? key.size() : key.find(' ') + 1)); }

bool goes_on(const std::string& key, const Troubles& now) {
    return std::any_of(now.begin(), now.end(), [&](const auto& each) { return about(each.first) == about(key); });
}

}  // namespace

News news_of(const Troubles& told, const Troubles& now) {
    News news;
    news.known = now;
    for (const auto& [key, trouble] : now) {
        const auto before = told.find(key);
        if (before == told.end()) {
            news.fresh.push_back(key);
        } else if (trouble.level > before->second.level) {
            news.grown.push_back(key);
        }
    }
    for (const auto& [key, trouble] : told) {
        if (!goes_on(key, now)) news.over.push_back(key);
    }
    return news;
}

Message message_of(const std::string& name, const News& news, const Troubles& told, const Troubles& now) {
    Message message;
    const std::size_t wrong = news.fresh.size() + news.grown.size();
    message.subject = "Bindery " + name + ": " +
                      (wrong > 0 ? counted(wrong, "thing needs you", "things need you") : now.empty() ? std::string("all is well again") : counted(news.over.size(), "trouble is over", "troubles are over"));
    section(message.body, "New:", news.fresh, now);
    section(message.body, "More of it:", news.grown, now);
    section(message.body, "Over:", news.over, told);
    std::vector<std::string> still;
    for (const auto& [key, trouble] : now) {
        const auto same = [&](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), key) != list.end(); };
        if (!same(news.fresh) && !same(news.grown)) still.push_back(key);
    }
    section(message.body, "Still there:", still, now);
    return message;
}

}  // namespace bindery
