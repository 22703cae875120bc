#pragma once
// What is answered to whom: health and metrics to anybody on this machine, pages to who came in by a one-time link, buttons to pages
// of the same session. Knows no sockets. Any thread may call it.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "web/feed.h"
#include "web/gate.h"
#include "web/http.h"
#include "web/exposition.h"
#include "web/metrics.h"
#include "web/notices.h"
#include "web/router.h"
#include "web/store_pool.h"
#include "web/views.h"

namespace bindery::web {

class Site {
  public:
    Site(Feed feed, std::vector<std::string> hosts);
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    void set_port(std::uint16_t port) { port_ = port; }  // until then every request is refused

    // What needs no store: /healthz, the style sheet, and refusals. Never blocks; status 0: ask answer().
    Reply at_once(const Request& request) const;
    Reply answer(const Request& request);

  private:
    struct Visitor {
        std::string session, form_token;
    };
    Visitor visitor_of(Store& store, const Request& request) const;
    Reply page(const Request& request, View (*view)(const Look&));
    Reply login_page(const Request& request);
    Reply log_in(const Request& request);
    Reply log_out(const Request& request);
    Reply decide(const Request& request, const Form& form, const Decision& decision, const std::string& back);
    Reply ready();
    Reply metrics();
    // The session that a form belongs to; empty: it doesn't, and `refused` is the answer.
    std::string session_of_form(const Request& request, const Form& form, Reply& refused);
    // What writes does so alone, so that one answer at most waits for the store. False: it is being written by another, or can't be.
    bool alone(const std::function<void()>& work);
    bool write(const std::function<void(Store&)>& work);
    Reply busy(const std::string& title, const std::string& text) const;
    Reply problem_page(int status, const std::string& title, const std::string& text, const std::string& form_token = {}) const;
    Reply guarded(const Request& request, const Handler& handler);
    std::string cookie_name() const { return "bindery_" + std::to_string(port_.load()); }
    Gate gate() const { return {port_, hosts_}; }

    const Feed feed_;
    const std::vector<std::string> hosts_;
    std::atomic<std::uint16_t> port_{0};
    StorePool pool_;
    Metrics metrics_;
    Notices notices_;
    std::mutex writing_;
    Router router_;
};

}  // namespace bindery::web
