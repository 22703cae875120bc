#include "web/pages.h"

namespace bindery::web {

Pages::Pages(Feed feed, const ListenerOptions& options, std::vector<std::string> hosts)
    : site_(std::move(feed), std::move(hosts)),
      listener_(
          options, [this](const Request& request) { return site_.at_once(request); }, [this](const Request& request) { return site_.answer(request); }) {
    site_.set_port(listener_.port());
}

}  // namespace bindery::web
