-- Leads and calls that are offered to a buyer. The post itself is an effect (same identity): what became of it is read from there, so
-- that `settle` and a crash change both at once. Prices are decimal text. No name, phone or e-mail stands here but in the proof.
CREATE TABLE sale (
    identity      TEXT PRIMARY KEY,  -- of the effect that its post is, or would be
    effect        TEXT NOT NULL,
    ref           TEXT NOT NULL,
    job           TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('lead', 'call')),
    mode          TEXT NOT NULL CHECK (mode IN ('test', 'live')),  -- of what stands here
    once_per      TEXT NOT NULL,     -- JSON object
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'passed_over', 'unfit', 'refused', 'declined', 'too_low', 'lapsed', 'tested', 'posting')),
    reason        TEXT NOT NULL DEFAULT '',
    us_state      TEXT NOT NULL DEFAULT '',
    phone_key     TEXT NOT NULL DEFAULT '',  -- keyed hashes, by which one person is known in two leads
    email_key     TEXT NOT NULL DEFAULT '',
    pings         INTEGER NOT NULL DEFAULT 0,
    asked_at      TEXT,              -- the latest answer to a ping
    bid_id        TEXT,              -- of the latest bid; once posted, of the one that was posted
    price         TEXT,
    posted_day    TEXT,              -- the job's date of the post, for the caps of a day
    transfer_phone TEXT,             -- calls: where the consumer's call goes
    least_seconds INTEGER,           -- calls: how long it must last to be paid
    handed_at     TEXT,              -- calls: when the phone system was told
    hand_trouble  TEXT,
    follow_until  TEXT,              -- its status is asked for until then
    followed_at   TEXT,
    billable      INTEGER,           -- as the service says; NULL: not heard yet
    call_seconds  INTEGER,
    first_run     INTEGER NOT NULL,
    run           INTEGER NOT NULL,
    first_at      TEXT NOT NULL,
    updated_at    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sale_phone ON sale (phone_key) WHERE phone_key <> '';
CREATE INDEX sale_email ON sale (email_key) WHERE email_key <> '';
CREATE INDEX sale_day ON sale (effect, posted_day) WHERE posted_day IS NOT NULL;

-- Each question and its answer. A ping changes nothing at the service, so a crash may lose some of these rows.
CREATE TABLE sale_ask (
    id       INTEGER PRIMARY KEY,
    identity TEXT NOT NULL,
    run      INTEGER NOT NULL,
    mode     TEXT NOT NULL,
    at       TEXT NOT NULL,
    day      TEXT NOT NULL,          -- the job's date
    answer   TEXT NOT NULL,          -- bid | decline | refused | failed
    bid_id   TEXT,
    price    TEXT,
    reason   TEXT
);
CREATE INDEX sale_ask_identity ON sale_ask (identity);
CREATE INDEX sale_ask_day ON sale_ask (day);

-- The proof of consent for each post, written before its first byte leaves, kept for the retention of sales.
CREATE TABLE sale_consent (
    identity    TEXT PRIMARY KEY,
    certificate TEXT NOT NULL,
    words       TEXT NOT NULL,       -- what the person agreed to
    address     TEXT NOT NULL,       -- from which it was given
    agent       TEXT NOT NULL,
    page        TEXT NOT NULL,
    given_at    TEXT NOT NULL,
    posted_at   TEXT NOT NULL
) WITHOUT ROWID;

-- Who isn't to be offered to anybody, by keyed hash of a phone or an e-mail: a person who was forgotten stays barred.
CREATE TABLE do_not_contact (
    person TEXT PRIMARY KEY,
    kind   TEXT NOT NULL,            -- phone | email
    why    TEXT NOT NULL,            -- revoked | forgotten
    at     TEXT NOT NULL
) WITHOUT ROWID;

-- Each lead in one state. What its post came to is the ledger's word.
CREATE VIEW sales AS
    SELECT s.effect, s.ref, s.job, s.kind, s.mode, s.once_per,
           CASE e.state WHEN 'sending' THEN 'posting' WHEN 'done' THEN 'sold' WHEN 'in_doubt' THEN 'unclear' WHEN 'held' THEN 'unclear'
                        WHEN 'dropped' THEN 'dropped'
                        WHEN 'rejected' THEN CASE WHEN e.status BETWEEN 400 AND 499 THEN 'refused' ELSE 'rejected' END
                        ELSE CASE s.state WHEN 'posting' THEN 'waiting' ELSE s.state END END AS state,
           CASE WHEN e.state IN ('done', 'in_doubt', 'held', 'rejected', 'dropped') THEN coalesce(e.reason, '') ELSE s.reason END AS reason,
           s.us_state, s.pings, s.asked_at, s.bid_id, s.price, s.posted_day, e.sent_at AS posted_at, e.replied_at AS answered_at,
           s.transfer_phone, s.least_seconds, s.handed_at, s.hand_trouble, s.follow_until, s.followed_at, s.billable, s.call_seconds,
           s.first_at, s.updated_at, s.run
      FROM sale AS s LEFT JOIN effect AS e ON e.identity = s.identity;

-- What a day came to, by the job's date: for `bindery query` and `bindery export`. Money is dollars as text. A day's sales are those
-- posted on it, whenever their outcome came.
CREATE VIEW sales_by_day AS
    WITH ask AS (SELECT a.day, s.effect, a.mode, count(*) AS asked, sum(a.answer = 'bid') AS bids, sum(a.answer = 'decline') AS declined, sum(a.answer IN ('refused', 'failed')) AS failed
                   FROM sale_ask AS a JOIN sale AS s ON s.identity = a.identity GROUP BY a.day, s.effect, a.mode),
    post AS (SELECT posted_day AS day, effect, mode, sum(state = 'sold') AS sold, sum(state = 'unclear') AS unclear,
                    sum(CASE state WHEN 'sold' THEN CAST(replace(price, '.', '') AS INTEGER) ELSE 0 END) AS cents, sum(coalesce(billable, 0)) AS billable
               FROM sales WHERE posted_day IS NOT NULL AND mode = 'live' GROUP BY posted_day, effect, mode),
    no AS (SELECT day, effect, sum(n) AS rejected, group_concat(reason || ' ' || n, '; ') AS reasons
             FROM (SELECT posted_day AS day, effect, reason, count(*) AS n FROM sales WHERE posted_day IS NOT NULL AND mode = 'live' AND state = 'rejected' GROUP BY posted_day, effect, reason)
            GROUP BY day, effect),
    days AS (SELECT day, effect, mode FROM ask UNION SELECT day, effect, mode FROM post)
    SELECT d.day, d.effect, d.mode, coalesce(a.asked, 0) AS asked, coalesce(a.bids, 0) AS bids, coalesce(a.declined, 0) AS declined, coalesce(a.failed, 0) AS failed,
           coalesce(p.sold, 0) AS sold, CASE d.mode WHEN 'live' THEN coalesce(n.rejected, 0) ELSE 0 END AS rejected, CASE d.mode WHEN 'live' THEN coalesce(n.reasons, '') ELSE '' END AS rejected_by_reason,
           coalesce(p.unclear, 0) AS unclear, coalesce(p.billable, 0) AS billable, printf('%d.%02d', coalesce(p.cents, 0) / 100, coalesce(p.cents, 0) % 100) AS money
      FROM days AS d LEFT JOIN ask AS a USING (day, effect, mode) LEFT JOIN post AS p USING (day, effect, mode) LEFT JOIN no AS n USING (day, effect);
