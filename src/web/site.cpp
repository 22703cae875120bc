#include "web/site.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "store/web_access.h"
#include "web/layout.h"

namespace bindery::web {
namespace {

constexpr std::size_t kTokenDigits = 64;
constexpr const char* kBusy = "The store is being written by something long, an import perhaps, or can't be written. Try again in a minute; `bindery status` says more.";

// On each reply: nothing is kept, framed, guessed, told to others or loaded from elsewhere.
Reply guarded_reply(Reply reply) {
    reply.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
    reply.headers.emplace_back("X-Frame-Options", "DENY");
    reply.headers.emplace_back("Referrer-Policy", "no-referrer");
    reply.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
    reply.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

Reply html(int status, std::string body) {
    Reply reply;
    reply.status = status;
    reply.type = "text/html; charset=utf-8";
    reply.body = std::move(body);
    return reply;
}

Reply go_to(const std::string& own_address) {
    Reply reply;
    reply.status = 303;
    reply.headers.emplace_back("Location", own_address);
    return reply;
}

Reply plain(int status, const std::string& text) {
    Reply reply;
    reply.status = status;
    reply.body = text + "\n";
    return reply;
}

bool looks_like_token(const std::string& text) {
    return text.size() == kTokenDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::usage:
            return 409;
        case ErrorCode::store:
            return 503;
        default:
            return 500;
    }
}

}  // namespace

Site::Site(Feed feed, std::vector<std::string> hosts) : feed_(std::move(feed)), hosts_(std::move(hosts)), pool_(feed_.store, *feed_.clock), metrics_(feed_) {
    const auto view = [this](const std::string& path, View (*of)(const Look&)) {
        router_.add("GET", path, [this, of](const Request& request) { return page(request, of); });
    };
    view("/", overview_view);
    view("/runs", runs_view);
    view("/run", run_view);
    view("/effects", effects_view);
    view("/effect", effect_view);
    view("/conflicts", conflicts_view);
    view("/quarantine", quarantine_view);
    view("/record", record_view);
    view("/sales", sales_view);
    view("/search", search_view);
    router_.add("GET", "/login", [this](const Request& request) { return login_page(request); });
    router_.add("POST", "/login", [this](const Request& request) { return log_in(request); });
    router_.add("POST", "/logout", [this](const Request& request) { return log_out(request); });
    router_.add("POST", "/settle", [this](const Request& request) {
        const Form form = read_form(request.body);
        return decide(request, form, {Decision::About::effect, form.value("id"), form.value("as"), form.value("seen")}, address("/effect", {{"id", form.value("id")}}));
    });
    router_.add("POST", "/resolve", [this](const Request& request) {
        const Form form = read_form(request.body);
        const std::string word = form.value("take");
        return decide(request, form, {Decision::About::conflict, form.value("id"), word.empty() ? form.value("value") : word, form.value("seen")}, "/conflicts");
    });
    router_.add("GET", "/readyz", [this](const Request&) { return ready(); });
    router_.add("GET", "/metrics", [this](const Request&) { return metrics(); });
    // Answered by at_once(); here for what other methods are told.
    router_.add("GET", "/healthz", [](const Request&) { return plain(200, "ok"); });
    router_.add("GET", "/style.css", [](const Request&) { return plain(200, ""); });
}

Reply Site::at_once(const Request& request) const {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (const std::string no = refusal(gate(), request); !no.empty()) return guarded_reply(problem_page(403, "Not from here", no));
    if (reads && request.path == "/healthz") return guarded_reply(plain(200, "ok"));
    if (reads && request.path == "/style.css") {
        Reply reply = plain(200, kStyle);
        reply.type = "text/css; charset=utf-8";
        return guarded_reply(std::move(reply));
    }
    Reply other;
    other.status = 0;
    return other;
}

Reply Site::answer(const Request& request) {
    if (const std::string no = refusal(gate(), request); !no.empty()) return guarded_reply(problem_page(403, "Not from here", no));
    const auto found = router_.find(request.method, request.path);
    if (found.handler != nullptr) return guarded_reply(guarded(request, *found.handler));
    if (found.allow.empty()) return guarded_reply(problem_page(404, "Not found", "There is no page of that name."));
    Reply reply = problem_page(405, "Not that way", "This address takes no such request.");
    reply.headers.emplace_back("Allow", found.allow);
    return guarded_reply(std::move(reply));
}

Reply Site::guarded(const Request& request, const Handler& handler) {
    try {
        return handler(request);
    } catch (const Error& error) {
        // Its words are for operators, who may not be who asks.
        if (feed_.warn) feed_.warn(std::string("a page failed: ") + error.what());
        return problem_page(status_of(error.code()), "That didn't work", "The store can't be read now. `bindery status` says why.");
    } catch (const std::exception&) {
        if (feed_.warn) feed_.warn("a page failed for a reason that nobody foresaw");
        return problem_page(500, "That didn't work", "Something went wrong in Bindery. Nothing was changed.");
    }
}

Site::Visitor Site::visitor_of(Store& store, const Request& request) const {
    const std::string session = cookie(request, cookie_name());
    WebAccess access(store);
    if (!looks_like_token(session) || !access.session_is_open(session)) return {};
    return {session, access.form_token(session)};
}

Reply Site::page(const Request& request, View (*view)(const Look&)) {
    auto store = pool_.take();
    const Visitor visitor = visitor_of(*store, request);
    if (visitor.session.empty()) return problem_page(401, "Please log in", "Run `bindery open` on this machine: it prints a link that opens these pages.");
    try {
        const std::string zone = feed_.timezone();
        const Html foot = tag("p", "Made at " + time_tag(feed_.clock->wall(), zone) + "; it doesn't change by itself. Times are those of " + zone + ".");
        const View shown = view({*store, feed_, request, visitor.form_token, zone});
        return html(shown.status, document({shown.title, shown.here, visitor.form_token, request.method == "HEAD" ? "" : notices_.take(visitor.session), foot}, shown.content));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
        return problem_page(404, "Not found", error.what(), visitor.form_token);
    }
}

// Only looks: programs that preview links don't spend it.
Reply Site::login_page(const Request& request) {
    const std::string token = request.argument("token");
    auto store = pool_.take();
    if (!looks_like_token(token) || !WebAccess(*store).link_is_good(token)) {
        return problem_page(401, "This link is used up", "A link works once, within five minutes. `bindery open` prints a new one.");
    }
    const Html form = tag("form", {{"method", "post"}, {"action", "/login"}},
                          lone_tag("input", {{"type", "hidden"}, {"name", "token"}, {"value", token}}) + tag("button", {{"type", "submit"}}, "Open the pages of this agency"));
    return html(200, document({"Log in", "", "", "", {}}, tag("p", "You stay logged in with this browser for twelve hours.") + form));
}

Reply Site::log_in(const Request& request) {
    const Form form = read_form(request.body);
    const std::string token = form.value("token");
    // Looked at before the store's lock is asked for, so that guesses hold nobody up.
    const bool good = looks_like_token(token) && !form.broken && WebAccess(*pool_.take()).link_is_good(token);
    const std::string session = feed_.new_token();
    bool opened = false;
    const bool written = !good || write([&](Store& store) { opened = WebAccess(store).open_session(token, session); });
    if (!written) return busy("Not logged in", "The link is good still.");
    if (!opened) return problem_page(401, "This link is used up", "A link works once, within five minutes. `bindery open` prints a new one.");
    Reply reply = go_to("/");
    const auto lives = std::chrono::duration_cast<std::chrono::seconds>(kSessionLives).count();
    reply.headers.emplace_back("Set-Cookie", cookie_name() + "=" + session + "; Path=/; Max-Age=" + std::to_string(lives) + "; HttpOnly; SameSite=Strict");
    return reply;
}

std::string Site::session_of_form(const Request& request, const Form& form, Reply& refused) {
    auto store = pool_.take();
    const Visitor visitor = visitor_of(*store, request);
    if (visitor.session.empty()) {
        refused = problem_page(401, "Please log in", "Run `bindery open` on this machine: it prints a link that opens these pages.");
    } else if (form.broken || !same_secret(form.value("token"), visitor.form_token)) {
        refused = problem_page(403, "Nothing was changed", "That button belongs to another session. Reload the page and try again.", visitor.form_token);
    } else {
        return visitor.session;
    }
    return {};
}

Reply Site::log_out(const Request& request) {
    Reply reply;
    const std::string session = session_of_form(request, read_form(request.body), reply);
    if (session.empty()) return reply;
    if (!write([&](Store& store) { WebAccess(store).close_session(session); })) return busy("You are still logged in", "");
    reply = html(200, document({"Logged out", "", "", "", {}}, tag("p", sentence("`bindery open` prints a link that opens these pages again."))));
    reply.headers.emplace_back("Set-Cookie", cookie_name() + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    return reply;
}

Reply Site::decide(const Request& request, const Form& form, const Decision& decision, const std::string& back) {
    Reply reply;
    const std::string session = session_of_form(request, form, reply);
    if (session.empty()) return reply;
    std::string told;
    const bool written = alone([&] {
        try {
            told = feed_.decide(decision);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::usage && error.code() != ErrorCode::not_found) throw;
            told = "Nothing was changed: " + std::string(error.what()) + (error.hint().empty() ? "" : " (" + error.hint() + ")");
        }
    });
    if (!written) told = std::string("Nothing was changed. ") + kBusy;
    notices_.put(session, told);
    return go_to(back);
}

bool Site::alone(const std::function<void()>& work) {
    const std::unique_lock lock(writing_, std::try_to_lock);
    if (!lock) return false;
    try {
        work();
        return true;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::store) throw;
        if (feed_.warn) feed_.warn(std::string("a page couldn't write: ") + error.what());
        return false;
    }
}

