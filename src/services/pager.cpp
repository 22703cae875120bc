#include "services/pager.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/exact_json.h"
#include "services/envelope.h"
#include "core/template.h"

namespace bindery {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<std::int64_t> read_total(const Envelope& envelope, const json& rest) {
    if (envelope.total.empty()) return std::nullopt;
    const json* value = find_pointer(rest, envelope.total);
    const std::string text = value == nullptr || value->is_boolean() ? "" : scalar_text(*value).value_or("");
    std::int64_t total = -1;  // some services send it as text, or as 150.0
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), total);
    const std::string_view after(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc{} || total < 0 || (!after.empty() && after.find_first_not_of('0', after.front() == '.' ? 1 : 0) != after.npos)) return std::nullopt;
    return total;
}

// One pull under way. Pages are asked for as the end of the list allows, and staged as they arrive, in any order.
class ListReader {
  public:
    ListReader(Caller& caller, const Resource& resource, Staging& staging, const Clock& clock,
               const std::function<void(const PullProgress&)>& progress)
        : caller_(caller), resource_(resource), staging_(staging), clock_(clock), progress_(progress) {}

    ListPull read(Duration resume_within, BootTime deadline) {
        start(resume_within);
        while (true) {
            ask();
            const auto result = caller_.next(deadline);
            if (!result) break;
            asked_.erase(static_cast<int>(result->id));
            if (result->ending == CallEnding::refused && !refused_) refused_ = *result;
            else if (result->ending != CallEnding::ok) fail(*result);
        }
        if (refused_ && !beyond_the_end()) fail(*refused_);
        pull_.facts = staging_.facts();
        return std::move(pull_);
    }

  private:
    const Service& service() const { return *caller_.account().service; }

    void start(Duration resume_within) {
        next_ = service().paging.first;
        if (const auto left = staging_.resume(resume_within); left && resource_.paged) {
            // Pages may have arrived out of order: only those without a gap count, and the last of them is read again.
            int last = service().paging.first - 1;
            const std::set<int> pages(left->pages.begin(), left->pages.end());
            while (pages.count(last + 1) != 0) ++last;
            if (last >= service().paging.first) {
                staging_.drop_pages_after(last);
                overlap_ = last;
                next_ = last;
                sequential_ = true;
                const auto count = static_cast<std::int64_t>(left->pages.size());
                page_rows_ = (left->rows + count - 1) / count;
                return;
            }
        }
        staging_.begin(clock_.wall());
    }

    void ask() {
        if (pull_.end != ListPull::End::none || pull_.failure || refused_) return;
        const bool one_at_a_time = sequential_ || !last_needed_;
        while (caller_.has_room()) {
            if (one_at_a_time && !asked_.empty()) return;
            if (last_needed_ && next_ > *last_needed_ && !asked_.empty()) return;
            const int page = next_++;
            asked_.insert(page);
            caller_.submit(call_for(page));
            if (one_at_a_time || (last_needed_ && next_ > *last_needed_)) return;
        }
    }

    CallSpec call_for(int page) {
        CallSpec spec;
        spec.id = static_cast<std::uint64_t>(page);
        spec.method = resource_.list->method;
        spec.path = resource_.list->path;
        spec.page = resource_.paged ? page : 0;
        const auto add = [&](const std::string& name, const std::string& value) {
            spec.query += (spec.query.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
        };
        for (const auto& [name, value] : resource_.query) add(name, value);
        if (resource_.paged) {
            add(service().paging.page, std::to_string(page));
            if (!service().paging.size.empty()) add(service().paging.size, std::to_string(service().paging.per_page));
        }
        spec.before_send = [this, page] { began_[page] = clock_.wall(); };
        spec.check = [this, page](const HttpReply& reply) { return take(page, reply); };
        return spec;
    }

    // A page arrived: stages it and moves the end of the list. The problem text when it's no good.
    std::string take(int number, const HttpReply& reply) {
        const Page page = read_page(service().envelope, reply.body);
        if (!page.problem.empty()) return page.problem;
        PageFacts facts;
        try {
            if (number == overlap_) {
                const bool same = staging_.same_keys(number, page.documents);
                overlap_.reset();
                sequential_ = false;
                if (!same) {
                    // The list moved while we were away: the staged pages don't fit it any more.
                    staging_.begin(clock_.wall());
                    page_rows_ = 0;
                    last_ = {0, 0};
                    next_ = service().paging.first;
                    return {};
                }
            }
            facts = add(number, page);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::service) throw;
            return error.what();
        }
        move_end(number, page, facts);
        return {};
    }

