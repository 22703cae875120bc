#include "year/agency.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/buyer.h"

namespace bindery::test {
namespace {

using nlohmann::json;
using std::chrono::days;

const std::vector<std::string> kBusinessLines{"commercial_auto", "general_liability", "workers_comp", "bop", "inland_marine"};
const std::vector<std::string> kPersonalLines{"personal_auto", "homeowners", "umbrella"};
constexpr int kAhead = 130;       // days: BindPilot lists a renewal so long before
constexpr std::size_t kBook = 320;  // policies, about

std::string number_of(const std::string& policy) { return "TX" + std::to_string(100'000 + std::stoi(policy.substr(2)) * 7); }

std::string name_of(const std::string& client) { return "Client " + client.substr(2); }

}  // namespace

Agency::Agency(Services& services, unsigned seed) : services_(services), random_(seed) {
    for (int i = 1; i <= 10; ++i) {
        const std::string id = "carrier_" + std::to_string(i);
        services_.put("bindpilot", "carriers", id, {{"id", id}, {"name", "Carrier " + std::to_string(i)}, {"status", i == 4 ? "Inactive" : "Active"}, {"appetite", "Full"}});
    }
    const Date today = date_in_zone(services.time.now(), "UTC");
    for (int day = -120; day < 0; ++day) live_through(today + days(day));
}

void Agency::live_through(Date day) {
    for (int i = roll(1, 2); i > 0; --i) comes_up(day);
    std::vector<std::string> over;
    for (auto& [id, renewal] : renewals_) {
        if (day >= to_end_.at(id)) over.push_back(id);
        else if (renewal.expiration > day) moves_on(renewal, day);
        if (permille(2)) over.push_back(id);  // lost, or taken off the list by somebody
    }
    for (const auto& id : over) {
        const auto found = renewals_.find(id);
        if (found == renewals_.end()) continue;
        if (day > found->second.expiration) ends(found->second, day);
        services_.remove("bindpilot", "renewals", id);
        renewals_.erase(found);
        to_end_.erase(id);
    }
    clear_away(day);
    if (percent(60)) lead_comes(day, true);
    if (percent(15)) lead_comes(day, false);
    leads_are_worked();
}

void Agency::lead_comes(Date day, bool for_sale) {
    const std::string now = rfc3339(services_.time.now()).substr(0, 19) + "Z";
    const json times{{"createdAt", now}, {"updatedAt", now}};
    const json made = for_sale ? sale_lead(next_++, times) : lead(next_++, times);
    const std::string id = made.at("id").get<std::string>();
    services_.put("bi369", "leads", id, made);
    leads_[id] = day;
    for (auto it = leads_.begin(); it != leads_.end();) {
        if (it->second > day - days(60)) {
            ++it;
            continue;
        }
        services_.remove("bi369", "leads", it->first);
        it = leads_.erase(it);
    }
}

// Somebody of the agency writes down a call, or takes a lead a step further.
void Agency::leads_are_worked() {
    const json leads = services_.records("bi369", "leads");
    for (int i = roll(0, 3); i > 0; --i) {
        const json& one = leads.at(static_cast<std::size_t>(roll(0, static_cast<int>(leads.size()) - 1)));
        json change{{"notes", "Call " + std::to_string(next_++)}, {"updatedAt", rfc3339(services_.time.now()).substr(0, 19) + "Z"}};
        if (one.at("status") == "new") change["status"] = "contacted";
        else if (one.at("status") == "contacted" && percent(30)) change["status"] = "qualified";
        services_.put("bi369", "leads", one.at("id").get<std::string>(), change);
    }
}

void Agency::comes_up(Date day) {
    const int n = 1000 + next_++;
    Renewal renewal;
    renewal.id = "r_" + std::to_string(n);
    renewal.policy_id = "p_" + std::to_string(n);
    renewal.client_id = "c_" + std::to_string(n);
    renewal.work = renewal.policy_id;
    const bool business = percent(50);
    const auto& lines = business ? kBusinessLines : kPersonalLines;
    renewal.line = lines[static_cast<std::size_t>(roll(0, static_cast<int>(lines.size()) - 1))];
    renewal.premium = business && percent(25) ? roll(25'000, 60'000) : roll(400, 9'000);
    if (!percent(6)) renewal.number = number_of(renewal.policy_id);
    renewal.state = percent(12) ? "AZ" : percent(3) ? "" : percent(60) ? "TX" : percent(50) ? "OK" : "NM";
    renewal.status = "Pending";
    renewal.expiration = day + days(percent(70) ? roll(115, kAhead) : roll(2, kAhead));
    const Policy policy{renewal.policy_id, renewal.client_id, number_of(renewal.policy_id), renewal.line, renewal.expiration - days(365), renewal.expiration, services_.time.now(), renewal.premium};
    policies_[policy.id] = policy;
    show(policy, day);
    const auto add = [&](const Renewal& one) {
        renewals_[one.id] = one;
        to_end_[one.id] = one.expiration + days(roll(1, 6));
        show(one);
    };
    add(renewal);
    if (renewal.number.empty() || renewal.line == "umbrella" || !percent(5)) return;
    renewal.id += "b";  // a package: a second line under the same number
    renewal.line = "umbrella";
    add(renewal);
}

void Agency::moves_on(Renewal& renewal, Date day) {
    const int left = days_between(day, renewal.expiration);
    const Renewal before = renewal;
    if (renewal.status == "Pending" && permille(15)) renewal.status = percent(90) ? "Shopped" : "Quoting";
    else if (renewal.status != "Renewed" && left < 60 && permille(12)) renewal.status = percent(50) ? "Renewed" : " renewed ";
    else if (renewal.status == "Renewed" && permille(5)) renewal.status = "Shopped";  // it was a mistake
    if (renewal.number.empty() && permille(15)) renewal.number = number_of(renewal.policy_id);
    if (permille(2) && renewal.id == "r_" + renewal.policy_id.substr(2)) {  // rewritten to another date
        renewal.expiration += days(roll(-15, 15));
        if (renewal.expiration <= day) renewal.expiration = day + days(1);
        to_end_[renewal.id] = renewal.expiration + days(roll(1, 6));
    }
    if (permille(5)) renewal.premium += roll(-200, 200);
    if (renewal.status != before.status || renewal.number != before.number || renewal.expiration != before.expiration || renewal.premium != before.premium) show(renewal);
}

// Seven in ten have a next term by then, as it may be under another number; of the others nobody knows.
void Agency::ends(const Renewal& renewal, Date day) {
    if (!percent(70)) return;
    Policy next;
    next.id = renewal.policy_id + "n" + std::to_string(next_++);
    next.client_id = renewal.client_id;
    next.line = renewal.line;
    next.number = number_of(renewal.policy_id);
    if (percent(40)) next.number[0] = 'N';  // then it's known by client and line
    next.effective = renewal.expiration + days(roll(-2, 3));
    next.expiration = next.effective + days(365);
    next.since = services_.time.now();
    next.premium = renewal.premium;
    policies_[next.id] = next;
    show(next, day);
}

// Old policies leave BindPilot, a few a day.
void Agency::clear_away(Date day) {
    for (auto it = policies_.begin(); it != policies_.end();) {
        const bool old = it->second.expiration < day - days(90);
        const bool spare = policies_.size() > kBook && it->second.effective > day - days(300) && it->second.effective < day - days(90) && percent(10);
        if (!old && !spare) {
            ++it;
            continue;
        }
        services_.remove("bindpilot", "policies", it->first);
        it = policies_.erase(it);
    }
}

std::string Agency::written(const std::string& number) {
    if (number.empty()) return percent(50) ? "" : "TBD";
    switch (roll(0, 5)) {
        case 0: return number.substr(0, 2) + "-" + number.substr(2);
        case 1: return "tx " + number.substr(2, 3) + " " + number.substr(5);
        default: return number;
    }
}

void Agency::show(const Renewal& renewal) {
    services_.put("bindpilot", "renewals", renewal.id,
                  {{"id", renewal.id},
                   {"policy_id", renewal.policy_id},
                   {"policy_number", written(renewal.number)},
                   {"client_id", renewal.client_id},
                   {"client_name", name_of(renewal.client_id)},
                   {"client_email", renewal.client_id + "@client.example"},
                   {"client_phone", "214555" + renewal.policy_id.substr(2, 4)},
                   {"carrier", "Carrier " + std::to_string(1 + renewal.premium % 10)},
                   {"line_of_business", renewal.line},
                   {"state", renewal.state},
                   {"zip", renewal.state.empty() ? "" : "75001"},
                   {"expiration_date", format_date(renewal.expiration)},
                   {"current_premium", renewal.premium},
                   {"renewal_premium", renewal.premium + 90},
                   {"status", renewal.status},
                   {"account_manager", "sam@agency.example"}});
}

void Agency::show(const Policy& policy, Date day) {
    services_.put("bindpilot", "policies", policy.id,
                  {{"id", policy.id},
                   {"policy_number", policy.number},
                   {"client_id", policy.client_id},
                   {"client_name", name_of(policy.client_id)},
                   {"client_email", policy.client_id + "@client.example"},
                   {"client_phone", "214555" + policy.id.substr(2, 4)},
                   {"carrier", "Carrier " + std::to_string(1 + policy.premium % 10)},
                   {"line_of_business", policy.line},
                   {"state", "TX"},
                   {"premium", policy.premium},
                   {"effective_date", format_date(policy.effective)},
                   {"expiration_date", format_date(policy.expiration)},
                   {"status", policy.expiration < day ? "expired" : "active"},
                   {"producer", "Sam"},
                   {"updated_at", format_date(day) + "T08:30:00Z"}});
}

// The same policies; of one in thirty the AMS has another premium or no phone.
std::string Agency::export_of_the_ams() {
    std::ostringstream out;
    out << "Policy Number,Client Name,Email,Phone,Premium,Effective Date,Expiration Date,Status,Line of Business\n";
    for (const auto& policy : services_.records("bindpilot", "policies")) {
        const json& now = policy.at("premium");
        const int premium = static_cast<int>(now.is_number() ? now.get<double>() : std::stod(now.get<std::string>())) + (percent(3) ? roll(1, 40) : 0);
        out << policy.at("policy_number").get<std::string>() << ',' << policy.at("client_name").get<std::string>() << ',' << policy.at("client_email").get<std::string>() << ','
            << (percent(3) ? "" : policy.at("client_phone").get<std::string>()) << ',' << premium << ',' << policy.at("effective_date").get<std::string>() << ','
            << policy.at("expiration_date").get<std::string>() << ',' << policy.at("status").get<std::string>() << ',' << policy.at("line_of_business").get<std::string>() << '\n';
    }
    return out.str();
}

}  // namespace bindery::test
