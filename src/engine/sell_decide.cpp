#include "engine/sell_decide.h"

#include <algorithm>

#include "core/dates.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "services/sale_rules.h"
#include "services/sale_tidy.h"
#include "store/runs.h"

namespace bindery {
namespace {

SaleMedia media_of(const SellStep& step) { return step.call ? SaleMedia::call : SaleMedia::lead; }

std::string text_in(const json& lead, const char* member) {
    const auto found = lead.find(member);
    return found == lead.end() ? std::string() : scalar_text(*found).value_or("");
}

// 1, 0, true, false and their kin; nullopt for what the SQL doesn't know.
std::optional<bool> flag_in(const Values& row, const char* column) {
    const auto found = row.find(column);
    if (found == row.end()) return std::nullopt;
    const Canonical flag = canonicalize(FieldType::boolean, found->second);
    if (flag.state != Canonical::State::value) return std::nullopt;
    return flag.text == "true";
}

std::optional<WallTime> time_in(const Values& row, const char* column) {
    const auto found = row.find(column);
    if (found == row.end()) return std::nullopt;
    const Canonical time = canonicalize(FieldType::datetime, found->second);
    return time.state == Canonical::State::value ? read_rfc3339(time.text) : std::nullopt;
}

class SaleDecider {
  public:
    SaleDecider(const Engine& engine, const SellStep& step, const SaleContext& context, SalePlan& plan)
        : engine_(engine), step_(step), context_(context), plan_(plan), ledger_(engine.store), sales_(engine.store), now_(engine.clock.wall()), limits_(sale_limits(step)) {
        for (const auto& price : sales_.prices_of_day(step_.post.effect, context_.today)) plan_.sold_today.add(price);
    }

    void take_row(const Values& row, const Values& fixed) {
        ++plan_.selected;
        Offer offer;
        std::string problem;
        offer.effect = effect_of_row(ledger_, engine_.store, engine_.config.service(step_.post.service), *plan_.post, *context_.job, step_.post, row, fixed, problem);
        if (!problem.empty()) {
            json document = json::object();
            for (const auto& [name, value] : row) document[name] = value;
            cannot_be_made(offer, problem, dump_exact(document));
            return;
        }
        offer.effect.run = context_.run;
        if (!seen_.insert(offer.effect.identity).second) {
            plan_.unfit.push_back({offer.effect.ref + " again", "two rows of the select are the same lead by once_per: the first one counts", ""});
            ++plan_.passed_over["unfit"];
            return;
        }
        const auto unsure = read_lead(offer, row);
        note_certificate(offer);
        choose(std::move(offer), row, unsure);
    }

    void finish() {
        std::erase_if(plan_.offers, [this](const Offer& offer) {
            const auto found = certificates_.find(offer.consent.certificate);
            if (found == certificates_.end() || !(found->second.of_others || is_anothers(offer))) return false;
            if (step_.own_certificate) pass_over(offer, "passed_over", bar_name(Bar::shared_consent));
            else plan_.shared_certificates.push_back(offer.effect.once_per);
            return step_.own_certificate;
        });
        std::stable_sort(plan_.offers.begin(), plan_.offers.end(), [](const Offer& a, const Offer& b) {
            if (a.unanswered != b.unanswered) return b.unanswered;
            return a.consent_at != b.consent_at ? a.consent_at < b.consent_at : a.effect.identity < b.effect.identity;
        });
        plan_.doubts = ledger_.list(context_.job->name, step_.post.effect, {"in_doubt"});
    }

