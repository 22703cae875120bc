#pragma once
// Connections to the store for reading, one a request at a time: a long write never delays them, and a store that was replaced by
// another is noticed.
#include <sys/types.h>

#include <memory>
#include <mutex>
#include <vector>

#include "store/store.h"

namespace bindery::web {

class StorePool {
  public:
    StorePool(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}

    class Lease {
      public:
        Lease(StorePool& pool, std::unique_ptr<Store> store) : pool_(&pool), store_(std::move(store)) {}
        Lease(Lease&&) = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Store& operator*() { return *store_; }

      private:
        StorePool* pool_;
        std::unique_ptr<Store> store_;
    };
    // Error(store) when there is none, or it can't be read.
    Lease take();

  private:
    void give_back(std::unique_ptr<Store> store);

    const std::filesystem::path file_;
    const Clock& clock_;
    std::mutex mutex_;
    ino_t inode_ = 0;
    std::vector<std::unique_ptr<Store>> idle_;
};

}  // namespace bindery::web
