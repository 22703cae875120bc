#pragma once
// Who may look at the pages: one-time links and the sessions that follow from them. Tokens are random text made by the caller; the
// store keeps keyed hashes only. Times are the store's clock. Each function is one transaction; logins leave a row in the audit trail.
#include <optional>
#include <string>

#include "store/store.h"

namespace bindery {

inline constexpr Duration kLinkLives = std::chrono::minutes(5);
inline constexpr Duration kSessionLives = std::chrono::hours(12);

// 256 random bits from the kernel, as 64 hex digits: for a link or a session.
std::string new_web_token();

class WebAccess {
  public:
    explicit WebAccess(Store& store) : store_(store) {}

    // A link that opens one session within kLinkLives. Forgets what has expired.
    void allow_link(const std::string& token);
    // Spends the link and opens a session. False, and nothing happens, when it is unknown, spent or expired.
    bool open_session(const std::string& link_token, const std::string& session_token);
    // Only reads: for a store that is open for reading.
    bool session_is_open(const std::string& session_token);
    bool link_is_good(const std::string& token);
    void close_session(const std::string& session_token);
    // Ends all sessions and links; how many sessions there were.
    int revoke_all();

    // What a form of this session carries; a page of another can't know it. 64 hex digits.
    std::string form_token(const std::string& session_token);

  private:
    Store& store_;
};

}  // namespace bindery