  private:
    // Gives the faults that reading it found, such as an incident that names no driver.
    std::vector<SaleFault> read_lead(Offer& offer, const Values& row) {
        TidyLead tidy = tidy_lead(media_of(step_), parse_exact(offer.effect.body));
        for (auto& path : tidy.dropped) plan_.dropped_fields.insert(std::move(path));
        offer.lead = std::move(tidy.lead);
        offer.us_state = text_in(offer.lead, "state_abbreviation");
        const auto given = time_in(row, "consent_at");
        offer.consent_at = given.value_or(WallTime{});
        offer.consent = {text_in(offer.lead, "trusted_form_cert_url"), text_in(offer.lead, "tcpa_language"), text_in(offer.lead, "ip_address"),
                         text_in(offer.lead, "user_agent"), text_in(offer.lead, "landing_page"), given ? rfc3339(*given) : "", ""};
        for (const char* member : {"dial_in_phone", "contact_phone", "mobile_phone", "daytime_phone", "evening_phone"}) {
            const auto phone = phone10(text_in(offer.lead, member));
            if (!phone) continue;
            std::string key = sales_.phone_key(*phone);
            if (std::find(offer.phones.begin(), offer.phones.end(), key) == offer.phones.end()) offer.phones.push_back(std::move(key));
        }
        offer.persons = offer.phones;
        if (const std::string email = text_in(offer.lead, "email"); !email.empty()) {
            offer.email = sales_.email_key(email);
            offer.persons.push_back(offer.email);
        }
        return std::move(tidy.faults);
    }

    // A certificate proves the consent of one person, of whom there may be several leads.
    void note_certificate(const Offer& offer) {
        if (step_.inbound || offer.consent.certificate.empty()) return;
        Holder& holder = certificates_[offer.consent.certificate];
        const auto is_known = [&](const std::string& person) { return holder.persons.count(person) != 0; };
        holder.of_others = holder.of_others || (!holder.persons.empty() && std::none_of(offer.persons.begin(), offer.persons.end(), is_known));
        holder.persons.insert(offer.persons.begin(), offer.persons.end());
    }

    bool is_anothers(const Offer& offer) { return sales_.consent_of_another(offer.consent.certificate, offer.effect.identity, offer.persons); }

    SaleFacts facts_of(const Offer& offer, const Values& row, const std::optional<SaleRow>& known) {
        SaleFacts facts;
        facts.is_client = flag_in(row, "is_client");
        facts.do_not_contact = flag_in(row, "do_not_contact");
        if (facts.do_not_contact == false && sales_.barred(offer.persons)) facts.do_not_contact = true;
        facts.certificate = step_.inbound ? "inbound" : offer.consent.certificate;
        facts.shared_certificate = step_.own_certificate && is_anothers(offer);
        if (!offer.consent.given_at.empty()) facts.consent_at = offer.consent_at;
        facts.state = offer.us_state;
        if (const auto sold = sales_.person_sold_at(offer.persons, offer.effect.identity)) facts.person_sold_at = read_rfc3339(*sold);
        facts.ping_refused = known && known->refused_ping && known->refused_ping == engine_.store.keyed_hash(dump_exact(ping_of(offer).body));
        if (has_answer(known)) facts.lead_tried_at = read_rfc3339(*known->asked_at);
        return facts;
    }

    // In this mode: what a test came to says nothing of a sale.
    bool has_answer(const std::optional<SaleRow>& known) const {
        if (!known || known->mode != (step_.live ? "live" : "test") || !known->asked_at) return false;
        return known->state != "waiting" && known->state != "posting" && known->state != "passed_over" && known->state != "unfit";
    }

    // Of a bid in mode live: a test keeps no caps.
    std::optional<MissedBid> missed_by(const std::optional<SaleRow>& known) const {
        if (!step_.live || !known || known->mode != "live" || known->state != "waiting" || !known->asked_at || !known->price) return std::nullopt;
        if (known->reason != bar_name(Bar::cap_money) && known->reason != bar_name(Bar::cap_count)) return std::nullopt;
        return MissedBid{format_date(date_in_zone(parse_rfc3339(*known->asked_at), context_.job->timezone)), *known->price};
    }

    void pass_over(const Offer& offer, const std::string& state, const std::string& reason) {
        SaleRow sale = sale_row(plan_, offer, context_);
        sale.state = state;
        sale.reason = reason;
        plan_.others.push_back(std::move(sale));
        ++plan_.passed_over[state == "unfit" ? "unfit" : reason];
    }

