#include "app/person_story.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "store/datasets.h"

namespace bindery {
namespace {

constexpr std::size_t kMost = 200;  // effects

// `email` is a person's own; `client_email` is of the client of something else.
bool is_of_a_person(const Mapping& mapping) {
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [](const Field& field) { return field.type == FieldType::email && field.match && field.name == "email"; });
}

std::vector<const Mapping*> other_datasets(const Config& config, const Mapping& own) {
    std::vector<const Mapping*> found;
    for (const auto& [name, service] : config.services) {
        for (const auto& [resource_name, resource] : service.resources) found.push_back(&resource.mapping);
    }
    for (const auto& [name, book] : config.books) found.push_back(&book.mapping);
    std::erase_if(found, [&](const Mapping* mapping) { return mapping->dataset == own.dataset; });
    return found;
}

}  // namespace

std::vector<Elsewhere> same_person_elsewhere(Session& session, const Mapping& mapping, const RecordView& record) {
    std::vector<Elsewhere> found;
    if (!is_of_a_person(mapping)) return found;
    Store& store = session.store_to_read();
    for (const Mapping* other : other_datasets(session.config(), mapping)) {
        if (!pull_state(store, other->dataset)) continue;  // never read
        for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
            const Field& field = mapping.fields[i];
            const auto& value = record.fields[i].second;
            if (!value || !field.match || (field.type != FieldType::email && field.type != FieldType::phone)) continue;
            for (const auto& twin : find_records(store, *other, *value)) {
                const bool known = std::any_of(found.begin(), found.end(), [&](const Elsewhere& e) { return e.dataset == other->dataset && e.key == twin.key; });
                if (!known) found.push_back({other->dataset, twin.key, field.name, is_of_a_person(*other)});
            }
        }
    }
    return found;
}

std::vector<EffectRow> effects_that_followed(Ledger& ledger, std::vector<std::string> values) {
    std::map<std::string, EffectRow> found;
    while (!values.empty() && found.size() < kMost) {
        std::vector<std::string> next;
        for (auto& effect : ledger.about(values)) {
            if (found.count(effect.identity) != 0) continue;
            if (effect.reply_id && effect.state == "done") next.push_back(*effect.reply_id);
            found.emplace(effect.identity, std::move(effect));
        }
        values = std::move(next);
    }
    std::vector<EffectRow> rows;
    for (auto& [identity, row] : found) rows.push_back(std::move(row));
    const auto place = [](const EffectRow& row) { return std::tuple(row.first_run, row.sent_at.value_or(row.created_at), row.ref); };
    std::sort(rows.begin(), rows.end(), [&](const EffectRow& a, const EffectRow& b) { return place(a) < place(b); });
    return rows;
}

}  // namespace bindery
