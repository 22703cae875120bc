#include "net/mail.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace bindery {
namespace {

std::string one_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    return text;
}

std::string base64(const std::string& bytes, std::size_t line) {
    static constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0, column = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U; };
        const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (unsigned digit = 0; digit < 4; ++digit) out += i + digit > bytes.size() ? '=' : kDigits[group >> (18 - 6 * digit) & 63U];
        if (line > 0 && (column += 4) >= line) {
            out += "\r\n";
            column = 0;
        }
    }
    return out;
}

// RFC 2047: a word at most 75 long; cut between characters.
std::string encoded(const std::string& text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
    if (plain && text.size() < 60) return text;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = std::min(at + 42, text.size());
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        out += (at == 0 ? "" : "\r\n ") + std::string("=?UTF-8?B?") + base64(text.substr(at, end - at), 0) + "?=";
        at = end;
    }
    return out;
}

std::string date_header(WallTime time) {
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + ", " + std::to_string(static_cast<unsigned>(date.day())) + " " + kMonths[static_cast<unsigned>(date.month()) - 1] + " " +
           std::to_string(static_cast<int>(date.year())) + " " + rfc3339(time).substr(11, 8) + " +0000";
}

struct Upload {
    std::string text;
    std::size_t at = 0;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
    auto& upload = *static_cast<Upload*>(self);
    const std::size_t n = std::min(size * count, upload.text.size() - upload.at);
    std::memcpy(buffer, upload.text.data() + upload.at, n);
    upload.at += n;
    return n;
}

// The whole host: localhost.example is another machine.
bool to_this_machine(const std::string& url) {
    std::string host = url.substr(url.find("://") + 3);
    host = host.substr(0, host.find('/'));
    if (const auto user = host.rfind('@'); user != std::string::npos) host.erase(0, user + 1);
    host = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
    return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

// What the server says: its replies in their order, of each the code.
struct Replies {
    std::vector<int> codes;
};

std::size_t hear(char* line, std::size_t size, std::size_t count, void* self) noexcept {
    const std::string_view text(line, size * count);
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    // The last line of a reply: three digits and no hyphen.
    if (text.size() >= 3 && digit(0) && digit(1) && digit(2) && (text.size() == 3 || text[3] != '-')) {
        try {
            static_cast<Replies*>(self)->codes.push_back((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
        } catch (const std::bad_alloc&) {
            return 0;
        }
    }
    return text.size();
}

// Those whose RCPT wasn't taken: these replies stand before that to DATA.
std::vector<std::string> refused_of(std::size_t recipients, const std::vector<int>& codes) {
    const auto data = std::find(codes.begin(), codes.end(), 354);
    std::vector<std::string> refused;
    if (data == codes.end() || static_cast<std::size_t>(data - codes.begin()) < recipients) return refused;
    const auto first = data - static_cast<std::ptrdiff_t>(recipients);
    for (auto code = first; code != data; ++code) {
        if (*code >= 400) refused.push_back("number " + std::to_string(code - first + 1) + " (" + std::to_string(*code) + ")");
    }
    return refused;
}

int look_for_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept { return (*static_cast<const std::function<bool()>*>(stop))() ? 1 : 0; }

}  // namespace

std::string mail_text(const Mail& mail) {
    std::string to;
    for (const auto& address : mail.to) to += (to.empty() ? "" : ", ") + one_line(address);
    const std::string from = one_line(mail.from);
    return "Date: " + date_header(mail.date) + "\r\nFrom: Bindery <" + from + ">\r\nTo: " + to + "\r\nSubject: " + encoded(one_line(mail.subject)) + "\r\nMessage-ID: <" + one_line(mail.id) + "@" +
           from.substr(from.find('@') + 1) + ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           base64(mail.body, 76) + "\r\n";
}

MailReply send_mail(const MailServer& server, const Mail& mail, const std::function<bool()>& stop) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
    if (!easy) return {"no memory", {}};
    curl_slist* list = nullptr;
    for (const auto& address : mail.to) list = curl_slist_append(list, ("<" + address + ">").c_str());
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(list, &curl_slist_free_all);
    Upload upload{mail_text(mail)};
    CURL* handle = easy.get();
    curl_easy_setopt(handle, CURLOPT_URL, server.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(to_this_machine(server.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (!server.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, server.ca_file.c_str());
    if (!server.user.empty()) {
        curl_easy_setopt(handle, CURLOPT_USERNAME, server.user.c_str());
        curl_easy_setopt(handle, CURLOPT_PASSWORD, server.password.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // one that left the agency keeps the news from nobody else
    Replies replies;
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, hear);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &replies);
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30'000L);
    if (stop) {
        curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_for_stop);
        curl_easy_setopt(handle, CURLOPT_XFERINFODATA, const_cast<std::function<bool()>*>(&stop));
    }
    const CURLcode code = curl_easy_perform(handle);
    if (code == CURLE_OK) return {{}, refused_of(mail.to.size(), replies.codes)};
    if (code == CURLE_ABORTED_BY_CALLBACK) return {"stopped before it was sent", {}};
    const std::string problem = curl_easy_strerror(code);
    // libcurl's word for a refusal doesn't say that it is one ("Weird server reply").
    const auto no = std::find_if(replies.codes.rbegin(), replies.codes.rend(), [](int each) { return each >= 400; });
    return {no == replies.codes.rend() ? problem : "the mail server answered " + std::to_string(*no) + " (" + problem + ")", {}};
}

}  // namespace bindery
