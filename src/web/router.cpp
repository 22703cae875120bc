#include "web/router.h"

namespace bindery::web {

Router::Found Router::find(const std::string& method, const std::string& path) const {
    const auto route = routes_.find(path);
    if (route == routes_.end()) return {};
    const auto handler = route->second.find(method == "HEAD" ? "GET" : method);
    if (handler != route->second.end()) return {&handler->second, {}};
    Found found;
    for (const auto& [allowed, unused] : route->second) {
        found.allow += (found.allow.empty() ? "" : ", ") + allowed;
        if (allowed == "GET") found.allow += ", HEAD";
    }
    return found;
}

}  // namespace bindery::web
