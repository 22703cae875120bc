#pragma once
// A small book of policies for the tests of staging and landing: a store in its own folder, a simulated clock, lists of
// documents that are pulled a page at a time.
#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mapping.h"
#include "store/datasets.h"
#include "store/staging.h"
#include "store/store.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

namespace bindery::test {

inline Mapping policies() {
    Mapping mapping;
    mapping.dataset = "bindpilot.policies";
    mapping.key_pointers = {"/id"};
    const auto field = [&](const char* name, FieldType type, bool required = false, bool match = false) {
        mapping.fields.push_back({name, type, required, match, {std::string("/") + name}});
    };
    field("policy_number", FieldType::policy_number, false, true);
    field("premium", FieldType::money);
    field("expires", FieldType::date);
    field("status", FieldType::text, true);
    mapping.ignore = {"updated_at"};
    return mapping;
}

struct Policy {
    std::string id{};
    std::string number = "TX-1";
    std::string premium = "\"100.00\"";  // as JSON
    std::string expires = "2027-01-31";
    std::string status = "active";
    std::string more{};  // ,"note":"x"
    std::string json() const {
        return "{\"id\":\"" + id + "\",\"policy_number\":\"" + number + "\",\"premium\":" + premium +
               ",\"expires\":\"" + expires + "\",\"status\":" + (status.empty() ? "null" : "\"" + status + "\"") +
               more + "}";
    }
};

inline std::vector<std::string_view> views(const std::vector<std::string>& documents) {
    return {documents.begin(), documents.end()};
}

struct Agency {
    TempFolder folder;
    SimClock clock;
    Store store{folder / "store.db", clock};
    Mapping mapping = policies();
    std::int64_t run = 0;

    Agency() { ensure_dataset(store, mapping); }

    LandOptions whole_list() {
        LandOptions options;
        options.run = ++run;
        options.complete = true;
        options.today = *parse_date("2026-11-23");
        options.max_removed = 1000;
        options.verdict = "complete";
        return options;
    }
    LandOptions part_of_list() {
        LandOptions options = whole_list();
        options.complete = false;
        options.verdict = "incomplete: stopped";
        return options;
    }

    // Pulls at `began` (a page of three rows a request) and lands.
    LandCounts pull_at(WallTime began, const std::vector<std::string>& documents, const LandOptions& options) {
        Staging staging(store.file(), "job", mapping, clock);
        staging.begin(began);
        int page = 0;
        for (std::size_t i = 0; i < documents.size() || page == 0; i += 3) {
            const auto first = documents.begin() + static_cast<std::ptrdiff_t>(i);
            const std::vector<std::string> some(
                first, first + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, documents.size() - i)));
            staging.add_page(++page, began, views(some), std::nullopt);
        }
        const LandCounts counts = land(store, mapping, staging, options);
        staging.clear();
        return counts;
    }
    LandCounts pull(const std::vector<std::string>& documents, const LandOptions& options) {
        clock.advance(std::chrono::minutes(1));
        const WallTime began = clock.wall();
        clock.advance(std::chrono::seconds(5));
        return pull_at(began, documents, options);
    }
    LandCounts pull(const std::vector<std::string>& documents) { return pull(documents, whole_list()); }

    std::string one(const std::string& sql) {
        SQLite::Statement select(store.db(), sql);
        std::string text;
        while (select.executeStep()) {
            if (!text.empty()) text += '\n';
            for (int i = 0; i < select.getColumnCount(); ++i)
                text +=
                    (i > 0 ? "|" : "") + (select.isColumnNull(i) ? std::string("-") : select.getColumn(i).getString());
        }
        return text;
    }
    std::string live() {
        return one(
            "SELECT coalesce(group_concat(key, ' '), '') FROM (SELECT key FROM bindpilot_policies ORDER BY key)");
    }
    std::string history_of(const std::string& key) {
        std::string text;
        for (const ChangeRow& row : history(store, mapping.dataset, key)) {
            if (!text.empty()) text += '\n';
            text += row.kind;
            if (!row.field.empty()) text += ' ' + row.field;
            if (row.old_value || row.new_value)
                text += ": " + row.old_value.value_or("-") + " -> " + row.new_value.value_or("-");
        }
        return text;
    }
};

inline std::int64_t accounted(const LandCounts& c) {
    return c.added + c.changed + c.unchanged + c.folded + c.superseded + c.quarantined;
}

}  // namespace bindery::test
