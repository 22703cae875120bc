// Mail: the text as it goes over the wire, and a conversation with a server on this machine.
#include "net/mail.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "support/raw_server.h"

using namespace bindery;

namespace {

Mail example() {
    Mail mail;
    mail.from = "bindery@agency.example";
    mail.to = {"a@agency.example", "b@agency.example"};
    mail.subject = "Bindery acme: 2 things need you";
    mail.body = "New:\n- job renewals failed\n";
    mail.date = parse_rfc3339("2026-11-25T06:07:08Z");
    mail.id = "bindery.1";
    return mail;
}

}  // namespace

TEST_CASE("a mail has its headers, and none can be broken out of") {
    const std::string text = mail_text(example());
    CHECK_THAT(text, Catch::StartsWith("Date: Wed, 25 Nov 2026 06:07:08 +0000\r\nFrom: Bindery <bindery@agency.example>\r\nTo: a@agency.example, b@agency.example\r\n"
                                       "Subject: Bindery acme: 2 things need you\r\nMessage-ID: <bindery.1@agency.example>\r\n"));
    CHECK_THAT(text, Catch::Contains("\r\n\r\nTmV3OgotIGpvYiByZW5ld2FscyBmYWlsZWQK"));
    Mail odd = example();
    odd.subject = "two\r\nBcc: all@agency.example";
    CHECK_THAT(mail_text(odd), Catch::Contains("Subject: two  Bcc: all@agency.example\r\n"));
    odd.subject = "Agentur M\xc3\xbcller: ein sehr langer Betreff, der nicht in eine Zeile passt";
    CHECK_THAT(mail_text(odd), Catch::Contains("Subject: =?UTF-8?B?QWdlbnR1ciBNw7xsbGVy"));
    for (std::size_t at = 0, end = 0; (end = mail_text(odd).find("\r\n", at)) != std::string::npos; at = end + 2) CHECK(end - at <= 78);
}

namespace {

// Says `answers` to lines that begin with a word of it, else yes; `heard` has what it was told.
std::function<void(test::RawServer::Peer&)> mail_server(std::map<std::string, std::string> answers, std::string& heard) {
    return [answers = std::move(answers), &heard](test::RawServer::Peer& peer) {
        peer.send("220 here\r\n");
        for (bool data = false;;) {
            const std::string line = peer.read_line();
            if (line.empty()) return;
            heard += line;
            if (data && line != ".\r\n") continue;
            const std::string yes = line.starts_with("DATA") ? "354 go on\r\n" : "250-ok\r\n250 ok\r\n";
            data = !data && line.starts_with("DATA");
            const auto answer = std::find_if(answers.begin(), answers.end(), [&](const auto& each) { return line.starts_with(each.first); });
            peer.send(answer == answers.end() ? yes : answer->second + "\r\n");
        }
    };
}

}  // namespace

TEST_CASE("an address that the mail server refuses is told, and the others get the mail") {
    const CurlRuntime curl;
    std::string heard;
    test::RawServer server({mail_server({{"RCPT TO:<a@", "550 5.1.1 who is that"}}, heard), mail_server({{"RCPT", "452 full"}}, heard), mail_server({{"MAIL", "451 later"}}, heard),
                            mail_server({{".", "554 not such a text"}}, heard)});
    const MailServer here{"smtp://127.0.0.1:" + std::to_string(server.port()), {}, {}, {}};
    const MailReply one = send_mail(here, example());
    CHECK(one.problem.empty());
    CHECK(one.refused == std::vector<std::string>{"number 1 (550)"});
    CHECK_THAT(heard, Catch::Contains("RCPT TO:<b@agency.example>") && Catch::Contains("TmV3OgotIGpvYiByZW5ld2FscyBmYWlsZWQK"));
    for (const char* code : {"452", "451", "554"}) CHECK_THAT(send_mail(here, example()).problem, Catch::Contains("the mail server answered " + std::string(code)));
}

TEST_CASE("a mail server on this machine gets sender, recipients and text, and a refusal and silence are told") {
    const CurlRuntime curl;
    std::string heard;
    test::RawServer server({[&heard](test::RawServer::Peer& peer) {
        peer.send("220 here\r\n");
        for (bool data = false;;) {
            const std::string line = peer.read_line();
            if (line.empty()) return;
            heard += line;
            if (data) {
                if (line != ".\r\n") continue;
                data = false;
                peer.send("250 taken\r\n");
            } else if (line.starts_with("DATA")) {
                data = true;
                peer.send("354 go on\r\n");
            } else if (line.starts_with("QUIT")) {
                peer.send("221 bye\r\n");
                return;
            } else {
                peer.send("250 ok\r\n");
            }
        }
    }, [](test::RawServer::Peer& peer) {
        peer.send("554 not you\r\n");
    }});
    const MailServer here{"smtp://127.0.0.1:" + std::to_string(server.port()), {}, {}, {}};
    CHECK(send_mail(here, example()).problem.empty());
    CHECK_THAT(heard, Catch::Contains("MAIL FROM:<bindery@agency.example>") && Catch::Contains("RCPT TO:<b@agency.example>") && Catch::Contains("TmV3OgotIGpvYiByZW5ld2FscyBmYWlsZWQK"));
    CHECK_FALSE(send_mail(here, example()).problem.empty());
    CHECK_FALSE(send_mail({"smtp://127.0.0.1:1", {}, {}, {}}, example()).problem.empty());
}
