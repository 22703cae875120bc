#include "store/staging.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <set>
#include <system_error>

#include "core/error.h"
#include "store/sqlite_file.h"
#include "store/staged_pages.h"
#include "store/store.h"

namespace bindery {
namespace {

constexpr const char* kFormat = "1";

void remove_file(const std::filesystem::path& file) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    std::filesystem::remove(file.string() + "-journal", ignored);
}

bool is_broken(const SQLite::Exception& error) {
    const int code = error.getErrorCode();  // SQLITE_ERROR: a table is missing
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
}

}  // namespace

namespace {

// One record in another charset must not cost the whole page: it's kept under its key, and landing quarantines it.
Glance glance_at(const Mapping& mapping, std::string_view document) {
    try {
        return glance(mapping, document);
    } catch (const Error&) {
        const std::string repaired = replace_invalid_utf8(document);
        if (repaired == document) throw;
        return glance(mapping, repaired);
    }
}

Glance glance_or_none(const Mapping& mapping, std::string_view document) {
    try {
        return glance_at(mapping, document);
    } catch (const Error&) {
        Glance none;
        none.is_json = false;
        return none;
    }
}

}  // namespace

struct Staging::Impl {
    Impl(const std::filesystem::path& of_store, const std::filesystem::path& where, const Mapping& of, const Clock& with)
        : store(of_store), file(where), mapping(of), clock(with), signature(of.signature()) {}

    std::filesystem::path store, file;
    Mapping mapping;
    const Clock& clock;
    std::string signature;
    std::unique_ptr<SQLite::Database> db;
    std::unique_ptr<StagedPages> pages;
    StagedPull pull;
    PresentCounts present{};

    void open();
    void close();
    void create(WallTime began);
    bool load(Duration young);
    PageFacts add(int page, const std::string& requested, const std::vector<StagedRow>& rows,
                  std::optional<std::int64_t> total);
    template <class Work>
    auto guarded(Work work) -> decltype(work());
};

void Staging::Impl::open() {
    // Made by us, so that nobody else may read it from its first byte on; SQLite gives its journal the same mode.
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
    give_to_owner_of(store, file);
    db = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 5000);
    // A rollback journal survives the death of the process, and appending needs next to none of it. Nothing is synced:
    // after a power loss the boot id tells that the file can't be trusted, and it is begun anew.
    db->exec("PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8192;");
    db->exec("PRAGMA journal_mode=TRUNCATE");
}

void Staging::Impl::close() {
    pages.reset();
    db.reset();
}

template <class Work>
auto Staging::Impl::guarded(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, file);
    }
}

void Staging::Impl::create(WallTime began) {
    close();
    remove_file(file);
    pull = StagedPull{};
    pull.began = began;
    present = PresentCounts{};
    guarded([&] {
        open();
        SQLite::Transaction transaction(*db, SQLite::TransactionBehavior::IMMEDIATE);
        db->exec(kStagingTables);
        SQLite::Statement insert(*db, "INSERT INTO meta (name, value) VALUES (?, ?)");
        const std::pair<const char*, std::string> facts[] = {{"format", kFormat},
                                                             {"dataset", mapping.dataset},
                                                             {"signature", signature},
                                                             {"boot", clock.boot_id()},
                                                             {"began", rfc3339(began)}};
        for (const auto& [name, value] : facts) {
            insert.bind(1, name);
            insert.bind(2, value);
            insert.exec();
            insert.reset();
        }
        transaction.commit();
        pages = std::make_unique<StagedPages>(*db, mapping.fields.size());
    });
}

// False when what lies there can't be gone on with: another mapping or boot, too old, from the future, or empty.
bool Staging::Impl::load(Duration young) {
    open();
    std::map<std::string, std::string> meta;
    for (SQLite::Statement select(*db, "SELECT name, value FROM meta"); select.executeStep();)
        meta[select.getColumn(0).getString()] = select.getColumn(1).getString();
    if (meta["format"] != kFormat || meta["dataset"] != mapping.dataset || meta["signature"] != signature ||
        meta["boot"] != clock.boot_id())
        return false;
    SQLite::Statement oldest(*db, "SELECT min(requested), max(requested) FROM page");
    if (!oldest.executeStep() || oldest.isColumnNull(0)) return false;
    const WallTime now = clock.wall();
    if (parse_rfc3339(oldest.getColumn(1).getString()) > now) return false;
    if (now - parse_rfc3339(oldest.getColumn(0).getString()) >= young) return false;
    oldest.reset();
    pull = StagedPull{};
    pull.began = parse_rfc3339(meta["began"]);
    pull.resumed = true;
    pages = std::make_unique<StagedPages>(*db, mapping.fields.size());
    pages->count(pull, present);
    return true;
}

