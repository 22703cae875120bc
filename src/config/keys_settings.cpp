// bindery.yaml: the keys and what they mean.
#include "config/keys.h"
#include "config/retention.h"

namespace bindery {

namespace {

Shape kept() {
    Shape shape = scalar(Kind::keep);
    shape.least = kLeastKept;
    return shape;
}

Shape retention_shape() {
    const Shape own = table({
        {"history", kept(), "Changes of this dataset's records."},
        {"removed", kept(), "Its records that are marked removed."},
        {"quarantine", kept(), "Its rows in quarantine."},
    });
    return table({
        {"history", kept(), "Changes of records. Default: 7y."},
        {"runs", kept(), "Runs and their reports. Default: 3y."},
        {"effects", kept(), "Bodies, replies and attempts of effects that are done, dropped or withdrawn; the effect and its state stay. Default: 7y."},
        {"quarantine", kept(), "Rows in quarantine that no reading has shown since. Default: 1y."},
        {"removed", kept(), "Records that are marked removed, counted from the removal and from their expiration. Default: 7y."},
        {"conflicts", kept(), "Closed conflicts; a person's word stays as long as the record. Default: 7y."},
        {"corrections", kept(), "Closed corrections; a record's latest stays. Default: 7y."},
        {"sales", kept(), "Proofs of consent of what was sold, and answers to pings. Default: 5y."},
        {"webhooks", kept(), "Ids of webhook events, by which one that is sent again is known. Default: 90d."},
        {"datasets", free_map_of(own), "Datasets that are kept for another time."},
    });
}

}  // namespace

Shape settings_shape() {
    const Shape log = table({
        {"level", word({"trace", "debug", "info", "warn", "error"}), "How much is logged. Default: info."},
        {"format", word({"text", "json"}), "Lines for people or for machines. Default: text."},
    });
    const Shape webhook = table({
        {"url", scalar(Kind::address), "Where the message is posted as JSON.", true},
        {"secret", scalar(Kind::secret), "Name of the secret that signs it: X-Bindery-Signature is sha256= and the hex HMAC of the body."},
    });
    const Shape mail = table({
        {"smtp", scalar(Kind::text), "smtps://HOST:465, or smtp://HOST:587 with STARTTLS. With /NAME behind it: what the server is greeted by.", true},
        {"from", scalar(Kind::text), "The sender's address.", true},
        {"to", list_of(scalar(Kind::text), 1, 20), "Who gets it.", true},
        {"user", scalar(Kind::text), "The account at the server. Default: none."},
        {"secret", scalar(Kind::secret), "Name of the secret that is its password."},
    });
    const Shape notify = table({
        {"command", list_of(scalar(Kind::text), 1, 20), "A program and its arguments; the message comes on its standard input."},
        {"webhook", webhook, "A web address."},
        {"mail", mail, "Mail by SMTP."},
    });
    const Shape web = table({
        {"port", integer(0, 65535), "Port of the pages, health and metrics on 127.0.0.1; 0 for none of them. Default: 8369."},
        {"host", either({scalar(Kind::text), list_of(scalar(Kind::text), 1, 20)}),
         "Names that requests may come by beside localhost, such as the far end of a tunnel (localhost:9000). Default: none."},
    });
    const Shape webhooks = table({
        {"port", integer(1, 65535), "Port of the listener for webhooks, which a reverse proxy may lead to.", true},
        {"address", scalar(Kind::text), "Address it listens on. Default: 127.0.0.1."},
        {"url", scalar(Kind::url), "How services reach it through the proxy: /hooks/SERVICE comes behind it. For `bindery webhooks register`."},
        {"max_body", scalar(Kind::size), "A longer event is refused before anything is done with it. Default: 256KiB."},
    });
    return table({
        {"notify", notify, "Who is told when something is wrong, and when it is well again. Default: nobody."},
        {"store", scalar(Kind::file),
         "The SQLite file that holds this agency's books. Default: bindery.db beside this file."},
        {"budget", scalar(Kind::file),
         "The file of token budgets, shared by every store on the same keys. Default: "
         "$XDG_STATE_HOME/bindery/budget.db, else ~/.local/state/bindery/budget.db."},
        {"secrets_dir", scalar(Kind::file),
         "Folder of secrets, one file a secret, readable by its owner only. Default: secrets beside this file."},
        {"services", scalar(Kind::file), "Folder of service files. Default: services beside this file."},
        {"books", scalar(Kind::file), "Folder of the agency's own books; needn't be there. Default: books beside this file."},
        {"csv", scalar(Kind::file), "Folder of CSV profiles; needn't be there. Default: csv beside this file."},
        {"jobs", scalar(Kind::file),
         "Folder of job files. Default: ../jobs when this file's folder is called config, else jobs beside this file."},
        {"contact", scalar(Kind::text),
         "Mail or web address that services see in User-Agent, so that they can reach you before they block you."},
        {"timezone", scalar(Kind::zone), "Time zone of jobs that name none. Default: UTC."},
        {"ca_file", scalar(Kind::file), "Certificates to trust besides the system's (a company proxy). Default: none."},
        {"log", log, "Logging."},
        {"web", web, "The daemon's pages, health and metrics."},
        {"webhooks", webhooks, "Events from services, taken in by the daemon. Default: none are."},
        {"resume_within", duration(0),
         "The pages of a pull that was stopped are used again while they are younger. Default: 15m."},
        {"retention", retention_shape(), "What `bindery purge` removes, and when: 90d, 18mo, 7y or forever. See docs/store.md."},
    });
}

}  // namespace bindery
