#include "engine/import_file.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <future>
#include <set>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/nearest.h"
#include "core/row_key.h"
#include "core/text.h"
#include "csv/cell_rules.h"
#include "csv/columns.h"
#include "csv/profiles.h"
#include "engine/import_words.h"
#include "engine/reject_file.h"
#include "store/datasets.h"
#include "store/runs.h"

namespace bindery {
namespace {

constexpr std::int64_t kFewRows = 20;          // below it a share of rejects says nothing
constexpr std::int64_t kMostRejectedPercent = 20;
constexpr std::string_view kRejectsEnd = ".rejects.csv";
constexpr std::size_t kMostQuarantined = 10'000;  // rows of a file; the others stand in its reject file alone
constexpr std::int64_t kRowsALook = 4096;      // of a batch, and between two looks at `stop`

std::string row_name(std::int64_t hash) {
    char text[24];
    std::snprintf(text, sizeof text, "row-%016llx", static_cast<unsigned long long>(hash));
    return text;
}

class FileImport {
  public:
    FileImport(const Config& config, Store& store, const ImportRequest& request)
        : store_(store), request_(request), book_(config.book(request.book)), input_(InputFile::open(request.file)), profiles_(profiles_of(config)) {}

    ImportReport run() {
        report_.file = request_.file.filename().string();
        report_.whole = request_.whole.value_or(book_.full);
        const WallTime read_at = reading_time();
        report_.read_at = rfc3339(read_at);
        const TextFormat format = open_text();
        if (format.odd_line) {
            report_.warnings.push_back("the file is read as Windows-1252, but line " + std::to_string(*format.odd_line) +
                                       " has a letter in UTF-8, which becomes two or three wrong ones: save the file as \"CSV UTF-8\", or export it again");
        }
        CsvReader reader(input_, format);
        CsvRow row;
        if (!reader.next(row)) throw Error(ErrorCode::mapping, report_.file + " has no rows", "export it again: the first row names the columns");
        const std::vector<std::string> headers = headers_of(row);
        const CsvProfile profile = choose_profile(headers, profiles_, book_.mapping, request_.profile, report_.file);
        report_.profile = profile.name;
        const Columns columns = Columns::bind(headers, profile, book_.mapping, report_.file);
        const std::string meaning = meaning_of(columns);
        const std::string hash = input_.hash();
        const auto last = last_import(store_, request_.book);
        report_.same_again = (last && last->hash == hash && last->meaning == meaning && report_.read_at <= last->read_at) ||
                             (request_.once && imported_before(store_, request_.book, hash, meaning));
        if (report_.same_again && last && last->hash == hash) report_.read_in = last->run;
        if (report_.same_again) return std::move(report_);
        report_.outdated = last && report_.read_at < last->read_at && request_.older == ImportRequest::Older::pass;
        if (report_.outdated) return std::move(report_);
        refuse_older(last);
        report_.absent = columns.absent();

        for (std::size_t i = 0; i < headers.size() && report_.file.ends_with(kRejectsEnd); ++i) {
            if (headers[i] == kRejectColumns[0]) line_column_ = i;
        }
        if (line_column_) waiting_ = rejected_lines(store_, request_.book, mended_file());
        BookImport import(store_, book_.mapping, book_.fold);
        RejectFile rejects(request_.file, headers);
        read_rows(reader, columns, import, rejects);
        refuse_misfit(rejects);
        warn_of_emptied(last);
        warn_of_unread(columns, profile);
        land(format, columns, import, rejects, {hash, meaning}, read_at);
        return std::move(report_);
    }

  private:
    struct Identity {
        std::string hash, meaning;
    };

    std::vector<CsvProfile> profiles_of(const Config& config) const {
        std::vector<CsvProfile> profiles;
        for (const auto& [name, profile] : config.csv) {
            if (profile.into == book_.name) profiles.push_back(profile);
        }
        if (!request_.profile.empty() && config.csv.count(request_.profile) != 0 && config.csv.at(request_.profile).into != book_.name)
            throw Error(ErrorCode::usage, "the profile `" + request_.profile + "` is for book." + config.csv.at(request_.profile).into + ", not for " + request_.book,
                        "import into that book, or name another profile");
        return profiles;
    }

