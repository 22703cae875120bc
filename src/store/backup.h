#pragma once
// A consistent copy of the store while others write: one snapshot, copied some pages at a time by SQLite's own backup, checked,
// made durable, and only then given its name. Whatever goes wrong, a file of that name is as it was before.
#include <cstdint>
#include <filesystem>
#include <functional>

namespace bindery {

struct BackupRequest {
    std::filesystem::path store, target;
    bool replace = false;                                // an earlier backup of that name may go
    std::function<bool()> stop{};                        // asked between two steps
    std::function<void(int copied, int pages)> progress{};
};

struct BackupReport {
    std::filesystem::path file;  // absolute
    std::int64_t bytes = 0, pages = 0;
};

// Error(usage) when the target is there and isn't an earlier backup, or mayn't be replaced; Error(store) when the disk or the copy fails;
// Error(running_elsewhere) when another process is writing that backup; Error(interrupted).
BackupReport back_up(const BackupRequest& request);

}  // namespace bindery