    // A page that is garbled on its way is sound when it's asked for again; one whose record the service itself can't write (half a
    // surrogate pair, NaN) stays as it is, and must not cost the list.
    PageFacts add(int number, const Page& page) {
        try {
            return staging_.add_page(number, began_.at(number), page.documents, page.total);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::service || ++unreadable_[number] < kReadingsOfUnreadable) throw;
        }
        return staging_.add_page(number, began_.at(number), page.documents, page.total, Staging::Unreadable::keep_unreadable);
    }

    void move_end(int number, const Page& page, const PageFacts& facts) {
        const StagedPull so_far = staging_.facts();
        if (progress_) progress_({so_far.rows, static_cast<int>(so_far.pages.size()), so_far.total});
        // Rows without a key can't tell that the list has ended; a service that repeats them for ever must not hold us.
        keyless_pages_ = facts.new_keys == 0 && facts.keyless > 0 ? keyless_pages_ + 1 : 0;
        const bool no_new_key = facts.new_keys == 0 && (facts.keyless == 0 || keyless_pages_ >= kMostKeylessPages);
        if (no_new_key) pull_.closing_repeats += facts.repeated;
        // With pages under way in parallel others may still bring keys: the list has ended when they're in.
        if (!resource_.paged) return end(ListPull::End::told);
        if (page.documents.empty()) return end(ListPull::End::empty_page);
        if (no_new_key) return end(ListPull::End::no_new_key);
        const auto total = so_far.total;
        if (!total) return;
        page_rows_ = std::max<std::int64_t>(page_rows_, facts.rows);
        last_ = std::max(last_, {number, facts.rows});
        if (so_far.keys + so_far.keyless >= *total && last_.second < page_rows_) return end(ListPull::End::told);
        // A total that's a whole number of pages costs one page more: a service that tells too small a total is found out.
        const auto whole_pages = static_cast<int>(std::min(*total / page_rows_, kMaxPages));
        const int last = service().paging.first + whole_pages;
        last_needed_ = std::max(last, number);
    }

    void end(ListPull::End how) {
        if (pull_.end == ListPull::End::none) pull_.end = how;
    }

    // Some services refuse the page after the last one instead of sending it empty. Judged when all others are in.
    bool beyond_the_end() {
        const StagedPull so_far = staging_.facts();
        if (!so_far.total || so_far.keys + so_far.keyless < *so_far.total) return false;
        end(ListPull::End::told);
        return true;
    }

    void fail(const CallResult& result) {
        if (!pull_.failure) pull_.failure = result;
    }

    static constexpr std::int64_t kMaxPages = 10'000'000;
    static constexpr int kMostKeylessPages = 3;
    static constexpr int kReadingsOfUnreadable = 3;  // before what isn't JSON in a page is taken for the service's own
    Caller& caller_;
    const Resource& resource_;
    Staging& staging_;
    const Clock& clock_;
    const std::function<void(const PullProgress&)>& progress_;
    ListPull pull_;
    std::set<int> asked_;
    std::map<int, WallTime> began_;  // when the request of a page left
    int next_ = 1;
    std::optional<int> overlap_;
    bool sequential_ = false;
    std::int64_t page_rows_ = 0;     // of the fullest page
    std::pair<int, int> last_{0, 0};  // the page with the highest number so far, and its rows
    int keyless_pages_ = 0;          // in a row
    std::map<int, int> unreadable_;  // page → readings with a record that isn't JSON
    std::optional<CallResult> refused_;
    std::optional<int> last_needed_;
};

}  // namespace

namespace {

// Some services write null for a list without members. It counts where a total beside it says how many there are in all.
std::optional<Page> null_page(const Envelope& envelope, std::string_view body) {
    constexpr std::size_t kLargest = 65536;
    if (envelope.data.empty() || body.size() > kLargest) return std::nullopt;
    try {
        const json all = parse_exact(std::string(body));
        const json* data = find_pointer(all, envelope.data);
        Page page;
        page.total = read_total(envelope, all);
        if (data == nullptr || !data->is_null() || !page.total || error_in(envelope, all).present) return std::nullopt;
        return page;
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace

Page read_page(const Envelope& envelope, std::string_view body) {
    Page page;
    if (body.substr(0, kByteOrderMark.size()) == kByteOrderMark) body.remove_prefix(kByteOrderMark.size());
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        page.problem = "the reply is empty";
        return page;
    }
    const auto slices = array_slices(body, envelope.data);
    if (!slices) {
        if (auto empty = null_page(envelope, body)) return *std::move(empty);
        const char first = body[body.find_first_not_of(" \t\r\n")];
        page.problem = first == '<'   ? "the reply is a web page, not JSON (a proxy, or a wrong base_url?)"
                       : first != '{' && first != '[' ? "the reply isn't JSON"
                                      : "the reply has no list at " + (envelope.data.empty() ? "its top" : envelope.data) + ", or was cut short";
        return page;
    }
    // What surrounds the records must be whole JSON too: a reply may be cut after its list.
    std::string rest;
    if (slices->empty()) {
        rest = std::string(body);
    } else {
        const auto end = slices->back().offset + slices->back().length;
        rest = std::string(body.substr(0, slices->front().offset)) + std::string(body.substr(end));
    }
    try {
        const json around = parse_exact(rest);
        page.total = read_total(envelope, around);
        // An error beside a list, empty or not, is no list.
        if (!envelope.data.empty() && error_in(envelope, around).present) page.problem = "the service answered with an error inside a success";
    } catch (const Error&) {
        page.problem = "the reply isn't whole JSON (cut short?)";
    }
    if (!page.problem.empty()) return page;
    page.documents.reserve(slices->size());
    for (const auto& slice : *slices) page.documents.push_back(body.substr(slice.offset, slice.length));
    return page;
}

ListPull pull_list(Caller& caller, const Resource& resource, Staging& staging, const Clock& clock, Duration resume_within,
                   BootTime deadline, const std::function<void(const PullProgress&)>& progress) {
    try {
        return ListReader(caller, resource, staging, clock, progress).read(resume_within, deadline);
    } catch (...) {
        caller.abandon();  // its calls know the reader that is gone
        throw;
    }
}

}  // namespace bindery