    // It has a row of its own, unless it can't be named, was seen in this run, or was offered before.
    void cannot_be_made(Offer& offer, const std::string& problem, const std::string& document) {
        offer.effect.run = context_.run;
        const std::string& identity = offer.effect.identity;
        const auto effect = identity.empty() ? std::nullopt : ledger_.find(identity);
        const bool open = !identity.empty() && (!effect || effect->state == "pending" || effect->state == "withdrawn") && !has_answer(sales_.find(identity));
        plan_.unfit.push_back({identity.empty() ? engine_.store.keyed_hash(document).substr(0, 16) : offer.effect.ref, problem, document});
        if (open && seen_.insert(identity).second) pass_over(offer, "unfit", problem);
        else ++plan_.passed_over["unfit"];
    }

    static Offer who_is(const Offer& offer) {
        Offer bare;
        bare.effect = offer.effect;
        bare.effect.body.clear();
        bare.phones = offer.phones;
        bare.email = offer.email;
        bare.us_state = offer.us_state;
        return bare;
    }

    Date today() const { return parse_date(context_.today).value(); }

    PingParts ping_of(const Offer& offer) const { return ping_parts(media_of(step_), offer.lead, today(), SaleOptions{step_.send_birth_date}); }

    void choose(Offer offer, const Values& row, const std::vector<SaleFault>& unsure) {
        const auto effect = ledger_.find(offer.effect.identity);
        const bool resolved = effect && effect->state != "pending" && effect->state != "withdrawn";
        const auto known = sales_.find(offer.effect.identity);
        const Bar bar = may_be_sold(facts_of(offer, row, known), limits_, now_);
        if (bar == Bar::none) plan_.for_sale.insert(offer.effect.identity);
        if (resolved) {  // sold, refused, in doubt, dropped: its state is the ledger's
            plan_.persons_of[offer.effect.identity] = offer.persons;
            if (effect->state == "rejected" && effect->status && *effect->status >= 400 && *effect->status <= 499) plan_.still_refused.push_back(effect->ref);
            ++plan_.passed_over[effect->state == "in_doubt" || effect->state == "held" ? "unclear" : "offered_before"];
            return;
        }
        plan_.open.push_back(who_is(offer));
        if (bar != Bar::none && has_answer(known)) {  // declined, too low…: that it was asked says more than why it isn't asked now
            ++plan_.passed_over[bar_name(bar)];
            return;
        }
        if (bar != Bar::none && bar != Bar::no_zone) {
            pass_over(offer, passes_soon(bar) ? "waiting" : "passed_over", bar_name(bar));
            return;
        }
        if (const Bar full = no_room_yet(missed_by(known), context_.today, caps_of(step_), plan_.sold_today); full != Bar::none && bar == Bar::none) {
            pass_over(offer, "waiting", bar_name(full));
            return;
        }
        auto faults = sale_faults(media_of(step_), offer.lead, today());
        faults.insert(faults.end(), unsure.begin(), unsure.end());
        const PingParts ping = ping_of(offer);
        faults.insert(faults.end(), ping.kept_out.faults.begin(), ping.kept_out.faults.end());
        if (!faults.empty()) {
            const std::string text = sale_faults_text(faults);
            plan_.unfit.push_back({offer.effect.ref, text, dump_exact(offer.lead)});
            pass_over(offer, "unfit", text);
            return;
        }
        if (bar == Bar::no_zone) {  // of a state that is one: a missing or wrong one was a fault
            pass_over(offer, "passed_over", bar_name(bar));
            return;
        }
        offer.unanswered = known && sales_.unanswered(offer.effect.identity);
        plan_.kept_out_of_pings.insert(ping.kept_out.paths.begin(), ping.kept_out.paths.end());
        offer.ping_body = dump_exact(ping.body);
        offer.effect.body.clear();
        plan_.offers.push_back(std::move(offer));
    }

