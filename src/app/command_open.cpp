// open: a one-time link to the pages.
#include "app/commands.h"
#include "store/lock.h"
#include "store/web_access.h"

namespace bindery {

int command_open(Session& session) {
    const auto port = session.config().settings.web.port;
    if (session.options().revoke) {
        const int ended = WebAccess(session.store()).revoke_all();
        print(session, {{"ended", ended}}, std::to_string(ended) + " sessions were ended, and every link with them.\n");
        return 0;
    }
    if (port == 0) throw Error(ErrorCode::usage, "the pages are off: web.port in bindery.yaml is 0", "set it to a free port, such as 8369, and start the daemon anew");
    const std::string token = new_web_token();
    WebAccess(session.store()).allow_link(token);
    const std::string link = "http://127.0.0.1:" + std::to_string(port) + "/login?token=" + token;
    const std::string until = rfc3339(session.clock().wall() + std::chrono::duration_cast<std::chrono::milliseconds>(kLinkLives));
    const bool daemon = JobLock::held(session.store_file(), kDaemonLock);
    print(session, {{"link", link}, {"expires_at", until}, {"daemon", daemon}},
          link + "\nGood once, for five minutes, in a browser on this machine while `bindery run` is running" + (daemon ? ".\n" : ", which it isn't now: start it first.\n"));
    return 0;
}

}  // namespace bindery
