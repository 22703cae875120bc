// forget: what is held about a person, and its removal.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/commands.h"
#include "core/error.h"
#include "engine/forget.h"
#include "store/sales.h"

namespace bindery {
namespace {

json records_json(const std::vector<FoundRecord>& records) {
    json list = json::array();
    for (const auto& record : records) list.push_back({{"dataset", record.dataset}, {"key", record.key}, {"why", record.why}, {"removed", record.removed}});
    return list;
}

std::string records_text(const std::vector<FoundRecord>& records) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& record : records) rows.push_back({record.dataset, record.key, record.why + (record.removed ? "; marked removed" : "")});
    return table({"RECORD OF", "KEY", "WHY"}, rows);
}

// Services that will bring the person back.
std::set<std::string> services_with(const Held& held) {
    std::set<std::string> names;
    for (const auto& record : held.records) {
        if (record.at_service && !record.removed) names.insert(record.dataset.substr(0, record.dataset.find('.')));
    }
    return names;
}

json held_json(const Held& held) {
    json effects = json::array();
    for (const auto& effect : held.effects) effects.push_back({{"ref", effect.ref}, {"effect", effect.name}, {"state", effect.state}, {"sent_at", effect.sent_at.value_or("")}});
    return {{"records", records_json(held.records)}, {"others", records_json(held.others)}, {"effects", effects},      {"rows", held.counts},
            {"inbox", held.inbox},                   {"under_way", held.under_way},           {"copies", held.copies}, {"still_at", services_with(held)}};
}

std::string held_text(const Held& held) {
    std::string text = held.records.empty() ? "" : records_text(held.records);
    std::vector<std::vector<std::string>> rows;
    for (const auto& effect : held.effects) rows.push_back({effect.ref, effect.name, effect.state, effect.sent_at.value_or("-")});
    if (!rows.empty()) text += table({"EFFECT", "NAME", "STATE", "SENT"}, rows);
    std::string counts;
    for (const auto& [kind, count] : held.counts) {
        if (count > 0) counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " rows of " + kind;
    }
    if (held.inbox > 0) counts += (counts.empty() ? "" : ", ") + std::to_string(held.inbox) + " webhooks";
    if (!counts.empty()) text += "besides: " + counts + "\n";
    if (!held.others.empty()) text += "Somebody else's, so they stay (--others-too takes them too, but what bars somebody else from being contacted):\n" + records_text(held.others);
    return text;
}

std::string afterwards(const Held& held) {
    std::string text;
    for (const auto& service : services_with(held)) text += service + " still has this person: delete it there first, or it comes back with the next pull (that run will say so).\n";
    for (const auto& copy : held.copies) text += "not touched: " + copy + "\n";
    return text + "Files that were imported or exported, and backups kept elsewhere, aren't touched either.\n";
}

// What shows that a sale was allowed isn't the person's to take back.
std::int64_t proofs_kept(Store& store, const Held& held) {
    Sales sales(store);
    return std::count_if(held.effects.begin(), held.effects.end(), [&](const EffectRow& effect) { return sales.consent(effect.identity).has_value(); });
}

bool confirmed() {
    std::cerr << "Remove all of it for good? Type yes: " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "yes";
}

// Nothing more is removed, so nobody is asked. Whose rows those were isn't known any more: this person isn't held, as ever.
int finish_earlier(Session& session, const Held& held) {
    Store store(session.store_file(), session.clock());
    json object = held_json(held);
    object["forgotten"] = false;
    object["finished_earlier"] = finish_forgetting(session.config(), store);
    print(session, object, "Nothing is held about that person. An earlier forget was cut off after it had removed the rows; the file is written anew now, so that nothing can be read from it.\n");
    return static_cast<int>(ExitCode::usage);
}

}  // namespace

int command_forget(Session& session) {
    const Options& o = session.options();
    session.store_to_read();  // one that isn't there isn't made
    const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0 && o.output == "text";
    const Held held = held_about(session.config(), session.store_to_read(), o.person, o.others_too);
    if (held.empty() && held.others.empty() && forget_was_cut(session.store_file())) return finish_earlier(session, held);
    if (held.empty() && held.others.empty()) throw Error(ErrorCode::not_found, "nothing is held about that person", "give an e-mail, a phone number, or the id of a client, lead or other record");
    json object = held_json(held);
    object["forgotten"] = false;
    if (!o.yes && terminal) std::cout << printable(held_text(held) + afterwards(held)) << std::flush;
    if (!o.yes && (!terminal || !confirmed())) {
        print(session, object, terminal ? "Nothing was removed.\n" : printable(held_text(held) + afterwards(held) + "Nothing was removed. With --yes it is.\n"));
        return 0;
    }
    Store store(session.store_file(), session.clock());
    const Held present = forget(session.config(), store, o.person, o.others_too, o.allow_removed, budget_to_tell(session));  // what came since the look is taken too
    const std::int64_t proofs = proofs_kept(store, present);
    object = held_json(present);
    object["forgotten"] = true;
    object["budget_file"] = marked_word(present.marked);
    print(session, object, printable((o.yes ? held_text(present) : std::string()) + "Removed. The effects keep their identity and state, so that nothing is sent again.\n" +
                                         (proofs > 0 ? std::to_string(proofs) + " proofs of consent stay with their sales, for the retention of sales (bindery.yaml).\n" : std::string()) + marked_text(present.marked) + afterwards(present)));
    return 0;
}

}  // namespace bindery
