#include "engine/list_vars.h"

#include <set>

#include "core/text.h"
#include "store/sql_text.h"

namespace bindery {

std::vector<std::string> texts_for_lists(const Job& job, const std::string& sql) {
    std::set<std::string> wrong;
    const auto tokens = sql_tokens(sql);
    for (std::size_t i = 2; i < tokens.size(); ++i) {
        if (tokens[i].kind != SqlToken::Kind::parameter || !tokens[i - 1].is('(')) continue;
        const std::string function = lower(tokens[i - 2].text);
        if (function != "json_each" && function != "json_tree" && function != "json_array_length") continue;
        const std::string name(tokens[i].text.substr(1));
        const auto value = job.vars.find(name);
        if (value != job.vars.end() && value->is_string() && !json::accept(value->get_ref<const std::string&>())) wrong.insert(name);
    }
    std::vector<std::string> lines;
    for (const auto& name : wrong) lines.push_back("the select reads the var `" + name + "` as a list, and it is a text; write `" + name + ": [" + job.vars.at(name).get<std::string>() + "]`");
    return lines;
}

}  // namespace bindery
