#include "engine/forget.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/given_person.h"
#include "core/person_name.h"
#include "core/text.h"
#include "engine/store_care.h"
#include "store/care.h"
#include "store/datasets.h"
#include "store/lock.h"
#include "store/record_by_key.h"
#include "store/sales.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

namespace fs = std::filesystem;

std::vector<const Mapping*> mappings(const Config& config) {
    std::vector<const Mapping*> all;
    for (const auto& [name, service] : config.services) {
        for (const auto& [resource_name, resource] : service.resources) all.push_back(&resource.mapping);
    }
    for (const auto& [name, book] : config.books) all.push_back(&book.mapping);
    return all;
}

bool is_contact(const Field& field) { return field.match && (field.type == FieldType::email || field.type == FieldType::phone); }
bool is_id(const Field& field) { return field.match && field.type == FieldType::text && field.name.ends_with("_id"); }
// Records of people, not of what they own: their keys are what others name them by.
bool is_of_people(const Mapping& mapping) {
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [](const Field& field) { return field.match && field.type == FieldType::email && field.name == "email"; });
}

// Whose rows bar people from being contacted.
constexpr const char* kNotToContact = "book.do_not_contact";

struct Name {
    std::string first, last;
};

std::optional<Name> name_of(const RecordView& record) {
    Name name;
    for (const auto& [field, value] : record.fields) {
        if (!value) continue;
        if (field == "first_name") name.first = lower(*value);
        if (field == "last_name") name.last = lower(*value);
        for (const char* whole : {"name", "client_name", "customer_name", "insured_name", "contact_name", "lead_name"}) {
            if (field != whole) continue;
            if (const auto first = first_name(*value)) name.first = *first;
            if (const auto last = last_name(*value)) name.last = *last;
        }
    }
    if (name.last.empty()) return std::nullopt;
    return name;
}

enum class Look { exact, mentions_too };

class Search {
  public:
    Search(const Config& config, Store& store, Look look, bool others_too) : store_(store), mappings_(mappings(config)), look_(look), others_too_(others_too) {}

    Held run(const std::string& person, std::size_t most) {
        find_itself(person);
        // What they share with others, and what names them, until nothing new comes.
        for (std::size_t next = 0; next < queue_.size() && held_.records.size() < most; ++next) follow(next);
        if (look_ == Look::mentions_too) find_mentions();
        find_effects();
        return std::move(held_);
    }

  private:
    struct Place {
        const Mapping* mapping;
        RecordView record;
    };

    void find_itself(const std::string& person) {
        const GivenPerson given = given_person(person);
        const bool email = !given.email.empty(), phone = !given.phone.empty();
        held_.person.traces.add_email(given.email);
        held_.person.traces.add_phone(given.phone);
        for (const Mapping* mapping : mappings_) {
            std::vector<ColumnValue> any{{"key", std::string(trim(person))}, {"key", given.text}};
            for (const Field& field : mapping->fields) {
                if (email && field.match && field.type == FieldType::email) add_key(any, field, given.email);
                if (phone && field.match && field.type == FieldType::phone) add_key(any, field, given.phone);
                if (!email && is_id(field)) add_key(any, field, given.text);
            }
            for (auto& record : records_where(store_, *mapping, any)) take(*mapping, std::move(record), email ? "has this e-mail" : phone ? "has this phone" : "has this id");
        }
        if (!given.fault.empty() && held_.records.empty()) throw Error(ErrorCode::usage, given.fault, kGiveOne);
    }

    static void add_key(std::vector<ColumnValue>& any, const Field& field, const std::string& value) {
        if (const auto key = match_key(field.type, value)) any.push_back({field.name + "_key", *key});
    }

    void follow(std::size_t at) {
        const Mapping& from = *queue_[at].mapping;
        const RecordView record = queue_[at].record;
        for (const Mapping* mapping : mappings_) {
            std::vector<ColumnValue> contacts, ids;
            for (std::size_t i = 0; i < from.fields.size(); ++i) {
                const auto& value = record.fields[i].second;
                if (!value) continue;
                if (is_contact(from.fields[i])) add_contact(*mapping, contacts, from.fields[i].type, *value);
                if (is_id(from.fields[i]) && is_of_people(*mapping)) ids.push_back({"key", *value});
            }
            if (is_of_people(from)) {
                for (const Field& field : mapping->fields) {
                    if (is_id(field)) add_key(ids, field, record.key);
                }
            }
            for (auto& found : records_where(store_, *mapping, contacts)) take(*mapping, std::move(found), "shares e-mail or phone with " + from.dataset);
            for (auto& found : records_where(store_, *mapping, ids)) take(*mapping, std::move(found), "named by id with " + from.dataset);
        }
    }