PageFacts Staging::Impl::add(int page, const std::string& requested, const std::vector<StagedRow>& rows,
                             std::optional<std::int64_t> total) {
    const bool again = std::binary_search(pull.pages.begin(), pull.pages.end(), page);
    PageFacts facts;
    try {
        SQLite::Transaction transaction(*db, SQLite::TransactionBehavior::IMMEDIATE);
        if (again) pages->drop(page, page);
        facts = pages->insert(page, requested, rows, total);
        transaction.commit();
    } catch (const SQLite::Exception&) {
        pages.reset();  // half-run statements would keep the transaction open
        pages = std::make_unique<StagedPages>(*db, mapping.fields.size());
        throw;
    }
    if (again) {
        pages->count(pull, present);
        return facts;
    }
    pull.pages.insert(std::upper_bound(pull.pages.begin(), pull.pages.end(), page), page);
    if (total && pull.total && *pull.total != *total) pull.total_moved = true;
    if (total && !pull.total) pull.total = total;
    pull.rows += facts.rows;
    pull.keys += facts.new_keys;
    pull.repeated += facts.repeated;
    pull.keyless += facts.keyless;
    for (const StagedRow& row : rows)
        for (std::uint64_t bits = row.glance.present; bits != 0; bits &= bits - 1)
            ++present[static_cast<std::size_t>(std::countr_zero(bits))];
    return facts;
}

Staging::Staging(const std::filesystem::path& store, const std::string& job, const Mapping& mapping, const Clock& clock)
    : file_(store.string() + ".staging-" + job + "-" + mapping.dataset),
      impl_(std::make_unique<Impl>(store, file_, mapping, clock)) {}
Staging::~Staging() = default;
Staging::Staging(Staging&&) noexcept = default;

std::optional<StagedPull> Staging::resume(Duration young) {
    impl_->close();
    if (std::filesystem::exists(file_)) {
        try {
            if (impl_->load(young)) return facts();
        } catch (const SQLite::Exception& error) {
            if (!is_broken(error)) rethrow_store_error(error, file_);
        } catch (const Error&) {
            // A time that can't be read: as worthless as a torn page.
        }
    }
    clear();
    return std::nullopt;
}

void Staging::clear() {
    impl_->close();
    remove_file(file_);
    impl_->pull = StagedPull{};
    impl_->present = PresentCounts{};
}

void Staging::begin(WallTime began) {
    impl_->create(began);
}

PageFacts Staging::add_page(int page, WallTime requested, const std::vector<std::string_view>& documents,
                            std::optional<std::int64_t> total, Unreadable unreadable) {
    const auto look = unreadable == Unreadable::refuse_page ? glance_at : glance_or_none;
    if (!impl_->db) throw Error(ErrorCode::internal, "a page was staged before the pull began");
    std::vector<StagedRow> rows;
    rows.reserve(documents.size());
    for (std::string_view document : documents)
        rows.push_back({look(impl_->mapping, document), document_hash(document), document});
    return impl_->guarded([&] { return impl_->add(page, rfc3339(requested), rows, total); });
}

bool Staging::same_keys(int page, const std::vector<std::string_view>& documents) {
    if (!impl_->db) return false;
    std::set<std::string> keys;
    for (std::string_view document : documents) keys.insert(glance_at(impl_->mapping, document).key);
    keys.erase("");
    return impl_->guarded([&] {
        SQLite::Statement staged(*impl_->db,
                                 "SELECT key FROM item WHERE page = ?1 UNION SELECT key FROM older WHERE page = ?1");
        staged.bind(1, page);
        std::size_t found = 0;
        while (staged.executeStep()) {
            if (keys.count(staged.getColumn(0).getString()) == 0) return false;
            ++found;
        }
        return found == keys.size();
    });
}

void Staging::drop_pages_after(int page) {
    if (!impl_->db || impl_->pull.pages.empty() || impl_->pull.pages.back() <= page) return;
    impl_->guarded([&] {
        SQLite::Transaction transaction(*impl_->db, SQLite::TransactionBehavior::IMMEDIATE);
        impl_->pages->drop(page + 1, impl_->pull.pages.back());
        transaction.commit();
        impl_->pages->count(impl_->pull, impl_->present);
    });
}

StagedPull Staging::facts() const {
    StagedPull facts = impl_->pull;
    const std::size_t fields = std::min(impl_->mapping.fields.size(), kMaxMappedFields);
    for (std::size_t i = 0; i < fields; ++i) facts.present[impl_->mapping.fields[i].name] = impl_->present[i];
    return facts;
}

}  // namespace bindery