bool Site::write(const std::function<void(Store&)>& work) {
    return alone([&] {
        Store store(feed_.store, *feed_.clock);
        store.wait_at_most(feed_.writes_wait);
        work(store);
    });
}

Reply Site::busy(const std::string& title, const std::string& text) const {
    Reply reply = problem_page(503, title, text + " " + kBusy);
    reply.headers.emplace_back("Retry-After", "30");
    return reply;
}

Reply Site::ready() {
    auto reasons = feed_.not_ready();
    try {
        pool_.take();
    } catch (const Error&) {
        reasons.emplace_back("the store can't be opened; `bindery status` says why");
    }
    Reply reply;
    reply.status = reasons.empty() ? 200 : 503;
    reply.type = "application/json";
    reply.body = nlohmann::json{{"ready", reasons.empty()}, {"reasons", reasons}}.dump() + "\n";
    return reply;
}

Reply Site::metrics() {
    auto store = pool_.take();
    Reply reply = plain(200, "");
    reply.type = Exposition::kContentType;
    reply.body = metrics_.text(*store);
    return reply;
}

Reply Site::problem_page(int status, const std::string& title, const std::string& text, const std::string& form_token) const {
    const Html back = form_token.empty() ? Html() : tag("p", link_to("/", "To the overview"));
    return html(status, document({title, "", form_token, "", {}}, tag("p", sentence(text)) + back));
}

}  // namespace bindery::web