    WallTime reading_time() {
        const WallTime now = store_.clock().wall();
        if (request_.as_of) {
            if (*request_.as_of > now) throw Error(ErrorCode::usage, "--as-of lies in the future", "give the time at which the export was made");
            return *request_.as_of;
        }
        if (input_.modified() <= now) return input_.modified();
        report_.warnings.emplace_back("the file has a time in the future; it counts as of now");
        return now;
    }

    // A profile that the user names may say how the file is written.
    TextFormat open_text() const {
        if (report_.file.find(kRejectsEnd) != std::string::npos) return tell_format(input_, "utf-8", ',');  // ours
        for (const CsvProfile& profile : profiles_) {
            if (profile.name == request_.profile) return tell_format(input_, profile.encoding, profile.delimiter);
        }
        return tell_format(input_, "", 0);
    }

    // What is made of the file's bytes: under another meaning the same file is another one.
    std::string meaning_of(const Columns& columns) const {
        std::string all = std::to_string(columns.hash_seed()) + "|" + book_.mapping.signature() + "|" + (report_.whole ? "whole" : "partial") + "|" + book_.fold.latest + "|" + book_.fold.lead;
        for (const auto& name : book_.fold.add) all += "|+" + name;
        for (const auto& name : book_.fold.join) all += "|&" + name;
        for (const auto& name : book_.fold.same) all += "|=" + name;
        for (const auto& part : book_.fold.one_of) {
            all += "|";
            for (const auto& name : part) all += "?" + name;
        }
        return std::to_string(document_hash(all));
    }

    void refuse_older(const std::optional<LastImport>& last) const {
        if (!last || report_.read_at >= last->read_at || request_.older == ImportRequest::Older::take) return;
        throw Error(ErrorCode::guard, report_.file + " is as of " + report_.read_at + ", older than the last import (" + last->read_at + "); nothing was imported",
                    "import the newest export; --older takes what is new in an old one and replaces nothing, --as-of TIME says when an export was made");
    }

    struct Rejected {
        RowPlace place;
        const std::string* reason;  // the reject file's
    };
    struct Batch {
        struct Row {
            std::string key;
            std::uint64_t hash;
            RowPlace place;
        };
        std::vector<Row> rows;
        std::vector<std::string> spared;
        bool more = true;
    };

    // A second thread reads a batch while the store takes the one before it.
    void read_rows(CsvReader& reader, const Columns& columns, BookImport& import, RejectFile& rejects) {
        const RowKeys keys(book_.mapping);
        std::vector<std::int64_t> present(book_.mapping.fields.size());
        const auto read = [&] { return read_batch(reader, columns, keys, present, rejects); };
        std::future<Batch> ahead = std::async(std::launch::async, read);
        for (bool more = true; more;) {
            const Batch batch = ahead.get();
            more = batch.more;
            if (more) ahead = std::async(std::launch::async, read);
            for (const Batch::Row& row : batch.rows) import.add(row.key, row.hash, row.place);
            for (const std::string& beginning : batch.spared) import.spare(beginning);
        }
        for (std::size_t i = 0; i < present.size(); ++i) present_[book_.mapping.fields[i].name] = present[i];
    }

    Batch read_batch(CsvReader& reader, const Columns& columns, const RowKeys& keys, std::vector<std::int64_t>& present, RejectFile& rejects) {
        Batch batch;
        CsvRow row;
        FlatRow flat;
        for (std::int64_t read = 0; read < kRowsALook; ++read) {
            if (!reader.next(row)) {
                batch.more = false;
                return batch;
            }
            ++rows_;
            note_mended(row);
            const auto fault = row_fault(row, columns);
            columns.apply(row, flat);
            if (fault) {
                // What it says of its key may be all that is left of a record.
                const RowKey key = keys.of(flat);
                const std::string& beginning = key.key.empty() ? key.beginning : key.key;
                reject(row, *fault, rejects);
                if (!beginning.empty()) batch.spared.push_back(beginning);
                continue;
            }
            for (std::size_t i = 0; i < flat.fields.size(); ++i) present[i] += flat.fields[i].empty() ? 0 : 1;
            for (const std::size_t column : columns.nameless()) {
                if (column < row.cells.size() && !trim(row.cells[column]).empty()) filled_.insert(column);
            }
            unread_.look(book_.mapping, book_.authority == Authority::here, flat, columns.dates(), row.line);
            if (book_.authority != Authority::here) flat.record_key.clear();
            RowKey key = keys.of(flat);
            if (key.reject.empty()) {
                batch.rows.push_back({std::move(key.key), row_hash(row, columns.hash_seed()), {row.offset, row.line}});
            } else {
                reject(row, key.reject, rejects);
                if (!key.beginning.empty()) batch.spared.push_back(std::move(key.beginning));
            }
        }
        look();
        return batch;
    }

