// bindery.yaml: the keys and what they mean.
#include "config/keys.h"

namespace bindery {

Shape settings_shape() {
    const Shape log = table({
        {"level", word({"trace", "debug", "info", "warn", "error"}), "How much is logged. Default: info."},
        {"format", word({"text", "json"}), "Lines for people or for machines. Default: text."},
    });
    const Shape web = table({
        {"port", integer(0, 65535), "Port of the pages, health and metrics on 127.0.0.1; 0 for none of them. Default: 8369."},
        {"host", either({scalar(Kind::text), list_of(scalar(Kind::text), 1, 20)}),
         "Names that requests may come by beside localhost, such as the far end of a tunnel (localhost:9000). Default: none."},
    });
    return table({
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
        {"resume_within", duration(0),
         "The pages of a pull that was stopped are used again while they are younger. Default: 15m."},
    });
}

}  // namespace bindery
