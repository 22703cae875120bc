#pragma once
// Which handler a request is for. Paths are exact. HEAD is answered as GET is; the listener leaves the body out. Pure.
#include <map>
#include <string>

#include "web/http.h"

namespace bindery::web {

class Router {
  public:
    void add(const std::string& method, const std::string& path, Handler handler) { routes_[path][method] = std::move(handler); }

    struct Found {
        const Handler* handler = nullptr;  // nullptr: 404, or 405 when `allow` says what would do
        std::string allow;                 // "GET, HEAD"
    };
    Found find(const std::string& method, const std::string& path) const;

  private:
    std::map<std::string, std::map<std::string, Handler>> routes_;
};

}  // namespace bindery::web