    void reject(const CsvRow& row, const std::string& reason, RejectFile& rejects) {
        const std::string& kept = rejects.add(row, reason);
        if (rejected_.size() < kMostQuarantined) rejected_.push_back({{row.offset, row.line}, &kept});
    }

    void look() const {
        if (request_.stop && request_.stop()) throw Error(ErrorCode::interrupted, "stopped by a signal; the book is as it was", "import the file again", Reach::process, Again::later);
        if (request_.progress) request_.progress(request_.book + ": " + std::to_string(rows_) + " rows read");
    }

    // A file that is mostly unreadable can't be meant. Rows about another record than the book's are read well.
    void refuse_misfit(RejectFile& rejects) {
        const std::int64_t bad = rejects.count() - static_cast<std::int64_t>(strange_.size());
        if (rows_ >= kFewRows ? bad * 100 > rows_ * kMostRejectedPercent : rows_ > 0 && bad == rows_) {
            auto reasons = rejects.reasons();
            for (const auto& reason : strange_reasons_) reasons.erase(reason);
            const auto worst = std::max_element(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
            const std::string where = request_.dry ? "" : "; all of them: " + rejects.finish().string();
            throw Error(ErrorCode::mapping, report_.file + ": " + std::to_string(bad) + " of " + std::to_string(rows_) + " rows can't land, so none was imported (" + worst->first + ")",
                        "look whether the profile `" + report_.profile + "` fits this file (bindery import --suggest FILE --into BOOK writes another)" + where);
        }
    }

    // A column that most rows filled last time and next to none does now: its header may have been renamed. A blank says nothing, so the
    // book keeps its values; that they grow stale must not go unnoticed.
    void warn_of_emptied(const std::optional<LastImport>& last) {
        const auto before = pull_state(store_, request_.book);
        if (!report_.whole || !last || !before || rows_ == 0) return;
        for (const auto& [field, share] : before->presence) {
            const auto now = present_.find(field);
            if (share <= 0.8 || now == present_.end() || now->second * 5 > rows_) continue;
            report_.warnings.push_back(field + " was in most rows of the last file and is in " + std::to_string(now->second) + " of " + std::to_string(rows_) +
                                       " now: the book keeps its values; was the header renamed? (profile `" + report_.profile + "`)");
        }
    }

    // What the file says and nobody reads.
    void warn_of_unread(const Columns& columns, const CsvProfile& profile) {
        report_.unmapped = columns.unmapped();
        for (const std::size_t column : filled_) report_.unmapped.push_back(columns.headers()[column]);
        const auto strange = strange_columns(report_.unmapped, report_.absent, other_headers(store_, request_.book), profile);
        if (!strange.empty()) report_.warnings.push_back(strange);
        for (auto& line : unread_.lines(profile)) report_.warnings.push_back(std::move(line));
    }

    void land(const TextFormat& format, const Columns& columns, BookImport& import, RejectFile& rejects, const Identity& identity, WallTime read_at) {
        ImportOptions options;
        options.run = request_.run;
        options.read_at = read_at;
        options.whole = report_.whole;
        options.dry = request_.dry;
        options.max_removed = book_.max_removed;
        options.max_removed.allow = request_.allow_removed;
        options.rejected = rejects.count();
        options.present = present_;
        options.file = report_.file;
        options.hash = identity.hash;
        options.meaning = identity.meaning;
        options.profile = report_.profile;
        options.others = report_.unmapped;
        CsvReader again(input_, format);
        CsvRow row;
        std::int64_t looked = 0;
        const auto read = [&](RowPlace place) {
            if (++looked % kRowsALook == 0) look();
            again.go_to(place.offset, place.line);
            if (!again.next(row)) input_.check_unchanged();
        };
        const auto flat_row = [&](RowPlace place, FlatRow& flat) {
            read(place);
            columns.apply(row, flat);
        };
        report_.counts = import.land(
            options, flat_row,
            [&](RowPlace place, const std::string& reason, AtOdds with) {
                read(place);
                reject(row, reason, rejects);
                (with == AtOdds::rows ? disagree_ : strange_).push_back(place.line);
                if (with == AtOdds::book) strange_reasons_.insert(reason);
            },
            [&] {
                input_.check_unchanged();
                refuse_misfit(rejects);
                if (request_.dry) return;
                settle_mended();
                for (const Rejected& each : rejected_) {
                    read(each.place);
                    keep(row, columns, *each.reason);
                }
                if (report_.whole) Runs(store_).clear_quarantine_before(request_.run, request_.book);
                report_.rejects = rejects.finish().string();
                if (request_.also) request_.also();
            });
        report_.reasons = rejects.reasons();
        if (!request_.dry && rejects.count() > static_cast<std::int64_t>(rejected_.size())) {
            report_.warnings.push_back("the first " + std::to_string(rejected_.size()) + " of " + std::to_string(rejects.count()) + " rows that can't land wait in quarantine; all of them stand in the reject file");
        }
        if (!disagree_.empty()) report_.warnings.push_back(rows_that_disagree(disagree_));
        if (!strange_.empty()) report_.warnings.push_back(rows_of_others(strange_));
        for (const auto& line : report_.counts.unreadable) {
            if (!unread_.tells_of(line)) report_.warnings.push_back(line);
        }
    }

    // A rejected row in quarantine, under a name made of its cells: the same row in the next file is the same one.
    void keep(const CsvRow& row, const Columns& columns, const std::string& reason) {
        json cells = json::object();
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const std::string name = i < columns.headers().size() ? columns.headers()[i] : "column " + std::to_string(i + 1);
            if (!is_reject_column(name)) cells[name] = std::string(cell_value(row.cells[i]));
        }
        const std::string name = row_name(document_hash(dump_exact(cells)));
        cells[kRejectColumns[0]] = row.line;  // by which its reject file, when it has been mended, takes it out again
        Runs(store_).quarantine(request_.run, request_.book, name, reason, dump_exact(cells));
    }

