// bindery.yaml: the keys and what they mean.
#include "config/keys.h"

namespace bindery {

Shape settings_shape() {
    const Shape log = table({
        {"level", word({"trace", "debug", "info", "warn", "error"}), "How much is logged. Default: info."},
        {"format", word({"text", "json"}), "Lines for people or for machines. Default: text."},
    });
    const Shape webhook = table({
        {"url", scalar(Kind::url), "Where the message is posted as JSON.", true},
        {"secret", scalar(Kind::secret), "Name of the secret that signs it: X-Bindery-Signature is sha256= and the hex HMAC of the body."},
    });
    const Shape mail = table({
        {"smtp", scalar(Kind::text), "smtps://HOST:465, or smtp://HOST:587 with STARTTLS.", true},
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
        {"resume_within", duration(0),
         "The pages of a pull that was stopped are used again while they are younger. Default: 15m."},
    });
}

}  // namespace bindery
