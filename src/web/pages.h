#pragma once
// The site on its listener: answers from construction to destruction.
#include <cstdint>
#include <string>
#include <vector>

#include "web/listener.h"
#include "web/site.h"

namespace bindery::web {

class Pages {
  public:
    // Error(config) when the port can't be had. `hosts`: names that requests may come by beside localhost and its addresses.
    Pages(Feed feed, const ListenerOptions& options, std::vector<std::string> hosts);
    std::uint16_t port() const { return listener_.port(); }
    std::string address() const { return "http://127.0.0.1:" + std::to_string(port()) + "/"; }

  private:
    Site site_;
    Listener listener_;
};

}  // namespace bindery::web