    // The rows of a reject file were those of the file that it's from.
    void settle_mended() {
        if (!mended_.empty()) clear_mended(store_, request_.book, mended_file(), {mended_.begin(), mended_.end()});
    }

    std::string mended_file() const { return report_.file.substr(0, report_.file.size() - kRejectsEnd.size()); }

    void note_mended(const CsvRow& row) {
        if (!line_column_ || *line_column_ >= row.cells.size()) return;
        const std::string_view text = trim(cell_value(row.cells[*line_column_]));
        std::int64_t line = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), line).ec == std::errc() && waiting_.count(line) != 0) mended_.insert(line);
    }

    Store& store_;
    const ImportRequest& request_;
    const Book& book_;
    InputFile input_;
    std::vector<CsvProfile> profiles_;
    ImportReport report_;
    std::int64_t rows_ = 0;
    std::map<std::string, std::int64_t> present_;
    std::set<std::size_t> filled_;  // columns without a header in which a row says something
    std::vector<Rejected> rejected_;
    std::vector<std::int64_t> disagree_;  // lines of rows that have one key and make no record
    std::vector<std::int64_t> strange_;   // lines of rows about another record than the book's
    std::set<std::string> strange_reasons_;
    UnreadCells unread_;
    std::optional<std::size_t> line_column_;  // of a reject file: where each row says its line in the file that it's from
    std::set<std::int64_t> waiting_;          // lines of that file that wait in quarantine
    std::set<std::int64_t> mended_;           // those of them that this one brings
};

}  // namespace

ImportReport import_file(const Config& config, Store& store, const ImportRequest& request) { return FileImport(config, store, request).run(); }

}  // namespace bindery
