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
  std::chrono::nanoseconds delay{0};  // it leaves so much later
};

// Where the services put their events.
class EventPost {
 public:
  virtual ~EventPost() = default;
  virtual void post(Delivery delivery) = 0;
};

// Posts events from a thread of its own, each at most twice. The destructor drops what is still waiting.
class WebhookSender final : public EventPost {
 public:
  explicit WebhookSender(double time_scale);
  ~WebhookSender() override;
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  void post(Delivery delivery) override;
  // What was delivered, or not, with the receiver's last status (0: no reply).
  nlohmann::json finished();

 private:
  struct Waiting {
    Delivery what;
    std::chrono::steady_clock::time_point due;
    int attempts = 0;
  };
  void run();
  long attempt(const Delivery& delivery);

  double time_scale_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  nlohmann::json finished_ = nlohmann::json::array();
  std::thread thread_;
};

// Only https, but for receivers on this very machine.
bool allowed_receiver(const std::string& url);

}  // namespace bindery::sandbox
