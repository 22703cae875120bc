#include "web/store_pool.h"

#include <sys/stat.h>

#include <exception>

namespace bindery::web {

constexpr std::size_t kMostIdle = 4;

StorePool::Lease StorePool::take() {
    {
        const std::lock_guard lock(mutex_);
        struct stat now {};
        const ino_t inode = ::stat(file_.c_str(), &now) == 0 ? now.st_ino : 0;
        if (inode != inode_) idle_.clear();
        inode_ = inode;
        if (!idle_.empty()) {
            auto store = std::move(idle_.back());
            idle_.pop_back();
            return {*this, std::move(store)};
        }
    }
    return {*this, std::make_unique<Store>(Store::open_read_only(file_, clock_))};
}

StorePool::Lease::~Lease() {
    // One that something went wrong with isn't used again.
    if (store_ && std::uncaught_exceptions() == 0) pool_->give_back(std::move(store_));
}

void StorePool::give_back(std::unique_ptr<Store> store) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(store));
}

}  // namespace bindery::web
