// A job file: the keys and what they mean.
#include <algorithm>

#include "config/keys.h"
#include "core/field.h"

namespace bindery {

namespace {

Shape schedule() {
    return table({
        {"cron", scalar(Kind::cron), "When it runs: minute, hour, day, month, weekday. Either this or `every`."},
        {"every", duration(1000), "How often it runs: so long after the last start."},
        {"after", list_of(scalar(Kind::job_name), 1, 20), "Jobs that go first. With cron or every: it waits for those that run or are due; alone: it runs whenever each of them has run."},
        {"timezone", scalar(Kind::zone), "The zone of `cron` and of :today. Default: that of bindery.yaml."},
        {"catch_up", word({"once", "none"}), "once: a run missed while the program was off is made up. Default: once."},
        {"jitter", duration(0), "Starts up to this much later, each job by an amount of its own that stays the same. Default: 0s."},
        {"retry", duration(0), "A run that failed or stayed incomplete is followed by another after this long; 0s: not before its time. Default: 30m."},
    });
}

Shape guard() {
    return table({
        {"max_effects", integer(0, 1'000'000), "A run that would send more stops before the first. Default: 500."},
        {"max_corrected", scalar(Kind::count_or_share),
         "A run whose reconcile would correct more pairs than this stops before the first; a share lets 20 pass in any book. Default: 10%."},
        {"max_removed", scalar(Kind::count_or_share), "More removals than this are withheld. Default: 10%."},
    });
}

Shape pull() {
    return table({
        {"pull", scalar(Kind::dotted), "The dataset to read: service.resource.", true},
        {"for", scalar(Kind::sql), "Reads by id instead of listing: one call a row, its first column is the id."},
    });
}

Shape import() {
    return table({
        {"import", scalar(Kind::dotted), "One of the agency's own books: book.NAME.", true},
        {"from", scalar(Kind::text), "The CSV file, relative to the folder of bindery.yaml; * and ? in its name stand for several, the oldest goes first.", true},
        {"profile", scalar(Kind::name), "The profile of config/csv. Default: the one that fits the headers."},
        {"done", scalar(Kind::text), "The folder that a file goes to once it has landed. Default: it stays."},
        {"partial", scalar(Kind::flag), "true: rows are added and changed, none removed. Default: as the book says."},
        {"missing", word({"ok", "error"}), "What it means that no file is there. Default: ok."},
    });
}

Shape export_step() {
    return table({
        {"export", either({scalar(Kind::dotted), table({
                                                      {"sql", scalar(Kind::sql), "A read-only SELECT; vars are bound as :name."},
                                                      {"corrections", scalar(Kind::job_name), "What other programs' books should change, by the word of this job."},
                                                  })}),
         "A dataset, or a map with sql or corrections.", true},
        {"to", scalar(Kind::text), "The file, relative to the folder of bindery.yaml; {today} is filled in.", true},
        {"bom", scalar(Kind::flag), "Begins with a byte order mark, by which Excel knows UTF-8. Default: false."},
        {"raw", scalar(Kind::flag), "Cells that a spreadsheet would run or round aren't guarded. Default: false."},
    });
}

std::vector<std::string> identity_types() {
    std::vector<std::string> types = field_type_names();
    types.erase(std::remove(types.begin(), types.end(), "json"), types.end());
    return types;
}

Shape push() {
    const Shape columns = list_of(scalar(Kind::name), 0, 20);
    return table({
        {"push", scalar(Kind::dotted), "The write: service.operation.", true},
        {"effect", scalar(Kind::name), "The effect's own name: unique over all jobs, never reused.", true},
        {"select", scalar(Kind::sql), "One row is one effect; vars are bound as :name.", true},
        {"once_per", map_of(word(identity_types()), 1, 12), "Columns, with their types, that make the effect's identity.", true},
        {"when_in_doubt", word({"hold", "retry"}),
         "When it can't be known whether the call arrived: hold for a person, or send once more. Default: hold."},
        {"needs", word({"complete"}), "complete: only after this run's pulls were complete."},
        {"path", free_map_of(scalar(Kind::text)), "Values of the call's {places}; {column} and {var} are filled in."},
        {"body", scalar(Kind::any_map), "The request's body; {column} and {var} are filled in."},
        {"volatile", list_of(scalar(Kind::text), 0, 50), "Members of the body whose change is no change."},
        {"in_order_by", columns, "Rows that share these columns go one after the other."},
        {"count_by", columns, "Columns whose values are counted in the report."},
        {"passed_over", free_map_of(scalar(Kind::sql)), "For a dataset, or the view `sales`, SQL that gives each key with the reason why it has no effect today, or NULL: for `why` and the report, which names those with a `name`."},
        {"after", list_of(scalar(Kind::name), 1, 20), "Effects of earlier steps: decided again once these were sent."},
    });
}

Shape sell() {
    return table({
        {"sell", scalar(Kind::name), "The service that buys: autobind. It has the operations ping and post and the resource lead_status.", true},
        {"effect", scalar(Kind::name), "The name of the sales in the ledger: unique over all jobs, never reused.", true},
        {"kind", word({"lead", "call"}), "What is sold. Default: lead."},
        {"mode", word({"test", "live"}), "test: pings and posts go to the service's test environment, which keeps nothing and pays nothing. Default: test."},
        {"select", scalar(Kind::sql), "One row is one lead; vars are bound as :name. It gives is_client, do_not_contact and consent_at.", true},
        {"once_per", map_of(word(identity_types()), 1, 12), "Columns, with their types, that make the lead's identity: it's sold once.", true},
        {"lead", scalar(Kind::any_map), "The whole lead by the service's field names, for ping and post together; {column} and {var} are filled in.", true},
        {"needs", word({"complete"}), "complete: only after this run's pulls were complete."},
        {"consent", word({"certificate", "own_certificate", "inbound"}),
         "own_certificate: one that another person has too sells nobody (else the run names it). inbound: of a call that the person made, there is no certificate. Default: certificate."},
        {"consent_life", duration(1000), "A proof of consent that is older isn't sold with. Default: 72h."},
        {"not_again", table({
                          {"sold", duration(1000), "A person who was sold isn't offered for so long. Default: 30d."},
                          {"tried", duration(0), "A lead that found no buyer isn't offered for so long. Default: 24h."},
                      }),
         "How long a person or lead is left alone."},
        {"hours", table({
                      {"from", integer(0, 23), "The first hour. Default: 8."},
                      {"to", integer(1, 24), "Before this hour. Default: 21."},
                  }),
         "Calls: only when it's between these hours in each time zone of the state."},
        {"floor", either({scalar(Kind::text), free_map_of(scalar(Kind::text))}), "The least price: 3.00, or a map of states (TX: 4.50) with any: for the others.", true},
        {"daily", table({
                      {"count", integer(0, 1'000'000), "So many a day."},
                      {"money", scalar(Kind::text), "So many dollars a day."},
                  }),
         "The most that is sold in a day of the job's time zone. What isn't settled counts."},
        {"pings", integer(1, 10), "How often a lead is asked for anew in a run when its bid ran out. Default: 3."},
        {"bid_life", duration(1000), "How long a bid lives. Default: 90s, calls 60s."},
        {"birth_date", scalar(Kind::flag), "A ping carries birth dates instead of ages. Default: false."},
        {"hand_off", table({
                         {"command", list_of(scalar(Kind::text), 1, 20), "A program and its arguments; it gets JSON on its standard input."},
                         {"url", scalar(Kind::address), "An address that gets the same JSON by POST."},
                         {"secret", scalar(Kind::secret), "With `url`: name of the secret that signs it: X-Bindery-Signature is sha256= and the hex HMAC of the body."},
                         {"within", duration(1000), "So long after the post at most. Default: 60s."},
                     }),
         "Calls: who is told where to transfer the call."},
        {"follow", duration(0), "How long a sale's status is asked for. Default: 10m, calls 4h."},
        {"follow_every", duration(1000), "How often. Default: 30s, calls 3m."},
        {"passed_over", free_map_of(scalar(Kind::sql)), "For a dataset, SQL that gives each key with the reason why it isn't offered, or NULL: for `why` and the report."},
    });
}

Shape reconcile() {
    const Shape names = list_of(scalar(Kind::name), 1, 6);
    const Shape templates = free_map_of(scalar(Kind::text));
    return table({
        {"reconcile", table({
                          {"ours", scalar(Kind::dotted), "Our book: book.NAME.", true},
                          {"theirs", scalar(Kind::dotted), "The service's records: service.resource.", true},
                      }),
         "Two books that should agree.", true},
        {"match", list_of(either({scalar(Kind::name), names}), 1, 10), "Fields that name the same record on both sides; or lists of them, tried in order.", true},
        {"contradiction", list_of(scalar(Kind::name), 0, 10), "A pair by a later list than the first needs that none of these fields differ; else a person is asked."},
        {"max_age", duration(1000), "When our book is older than this, differences are reported and nothing is corrected. Default: any age."},
        {"fields", map_of(word({"ours", "theirs", "both", "report"}), 1, 60),
         "Fields that should agree, and whose word counts: ours, theirs, both (whoever changed it), report (nothing crosses).", true},
        {"only_ours", word({"push", "report"}), "Records that theirs lacks: made there, or reported. Default: report."},
        {"only_theirs", word({"report", "adopt"}), "Records that ours lacks: reported, or taken in (a book of authority here). Default: report."},
        {"push", scalar(Kind::dotted), "The write that carries a correction: service.operation. Default: nothing is sent."},
        {"effect", scalar(Kind::name), "The corrections' name: unique over all jobs, never reused."},
        {"create", scalar(Kind::dotted), "The write that makes a record, with only_ours: push. Default: that of push."},
        {"create_effect", scalar(Kind::name), "The name of those effects."},
        {"when_in_doubt", word({"hold", "retry"}), "When it can't be known whether the call arrived. Default: hold."},
        {"needs", word({"complete"}), "complete: only after this run's pulls were complete."},
        {"path", templates, "Values of the call's {places}. Default: the record's key."},
        {"body", scalar(Kind::any_map), "The request's body. Default: key, matched fields and what changes; with PATCH only what changes."},
    });
}

}  // namespace

Shape job_shape() {
    Shape step = scalar(Kind::step);
    step.of = {pull(), import(), reconcile(), push(), export_step(), sell()};
    return table({
        {"job", scalar(Kind::job_name), "The job's name; the file is called NAME.yaml.", true},
        {"about", scalar(Kind::text), "What it is for, in a sentence."},
        {"schedule", schedule(), "When it runs by itself. Default: on demand only."},
        {"on", list_of(scalar(Kind::text), 1, 50), "Events of services that start it, for the records they name: bi369.lead.updated."},
        {"stale_after", duration(1000), "A job without a good run for this long is stale. Default: never."},
        {"time_limit", duration(1000), "A run that takes longer stops and goes on at its next turn. Default: 1h."},
        {"ping", scalar(Kind::address), "An address that is called after each run, with /fail behind its path when it failed (healthchecks.io and its kin)."},
        {"vars", scalar(Kind::any_map), "Values for SQL (:name) and bodies ({name})."},
        {"checks", map_of(scalar(Kind::sql), 1, 100), "Selects over the vars (:vars is all of them, as JSON). A row is a fault: `problem` says what to do, `var` where."},
        {"guard", guard(), "What a run may do at most."},
        {"with", map_of(scalar(Kind::sql), 1, 50), "Selects that steps share: each is a table of that name to their SQL."},
        {"steps", list_of(step, 1, 100), "What it does, in order: pulls and imports, reconciles, then pushes, sells and exports.", true},
    });
}

}  // namespace bindery
