// revoke: a person took back their consent; who did; and that it was a slip of the pen.
#include "app/commands.h"
#include "core/error.h"
#include "engine/revoke.h"

namespace bindery {
namespace {

constexpr std::size_t kMostNamed = 5;

std::string counted(std::int64_t n, const std::string& one, const std::string& many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

const char* kind_word(const std::string& kind) { return kind == "email" ? "e-mail" : "phone"; }

std::string known_text(const std::vector<FoundRecord>& records) {
    if (records.empty()) return "No record here has it; barred all the same, whenever a lead comes with it. Is it spelled right?\n";
    std::string names;
    for (std::size_t i = 0; i < records.size() && i < kMostNamed; ++i) names += (i == 0 ? "" : ", ") + records[i].dataset + " " + records[i].key;
    if (records.size() > kMostNamed) names += " and " + std::to_string(records.size() - kMostNamed) + " more";
    return "Known here by " + counted(static_cast<std::int64_t>(records.size()), "record", "records") + ": " + names + ".\n";
}

int list_bars(Session& session) {
    const auto bars = bars_of(session.config(), session.store_to_read(), session.options().person);
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    for (const BarRow& bar : bars) {
        list.push_back({{"kind", bar.kind}, {"why", bar.why}, {"since", bar.at}, {"refs", bar.refs}});
        std::string refs;
        for (std::size_t i = 0; i < bar.refs.size() && i < kMostNamed; ++i) refs += (i == 0 ? "" : " ") + bar.refs[i];
        rows.push_back({bar.at, kind_word(bar.kind), bar.why, refs.empty() ? "-" : refs});
    }
    std::string text = bars.empty() ? session.options().person.empty() ? "Nobody is barred.\n" : "Not barred by `revoke` or `forget`.\n" : table({"SINCE", "WHAT", "WHY", "LEADS"}, rows);
    if (!bars.empty() && session.options().person.empty()) text += "Whose they are is kept as a keyed hash alone: bindery revoke --list PERSON tells of one; a lead, bindery effects or query on `sales`.\n";
    print(session, {{"barred", list}}, printable(text));
    return 0;
}

int undo(Session& session) {
    session.store_to_read();  // one that isn't there isn't made
    Store store(session.store_file(), session.clock());
    const Unbarred undone = undo_revoke(session.config(), store, session.options().person);
    std::string text = undone.freed > 0 ? "Barred no more: " + counted(undone.freed, "e-mail or phone", "e-mails and phones") + ". What was withdrawn is looked at anew by the job's next run.\n" : "";
    if (text.empty() && undone.asked_by_others == 0) text = "Wasn't revoked here; nothing has changed.\n";
    if (undone.asked_by_others > 0) {
        std::string by;
        for (const auto& one : undone.also_asked_by) by += (by.empty() ? "" : ", ") + one;
        text += counted(undone.asked_by_others, "e-mail or phone stays", "e-mails and phones stay") + " barred, since that was asked for " +
                (by.empty() ? "by another e-mail, phone or id too.\n" : "by " + by + " too: bindery revoke --undo that as well, if it was a mistake.\n");
    }
    if (undone.forgotten > 0) text += counted(undone.forgotten, "stays", "stay") + " barred: that person was forgotten.\n";
    print(session, {{"freed", undone.freed}, {"forgotten", undone.forgotten}, {"asked_by_others", undone.asked_by_others}, {"also_asked_by", undone.also_asked_by}}, printable(text));
    return 0;
}

}  // namespace

BudgetFile* budget_to_tell(Session& session) {
    try {
        return &session.budget();
    } catch (const Error&) {
        return nullptr;
    }
}

std::string marked_text(Marked marked) {
    if (marked == Marked::behind) {
        return "THIS STORE HAS FORGOTTEN revocations that were made before: it looks restored from a backup, or came in another one's place. Make all of them again; until then, and until "
               "bindery sync --job NAME --accept-ledger, nobody is sold.\n";
    }
    return marked == Marked::not_told ? "The budget file could not be told: if this store is restored from an older backup, nobody will notice that it has forgotten this. Keep a list.\n" : "";
}

std::string marked_word(Marked marked) { return marked == Marked::told ? "told" : marked == Marked::behind ? "behind" : "not_told"; }

int command_revoke(Session& session) {
    const Options& o = session.options();
    if (o.list && o.undo) throw Error(ErrorCode::usage, "--list and --undo don't go together");
    if (o.list) return list_bars(session);
    if (o.person.empty()) throw Error(ErrorCode::usage, "who?", "give an e-mail, a phone number, or the id of a client, lead or other record; `bindery revoke --list` shows who did");
    if (o.undo) return undo(session);
    Store store(session.store_file(), session.clock());
    const Revoked revoked = revoke(session.config(), store, o.person, budget_to_tell(session));
    std::string text = revoked.barred > 0 ? "Barred from every sale: " + counted(revoked.barred, "e-mail or phone that wasn't yet.\n", "e-mails and phones that weren't yet.\n") : "Barred from every sale already.\n";
    text += known_text(revoked.records);
    if (revoked.withdrawn > 0) text += counted(revoked.withdrawn, "post that waited is", "posts that waited are") + " withdrawn.\n";
    for (const auto& ref : revoked.unclear) text += ref + " may have been sold already: look it up, then bindery settle " + ref + " --as done or drop.\n";
    json records = json::array(), sales = json::array();
    for (const auto& record : revoked.records) records.push_back({{"dataset", record.dataset}, {"key", record.key}});
    for (const auto& sale : revoked.sold) {
        sales.push_back({{"ref", sale.ref}, {"buyer", sale.buyer}, {"day", sale.day}});
        text += "Sold before: " + sale.ref + " on " + sale.day + " to " + sale.buyer + ". Tell the buyer; bindery why of the lead shows the proof of consent.\n";
    }
    text += marked_text(revoked.marked);
    const std::vector<std::string> unread = session.config().records_left_out();
    for (const auto& dataset : unread) text += "NOT LOOKED INTO: " + dataset + ", whose file is at fault. Other phones and e-mails of this person may stand there: mend it (bindery check), then run this again.\n";
    print(session, {{"barred", revoked.barred}, {"records", records}, {"withdrawn", revoked.withdrawn}, {"unclear", revoked.unclear}, {"sold", revoked.sold.size()}, {"sales", sales}, {"not_searched", unread}, {"budget_file", marked_word(revoked.marked)}}, printable(text));
    return unread.empty() ? 0 : static_cast<int>(ExitCode::config);
}

}  // namespace bindery
