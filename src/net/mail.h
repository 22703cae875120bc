#pragma once
// One mail by SMTP (libcurl). TLS always: smtps, or STARTTLS that isn't optional, except to this machine.
#include <functional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace bindery {

struct MailServer {
    std::string url;  // smtps://host:465, smtp://host:587
    std::string user, password;
    std::string ca_file;
};

struct Mail {
    std::string from;
    std::vector<std::string> to;
    std::string subject, body;  // UTF-8
    WallTime date;
    std::string id;  // unique; what stands before the @ of the Message-ID
};

// The message as it goes over the wire. Lines end with CR LF; a header can't be broken out of.
std::string mail_text(const Mail& mail);
struct MailReply {
    std::string problem;               // empty, or why nobody gets it (no password, no address of a person in it)
    std::vector<std::string> refused;  // places in `to` that the server didn't take, "number 2 (550)": the others get it
};

// `stop`: asked now and then; true gives up.
MailReply send_mail(const MailServer& server, const Mail& mail, const std::function<bool()>& stop = {});

}  // namespace bindery