    static void add_contact(const Mapping& mapping, std::vector<ColumnValue>& any, FieldType type, const std::string& value) {
        const auto key = match_key(type, value);
        if (!key) return;
        for (const Field& field : mapping.fields) {
            if (field.match && field.type == type) any.push_back({field.name + "_key", *key});
        }
    }

    void take(const Mapping& mapping, RecordView record, const std::string& why) {
        if (!seen_.insert({mapping.dataset, record.key}).second) return;
        FoundRecord found{mapping.dataset, record.key, why, record.removed_at.has_value(), !mapping.dataset.starts_with("book.")};
        const auto name = name_of(record);
        if (name && !name_) name_ = name;
        if (of_another_name(name) && !others_too_) {
            held_.others.push_back(found);
            add_contacts(held_.others_known_by, mapping, record);
            return;
        }
        held_.person.records.insert({found.dataset, found.key});
        add_traces(mapping, record, name);
        held_.records.push_back(std::move(found));
        queue_.push_back({&mapping, std::move(record)});
    }

    bool of_another_name(const std::optional<Name>& name) const {
        return name && name_ && (last_names_contradict(name->last, name_->last) || first_names_contradict(name->first, name_->first));
    }

    static void add_contacts(Traces& traces, const Mapping& mapping, const RecordView& record) {
        for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
            const auto& value = record.fields[i].second;
            if (!value || !is_contact(mapping.fields[i])) continue;
            if (mapping.fields[i].type == FieldType::email) traces.add_email(*value);
            else traces.add_phone(*value);
        }
    }

    void add_traces(const Mapping& mapping, const RecordView& record, const std::optional<Name>& name) {
        Traces& traces = held_.person.traces;
        add_contacts(traces, mapping, record);
        if (name) traces.add_name(name->first, name->last);
        // As it is written, too: "Ann M. Roe".
        for (const auto& [field, value] : record.fields) {
            const auto space = value && (field == "name" || field == "client_name" || field == "customer_name") ? value->rfind(' ') : std::string::npos;
            if (space != std::string::npos) traces.add_name(value->substr(0, space), value->substr(space + 1));
        }
        if (!mapping.key_fields.empty() && (traces.mentioned_in(record.key) || record.key.starts_with('|'))) traces.add_key(record.key);
    }

    void find_mentions() {
        const Traces& traces = held_.person.traces;
        if (traces.emails().empty() && traces.phones().empty()) return;
        std::set<std::pair<std::string, std::string>> others;
        for (const auto& other : held_.others) others.insert({other.dataset, other.key});
        for (const auto& dataset : datasets_with_tables(store_)) {
            for (const auto& key : records_that_mention(store_, dataset, traces)) {
                if (others.count({dataset, key}) != 0 || held_.person.records.count({dataset, key}) != 0) continue;
                FoundRecord found{dataset, key, "mentions the e-mail or phone", false, !dataset.starts_with("book.")};
                if (is_somebody_elses(dataset, key) && (!others_too_ || dataset == kNotToContact)) {
                    held_.others.push_back(std::move(found));
                    continue;
                }
                held_.person.records.insert({dataset, key});
                held_.records.push_back(std::move(found));
            }
        }
    }

    // A record that only mentions the person: it has an e-mail or phone of its own, none of this person's, under another name. What bars
    // somebody goes by their e-mail and phone alone.
    bool is_somebody_elses(const std::string& dataset, const std::string& key) {
        const auto mapping = std::find_if(mappings_.begin(), mappings_.end(), [&](const Mapping* one) { return one->dataset == dataset; });
        const auto record = mapping == mappings_.end() ? std::nullopt : record_by_key(store_, **mapping, key);
        if (!record) return false;
        Traces own;
        add_contacts(own, **mapping, *record);
        const Traces& traces = held_.person.traces;
        const auto shared = [](const std::set<std::string>& a, const std::set<std::string>& b) { return std::any_of(a.begin(), a.end(), [&](const std::string& one) { return b.count(one) != 0; }); };
        if (own.emails().empty() && own.phones().empty()) return false;
        if (shared(own.emails(), traces.emails()) || shared(own.phones(), traces.phones())) return false;
        return dataset == kNotToContact || !name_ || of_another_name(name_of(*record));
    }

    // By what their identities are made of, by the ids that replies gave, and by what they say.
    void find_effects() {
        Ledger ledger(store_);
        std::vector<std::string> values = values_of_records();
        while (!values.empty()) {
            std::vector<std::string> next;
            for (auto& row : ledger.about(values)) {
                if (!held_.person.effects.insert(row.identity).second) continue;
                if (row.reply_id && row.state == "done") next.push_back(*row.reply_id);
            }
            values = std::move(next);
        }
        if (look_ == Look::mentions_too) {
            for (auto& identity : effects_that_mention(store_, held_.person.traces)) held_.person.effects.insert(std::move(identity));
        }
        for (const auto& identity : held_.person.effects) {
            auto row = ledger.find(identity);
            if (!row) continue;
            if (row->state == "sending" || row->state == "in_doubt" || (row->state == "pending" && row->frozen)) held_.under_way.push_back(row->ref);
            held_.effects.push_back(std::move(*row));
        }
    }

    std::vector<std::string> values_of_records() {
        std::set<std::string> values;
        for (const auto& place : queue_) {
            values.insert(place.record.key);
            for (std::size_t i = 0; i < place.mapping->fields.size(); ++i) {
                const Field& field = place.mapping->fields[i];
                const auto& value = place.record.fields[i].second;
                if (!value || !field.match || (field.type == FieldType::text && !is_id(field))) continue;
                values.insert(*value);
                if (const auto key = match_key(field.type, *value)) values.insert(*key);
            }
        }
        for (const auto& email : held_.person.traces.emails()) values.insert(email);
        for (const auto& phone : held_.person.traces.phones()) values.insert(phone);
        return {values.begin(), values.end()};
    }

    Store& store_;
    std::vector<const Mapping*> mappings_;
    Look look_;
    bool others_too_;
    Held held_;
    std::set<std::pair<std::string, std::string>> seen_;
    std::vector<Place> queue_;
    std::optional<Name> name_;  // the first one found; who has another is somebody else
};