    const Engine& engine_;
    const SellStep& step_;
    const SaleContext& context_;
    SalePlan& plan_;
    Ledger ledger_;
    Sales sales_;
    WallTime now_;
    SaleLimits limits_;
    std::set<std::string> seen_;
    struct Holder {
        std::set<std::string> persons;
        bool of_others = false;  // two of them have nothing in common
    };
    std::map<std::string, Holder> certificates_;
};

}  // namespace

std::int64_t SalePlan::may_post() const {
    if (!step->live || withheld) return 0;
    auto posts = static_cast<std::int64_t>(offers.size());
    if (step->daily_count) posts = std::min(posts, std::max<std::int64_t>(0, *step->daily_count - sold_today.count));
    return posts + static_cast<std::int64_t>(doubts.size());
}

SaleLimits sale_limits(const SellStep& step) {
    SaleLimits limits;
    limits.call = step.call;
    limits.consent_life = step.consent_life;
    limits.sold_window = step.sold_window;
    limits.tried_window = step.tried_window;
    limits.from_hour = step.from_hour;
    limits.to_hour = step.to_hour;
    return limits;
}

DayCaps caps_of(const SellStep& step) { return {step.daily_count, step.daily_money}; }

std::string least_price(const SellStep& step) {
    const auto number = [](const std::string& text) { return parse_decimal(text).value_or(Decimal{false, "0", ""}); };
    std::string least = step.floor;
    for (const auto& [state, floor] : step.state_floors) {
        if (decimal_less(number(floor), number(least))) least = floor;
    }
    return decimal_less(number(least), number("0.01")) ? "0.01" : least;
}

SaleRow sale_row(const SalePlan& plan, const Offer& offer, const SaleContext& context) {
    const EffectRow& effect = offer.effect;
    SaleRow row;
    row.identity = effect.identity;
    row.effect = effect.name;
    row.ref = effect.ref;
    row.job = context.job->name;
    row.kind = plan.step->call ? "call" : "lead";
    row.mode = plan.step->live ? "live" : "test";
    row.once_per = effect.once_per;
    row.us_state = offer.us_state;
    if (!offer.phones.empty()) {
        row.phone_key = offer.phones.front();
        row.other_phones.assign(offer.phones.begin() + 1, offer.phones.end());
    }
    row.email_key = offer.email;
    row.run = context.run;
    return row;
}

SalePlan decide_sale(const Engine& engine, const SellStep& step, int number, const SaleContext& context, JobSql& sql, const Values& fixed) {
    const Service& service = engine.config.service(step.post.service);
    SalePlan plan;
    plan.step = &step;
    plan.number = number;
    plan.ping = &service.operations.at("ping");
    plan.post = &service.operations.at("post");
    plan.status = &service.resources.at("lead_status");
    plan.once = *plan.post;
    plan.once.repeatable = false;
    plan.once.find.reset();
    SaleDecider decider(engine, step, context, plan);
    sql.for_each(step.post.select, [&](const Values& row) { decider.take_row(row, fixed); });
    for (const auto& passed : step.post.passed_over) {
        auto& reasons = plan.passed_over_in[passed.dataset];
        sql.for_each(passed.select, [&](const Values& row) {
            if (const auto reason = scalar_text(row.at("reason"))) ++reasons[*reason];
        });
    }
    decider.finish();
    return plan;
}

void note_decisions(Store& store, const SalePlan& plan, std::int64_t run) {
    Sales sales(store);
    Runs runs(store);
    for (const auto& row : plan.others) sales.note(row);
    sales.let_go(plan.step->post.effect);
    const std::string place = "effect:" + plan.step->post.effect;
    for (const auto& unfit : plan.unfit) runs.quarantine(run, place, unfit.key, unfit.reason, unfit.document);
    runs.clear_quarantine_before(run, place);
}

std::int64_t note_baseline(Store& store, const SalePlan& plan, const SaleContext& context) {
    Sales sales(store);
    Ledger ledger(store);
    for (const Offer& offer : plan.open) {
        sales.note(sale_row(plan, offer, context));
        ledger.record_baseline(offer.effect, "dropped");
    }
    return static_cast<std::int64_t>(plan.open.size());
}

PushPlan as_push_plan(const SalePlan& plan) {
    PushPlan push;
    push.step = &plan.step->post;
    push.operation = &plan.once;
    push.number = plan.number;
    push.withheld = plan.withheld;
    push.then = plan.may_post();
    return push;
}

}  // namespace bindery
