#pragma once
// Texts in the order in which they came, each once. Few are looked through, many are kept in a set: a document may hold thousands. Pure.
#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace bindery {

class UniqueTexts {
  public:
    void add(std::string text) {
        if (text.empty() || has(text)) return;
        if (texts_.size() == kFew) set_.insert(texts_.begin(), texts_.end());
        if (texts_.size() >= kFew) set_.insert(text);
        texts_.push_back(std::move(text));
    }
    std::vector<std::string> take() { return std::move(texts_); }

  private:
    static constexpr std::size_t kFew = 32;
    bool has(const std::string& text) const {
        return texts_.size() > kFew ? set_.contains(text) : std::find(texts_.begin(), texts_.end(), text) != texts_.end();
    }

    std::vector<std::string> texts_;
    std::unordered_set<std::string> set_;
};

}  // namespace bindery