fs::path inbox_of(const Store& store) { return store.file().parent_path() / "inbox.db"; }

std::vector<std::string> files_beside(const fs::path& store, const std::vector<std::string>& parts) {
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(store.parent_path(), ignored)) {
        const std::string name = entry.path().filename().string();
        for (const auto& part : parts) {
            if (name.starts_with(store.filename().string() + part)) found.push_back(entry.path().string());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

void refuse_what_must_stay(const Held& held, std::int64_t allow) {
    if (!held.under_way.empty()) {
        std::string refs;
        for (const auto& ref : held.under_way) refs += (refs.empty() ? "" : ", ") + ref;
        throw Error(ErrorCode::guard, "nothing was removed: writes about this person may be on their way (" + refs + ")",
                    "run their job, or look them up and settle them (bindery settle REF --as done), then forget");
    }
    const auto records = static_cast<std::int64_t>(held.records.size());
    if (records > std::max(kMostRecords, allow)) {
        throw Error(ErrorCode::guard, "nothing was removed: " + std::to_string(records) + " records would go, as if this were somebody of yours and not of your books",
                    "look at the list; if it's right, pass --allow-removed " + std::to_string(records));
    }
}

// `undone`: what is told when a job runs.
std::vector<JobLock> lock_everything(const Config& config, Store& store, const std::string& undone) {
    std::vector<std::string> names;
    for (const auto& [name, job] : config.jobs) names.push_back(name);
    for (const auto& [name, fault] : config.jobs_left_out()) names.push_back(name);  // a daemon may run it as it was
    for (const auto& [name, book] : config.books) names.push_back("book." + name);
    std::vector<JobLock> locks;
    for (const auto& name : names) {
        auto lock = JobLock::take(store.file(), name);
        if (!lock) throw Error(ErrorCode::running_elsewhere, undone + ": " + name + " is running", "wait until it has ended (bindery status), then run this again", Reach::job, Again::later);
        locks.push_back(std::move(*lock));
    }
    return locks;
}

// Is there from before the rows go until the file was written anew.
fs::path mark_of(const fs::path& store) { return store.string() + ".forgetting"; }
fs::path mark_of(const Store& store) { return mark_of(store.file()); }

void write_anew(Store& store) {
    try {
        vacuum(store);
    } catch (const Error& error) {
        throw Error(ErrorCode::store, std::string("the rows were removed, but the file could not be written anew, so traces may be left in its free pages: ") + error.what(),
                    "mend that, then run the same forget again, or bindery purge --vacuum", Reach::job, Again::later);
    }
    std::error_code ignored;
    fs::remove(mark_of(store), ignored);
}

// A row of the do-not-contact list may name others beside the person: they stay barred without it.
void bar_whom_they_name(Store& store, const std::vector<std::string>& contacts) {
    std::vector<std::string> phones, emails;
    for (const auto& contact : contacts) (contact.find('@') == std::string::npos ? phones : emails).push_back(contact);
    Sales(store).bar(phones, emails, "revoked");
}

// In one transaction. The mark of an earlier forget stays, whatever becomes of this one.
void remove_marked(Store& store, PersonRows& rows, Held& held, const std::string& person, BudgetFile* budget) {
    const bool cut = forget_was_cut(store.file());
    create_private_file(mark_of(store));
    give_to_owner_of(store.file(), mark_of(store));
    try {
        store.transaction([&] {
            bar_whom_they_name(store, rows.contacts_of_rows(kNotToContact));
            rows.remove();
            const Traces& traces = held.person.traces;
            Sales(store).bar({traces.phones().begin(), traces.phones().end()}, {traces.emails().begin(), traces.emails().end()}, "forgotten");
            Ledger(store).audit(std::nullopt, "forget", store.keyed_hash("person\n" + lower(trim(person))).substr(0, 16),
                                std::to_string(held.records.size()) + " records, " + std::to_string(held.effects.size()) + " effects");
            held.marked = mark_revocation(store, budget);
        });
    } catch (...) {
        std::error_code ignored;
        if (!cut) fs::remove(mark_of(store), ignored);
        throw;
    }
}

}  // namespace

bool forget_was_cut(const fs::path& store) {
    std::error_code ignored;
    return fs::exists(mark_of(store), ignored);
}

bool Held::empty() const {
    const bool rows = std::any_of(counts.begin(), counts.end(), [](const auto& count) { return count.second > 0; });
    return records.empty() && effects.empty() && !rows && inbox == 0;
}

Held held_about(const Config& config, Store& store, const std::string& person, bool others_too, std::int64_t most) {
    Held held = Search(config, store, Look::mentions_too, others_too).run(person, static_cast<std::size_t>(most));
    const PurgeRules rules = purge_rules(config, store.clock().wall());
    held.counts = PersonRows(store, held.person, rules.compared).count();
    held.inbox = rows_that_mention(inbox_of(store), held.person.traces, false);
    held.staged = files_beside(store.file(), {".staging-"});
    held.copies = files_beside(store.file(), {".before-"});
    if (const auto backup = last_backup(store.file())) held.copies.push_back(backup->file);
    return held;
}

Held records_about(const Config& config, Store& store, const std::string& person) { return Search(config, store, Look::exact, false).run(person, static_cast<std::size_t>(kMostSearched)); }

std::string came_back(const std::string& dataset, std::int64_t records) {
    return dataset + ": " + std::to_string(records) + (records == 1 ? " record that was forgotten is" : " records that were forgotten are") +
           " back, since it still has them; delete them there, then forget them again";
}

Held forget(const Config& config, Store& store, const std::string& person, bool others_too, std::int64_t allow, BudgetFile* budget) {
    const auto locks = lock_everything(config, store, "nothing was removed");
    Held held = held_about(config, store, person, others_too, std::max(kMostSearched, allow + 1));
    refuse_what_must_stay(held, allow);
    const PurgeRules rules = purge_rules(config, store.clock().wall());
    PersonRows rows(store, held.person, rules.compared);
    // Before the rows, by which a second forget would find what a first one that was cut off had left.
    for (const auto& file : held.staged) {
        std::error_code ignored;
        fs::remove(file, ignored);
    }
    rows_that_mention(inbox_of(store), held.person.traces, true);
    remove_marked(store, rows, held, person, budget);
    write_anew(store);
    return held;
}

bool finish_forgetting(const Config& config, Store& store) {
    if (!forget_was_cut(store.file())) return false;
    const auto locks = lock_everything(config, store, "the file of a forget that was cut off wasn't written anew");
    write_anew(store);
    return true;
}

}  // namespace bindery
