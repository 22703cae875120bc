#pragma once

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace bindery::sandbox {

// One signed event on its way to a receiver.
struct Delivery {
  std::string url;
  std::string event;
  std::string id;
  std::string body;
  std::string signature_header;  // the header's name
  std::string signature;
  std::chrono::steady_clock::time_point due = std::chrono::steady_clock::now();
  int attempts = 0;
};

// Posts events from a thread of its own, each at most twice. The destructor drops what is still waiting.
class WebhookSender {
 public:
  explicit WebhookSender(double time_scale);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  void post(Delivery delivery);
  // What was delivered, or not, with the receiver's last status (0: no reply).
  nlohmann::json finished();

 private:
  void run();
  long attempt(const Delivery& delivery);

  double time_scale_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Delivery> waiting_;
  nlohmann::json finished_ = nlohmann::json::array();
  std::thread thread_;
};

// Only https, but for receivers on this very machine.
bool allowed_receiver(const std::string& url);

}  // namespace bindery::sandbox
