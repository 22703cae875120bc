#include "csv/profiles.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/nearest.h"
#include "csv/column_binder.h"
#include "csv/header_names.h"

namespace bindery {

namespace {

constexpr const char* kOwnExport = "export";

std::string book_name(const Mapping& book) {
    return book.dataset.starts_with("book.") ? book.dataset.substr(5) : book.dataset;
}

bool fills(const CsvProfile& profile, const Mapping& book) {
    return profile.into.empty() || profile.into == book_name(book);
}

CsvProfile export_profile(const Mapping& book) {
    CsvProfile profile;
    profile.name = kOwnExport;
    profile.about = "Our own export: the headers are the fields.";
    profile.into = book_name(book);
    return profile;
}

std::size_t own_headers(const std::vector<std::string>& headers, const Mapping& book) {
    const std::set<std::string> there(headers.begin(), headers.end());
    return static_cast<std::size_t>(std::count_if(book.fields.begin(), book.fields.end(), [&](const Field& field) { return there.contains(field.name); }));
}

const CsvProfile* find_named(const std::vector<CsvProfile>& candidates, const Mapping& book, const std::string& name) {
    std::vector<std::string> names;
    for (const CsvProfile& each : candidates) {
        if (each.name == name) {
            if (fills(each, book)) return &each;
            throw Error(ErrorCode::usage, "the profile `" + name + "` is for the book " + each.into + ", not for " + book_name(book), "name a profile of this book, or import into the other one");
        }
        if (fills(each, book)) names.push_back(each.name);
    }
    if (name == kOwnExport) return nullptr;
    const std::string near = nearest(name, names);
    std::string hint = near.empty() ? "" : "did you mean `" + near + "`? ";
    if (near.empty() && names.empty()) hint = "there are none for this book; `bindery import --suggest FILE --into BOOK` writes a first one";
    else hint += "there are " + listed_headers(names);
    throw Error(ErrorCode::usage, "there is no profile `" + name + "` for the book " + book_name(book), hint);
}

struct Candidate {
    const CsvProfile* profile;
    ColumnBinder binder;
    bool fits() const { return binder.found() > 0 && binder.conflicts().empty() && binder.lacks().empty(); }
    std::pair<std::size_t, std::size_t> score() const { return {binder.found(), binder.named()}; }
};

std::string story(const Candidate& each, const Mapping& book) {
    std::string text = each.profile->name + " finds " + std::to_string(each.binder.found()) + " of " + std::to_string(book.fields.size()) + " fields";
    if (each.binder.found() == 0) return text;
    if (!each.binder.conflicts().empty()) return text + ", but " + each.binder.conflicts().front();
    if (!each.binder.lacks().empty()) return text + ", but " + each.binder.lacks().front();
    return text;
}

std::string stories(const std::vector<Candidate>& candidates, const Mapping& book) {
    std::string text;
    for (const Candidate& each : candidates) text += (text.empty() ? "" : "; ") + story(each, book);
    return text;
}

// The best that fits, when no other one is as good.
const CsvProfile& clear_best(const std::vector<Candidate>& candidates, const Mapping& book, const std::string& file) {
    const Candidate* best = nullptr;
    std::vector<std::string> equal;
    for (const Candidate& each : candidates) {
        if (!each.fits()) continue;
        if (best != nullptr && each.score() == best->score() && !each.binder.reads_like(best->binder)) equal.push_back(each.profile->name);
        if (best != nullptr && each.score() <= best->score()) continue;
        best = &each;
        equal.clear();
    }
    if (best == nullptr)
        throw Error(ErrorCode::mapping, "no profile of the book " + book_name(book) + " fits " + file + ": " + stories(candidates, book),
                    "see which column lacks, or name the profile with --profile for its own word; `bindery import --suggest FILE --into BOOK` writes a first one for other headers");
    for (const Candidate& each : candidates) {
        // Two columns for one field are to be sorted out, not to be passed over by a profile that sees less.
        if (each.binder.conflicts().empty() || !each.binder.lacks().empty() || each.score() <= best->score()) continue;
        throw Error(ErrorCode::mapping, file + " fits `" + each.profile->name + "` best, but " + each.binder.conflicts().front(),
                    "take one out of the file, or say in the profile which comes first; --profile " + best->profile->name + " reads it by another one");
    }
    if (equal.empty()) return *best->profile;
    equal.insert(equal.begin(), best->profile->name);
    throw Error(ErrorCode::mapping, file + " fits " + listed_headers(equal) + " equally well: " + stories(candidates, book), "name one with --profile");
}

}  // namespace

CsvProfile choose_profile(const std::vector<std::string>& headers, const std::vector<CsvProfile>& candidates, const Mapping& book,
                          const std::string& given_name, const std::string& file) {
    if (!given_name.empty()) {
        const CsvProfile* named = find_named(candidates, book, given_name);
        return named == nullptr ? export_profile(book) : *named;
    }
    const std::size_t own = own_headers(headers, book);
    std::vector<Candidate> fits;
    std::size_t most = 0;
    for (const CsvProfile& each : candidates) {
        if (!fills(each, book)) continue;
        fits.push_back({&each, ColumnBinder(headers, each, book)});
        most = std::max(most, fits.back().binder.found());
    }
    const CsvProfile by_name = export_profile(book);
    const bool ours = std::find(headers.begin(), headers.end(), "record_key") != headers.end();
    // Headers like ours without our key may be a profile's all the same, when it reads dates the other way round: that's asked.
    const bool doubtful = !ours && std::any_of(fits.begin(), fits.end(), [](const Candidate& each) { return each.fits() && each.profile->dates != DateOrder::mdy; });
    if (own > 0 && !doubtful && (ours || own >= most) && ColumnBinder(headers, by_name, book).conflicts().empty()) return by_name;
    if (fits.empty() || most == 0) return fits.size() == 1 ? *fits.front().profile : by_name;  // Columns::bind() says what's wrong with the headers
    return clear_best(fits, book, file);
}

}  // namespace bindery
