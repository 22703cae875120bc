#include "engine/export_unmatched.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "store/agreed.h"
#include "store/record_by_key.h"

namespace bindery {
namespace {

const ReconcileStep& books_of(const Job& job) {
    for (const auto& step : job.steps) {
        if (const auto* books = std::get_if<ReconcileStep>(&step)) return *books;
    }
    throw Error(ErrorCode::usage, "the job `" + job.name + "` compares no two books", "name one with a `reconcile` step (bindery jobs)");
}

class UnmatchedList {
  public:
    UnmatchedList(const Mapping& ours, const Mapping& theirs) : columns_{"only_in", "record"}, text_{true, true} {
        for (const Mapping* mapping : {&ours, &theirs}) {
            for (const auto& field : mapping->fields) {
                if (std::find(columns_.begin() + 2, columns_.end(), field.name) != columns_.end()) continue;
                columns_.push_back(field.name);
                text_.push_back(is_text_column(field.type));
            }
        }
    }

    void begin(CsvFile& out) const { out.header(columns_, text_); }

    void write(Store& store, const Mapping& mapping, const std::string& key, CsvFile& out) const {
        std::map<std::string, std::string> values;
        if (const auto record = record_by_key(store, mapping, key)) {
            for (const auto& [name, value] : record->fields) values[name] = value.value_or("");
        }
        std::vector<std::string> cells{mapping.dataset, key};
        for (std::size_t i = 2; i < columns_.size(); ++i) cells.push_back(values[columns_[i]]);
        out.row(std::vector<std::string_view>(cells.begin(), cells.end()));
    }

    const std::vector<std::string>& columns() const { return columns_; }

  private:
    std::vector<std::string> columns_;
    std::vector<bool> text_;
};

}  // namespace

std::vector<std::string> write_unmatched(const Config& config, Store& store, const std::string& job, CsvFile& out) {
    const ReconcileStep& books = books_of(config.job(job));
    if (!has_compared(store, job, books.ours, books.theirs)) {
        throw Error(ErrorCode::usage, "the job `" + job + "` hasn't compared its books yet", "run: bindery sync --job " + job);
    }
    const Mapping &ours = config.mapping(books.ours), &theirs = config.mapping(books.theirs);
    const UnmatchedList list(ours, theirs);
    list.begin(out);
    for (const auto& key : unpaired(store, job, books.ours, false)) list.write(store, ours, key, out);
    for (const auto& key : unpaired(store, job, books.theirs, true)) list.write(store, theirs, key, out);
    return list.columns();
}

}  // namespace bindery
