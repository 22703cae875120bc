#include "engine/export_corrections.h"

#include <algorithm>
#include <map>
#include <set>

#include "store/corrections.h"
#include "store/record_by_key.h"

namespace bindery {
namespace {

// A record that should change, or one that should be made (without a key).
struct Listed {
    std::string dataset, key, other;
    std::map<std::string, std::pair<std::string, std::string>> fields;  // field -> wanted, is
};

class CorrectionList {
  public:
    CorrectionList(const Config& config, Store& store, const Job& job) : config_(config), store_(store), job_(job) {}

    void gather() {
        for (const auto& step : job_.steps) {
            const auto* books = std::get_if<ReconcileStep>(&step);
            if (books == nullptr) continue;
            for (const auto& list : books->match) {
                for (const auto& name : list) remember(identifying_, name);
            }
            for (const auto& [name, owner] : books->fields) remember(order_, name);
            for (const auto& field : config_.mapping(books->ours).fields) {
                if (!is_text_column(field.type)) plain_.insert(field.name);
            }
            for (const auto& [dataset, other] : {std::pair(books->ours, books->theirs), std::pair(books->theirs, books->ours)}) take(dataset, other);
        }
    }

    std::vector<std::string> write(CsvFile& out) const {
        std::vector<std::string> columns{"in", "record"}, corrected;
        std::vector<bool> text{true, true};
        const auto add = [&](const std::string& column, const std::string& name) {
            columns.push_back(column);
            text.push_back(plain_.count(name) == 0);
        };
        for (const auto& name : identifying_) add(corrected_.count(name) != 0 ? name + " (is)" : name, name);
        for (const auto& name : order_) {
            if (corrected_.count(name) == 0) continue;
            corrected.push_back(name);
            add(name, name);
            if (!identifies(name)) add(name + " (is)", name);
        }
        out.header(columns, text);
        for (const auto& [place, record] : listed_) write_row(record, corrected, out);
        return columns;
    }

  private:
    static void remember(std::vector<std::string>& names, const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    bool identifies(const std::string& name) const { return std::find(identifying_.begin(), identifying_.end(), name) != identifying_.end(); }

    void take(const std::string& dataset, const std::string& other) {
        const bool service = !dataset.starts_with("book.");
        for (const auto& correction : Corrections(store_).open(job_.name, dataset)) {
            // A service gets its corrections by itself, but for those that it doesn't take.
            if (service && correction.effect_state != "held" && correction.effect_state != "rejected") continue;
            Listed& record = listed_[{dataset, correction.key, correction.other_key}];
            record.dataset = dataset;
            record.key = correction.key;
            record.other = other;
            if (correction.field.empty()) {
                for (const auto& [name, value] : values_of(other, correction.other_key)) {
                    if (std::find(order_.begin(), order_.end(), name) == order_.end() && !identifies(name)) continue;
                    record.fields[name] = {value, ""};
                    corrected_.insert(name);
                    remember(order_, name);
                }
                continue;
            }
            record.fields[correction.field] = {correction.wanted.value_or(""), correction.had.value_or("")};
            corrected_.insert(correction.field);
        }
    }

    std::map<std::string, std::string> values_of(const std::string& dataset, const std::string& key) const {
        std::map<std::string, std::string> values;
        if (const auto record = record_by_key(store_, config_.mapping(dataset), key)) {
            for (const auto& [name, value] : record->fields) {
                if (value) values[name] = *value;
            }
        }
        return values;
    }

    void write_row(const Listed& record, const std::vector<std::string>& corrected, CsvFile& out) const {
        const auto values = record.key.empty() ? std::map<std::string, std::string>{} : values_of(record.dataset, record.key);
        const auto value = [&](const std::string& name) {
            const auto found = values.find(name);
            return found == values.end() ? std::string() : found->second;
        };
        std::vector<std::string> cells{record.dataset, record.key.empty() ? "add" : record.key};
        for (const auto& name : identifying_) cells.push_back(value(name));
        for (const auto& name : corrected) {
            const auto found = record.fields.find(name);
            const bool differs = found != record.fields.end();
            cells.push_back(differs ? found->second.first : "");
            if (!identifies(name)) cells.push_back(differs ? found->second.second : "");
        }
        out.row(std::vector<std::string_view>(cells.begin(), cells.end()));
    }

    const Config& config_;
    Store& store_;
    const Job& job_;
    std::vector<std::string> identifying_, order_;
    std::set<std::string> corrected_;
    std::set<std::string> plain_;  // fields that aren't text: a date is written as one, without a guard
    std::map<std::tuple<std::string, std::string, std::string>, Listed> listed_;
};

}  // namespace

std::vector<std::string> write_corrections(const Config& config, Store& store, const std::string& job, CsvFile& out) {
    CorrectionList list(config, store, config.job(job));
    list.gather();
    return list.write(out);
}

}  // namespace bindery
