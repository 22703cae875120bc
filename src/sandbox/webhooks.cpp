#include "sandbox/webhooks.h"

#include "sandbox/options.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace bindery::sandbox {

namespace {

using Clock = std::chrono::steady_clock;

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int stop_when_asked(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

}  // namespace

WebhookSender::WebhookSender(double time_scale) : time_scale_(time_scale) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  thread_ = std::thread([this] { run(); });
}

WebhookSender::~WebhookSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WebhookSender::post(Delivery delivery) {
  {
    const std::lock_guard lock(mutex_);
    const auto due = Clock::now() + std::chrono::duration_cast<Clock::duration>(delivery.delay);
    waiting_.push_back({std::move(delivery), due, 0});
  }
  changed_.notify_all();
}

nlohmann::json WebhookSender::finished() {
  const std::lock_guard lock(mutex_);
  return finished_;
}

void WebhookSender::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = std::min_element(waiting_.begin(), waiting_.end(),
                                       [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
    if (next == waiting_.end()) {
      changed_.wait(lock);
      continue;
    }
    if (next->due > Clock::now()) {
      changed_.wait_until(lock, Clock::time_point(next->due));
      continue;
    }
    Waiting one = std::move(*next);
    waiting_.erase(next);
    lock.unlock();
    const long status = attempt(one.what);
    lock.lock();
    ++one.attempts;
    const bool delivered = status >= 200 && status < 300;
    if (!delivered && one.attempts < 2) {
      one.due = Clock::now() + scaled(std::chrono::seconds(2), time_scale_);
      waiting_.push_back(std::move(one));
      continue;
    }
    finished_.push_back({{"id", one.what.id},
                         {"event", one.what.event},
                         {"url", one.what.url},
                         {"status", status},
                         {"attempts", one.attempts},
                         {"delivered", delivered}});
  }
}

long WebhookSender::attempt(const Delivery& delivery) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) {
    return 0;
  }
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  list = curl_slist_append(list, (delivery.signature_header + ": " + delivery.signature).c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list, &curl_slist_free_all);
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
      scaled(std::chrono::seconds(30), time_scale_));
  curl_easy_setopt(handle.get(), CURLOPT_URL, delivery.url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, delivery.body.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(delivery.body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "bindery-sandbox-webhooks/1");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, std::max(500L, static_cast<long>(timeout.count())));
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &discard);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, &stop_when_asked);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &stopping_);
  if (curl_easy_perform(handle.get()) != CURLE_OK) {
    return 0;
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

bool allowed_receiver(const std::string& url) {
  constexpr std::string_view kSecure = "https://";
  if (url.compare(0, kSecure.size(), kSecure) == 0) {
    return url.size() > kSecure.size();
  }
  constexpr std::array<std::string_view, 3> kHere = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
  return std::any_of(kHere.begin(), kHere.end(), [&url](std::string_view host) {
    return url.compare(0, host.size(), host) == 0 &&
           (url.size() == host.size() || url[host.size()] == ':' || url[host.size()] == '/');
  });
}

}  // namespace bindery::sandbox
