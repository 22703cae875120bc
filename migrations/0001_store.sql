-- Bindery's own tables. Dataset tables (record_SERVICE_RESOURCE) are made by the engine from the service files.
-- Times are RFC 3339 UTC text with milliseconds, so that they sort as text and the sqlite3 shell shows them.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,       -- store_id, identity_key
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE dataset (
    name       TEXT PRIMARY KEY,  -- service.resource
    view       TEXT NOT NULL,     -- service_resource
    signature  TEXT NOT NULL,     -- of the mapping that the table was built with
    built_at   TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE pull_state (
    dataset          TEXT PRIMARY KEY,
    complete_read_at TEXT,        -- when the last complete pull began
    complete_run     INTEGER,
    last_read_at     TEXT,        -- when the last pull of any kind began
    last_run         INTEGER,
    last_verdict     TEXT,        -- complete | resumed | incomplete: REASON
    seen             INTEGER,     -- rows of the last complete pull
    presence         TEXT         -- JSON: field -> share of rows that carried it, last complete pull
) WITHOUT ROWID;

CREATE TABLE run (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    job         TEXT NOT NULL,
    kind        TEXT NOT NULL,    -- sync | plan | apply | baseline
    state       TEXT NOT NULL,    -- running | ended | crashed
    phase       TEXT NOT NULL,    -- pull | decide | deliver | report
    step        INTEGER NOT NULL DEFAULT 0,
    now         TEXT NOT NULL,    -- what :now stands for in this run
    today       TEXT NOT NULL,    -- what :today stands for, in the job's zone
    timezone    TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    ended_at    TEXT,
    outcome     TEXT,             -- done | partial | incomplete | failed | guard | doubt | planned | interrupted
    exit_code   INTEGER,
    report      TEXT,             -- JSON, what `show` prints
    error_code  TEXT,
    message     TEXT,
    hint        TEXT,
    pid         INTEGER NOT NULL
);
CREATE INDEX run_job ON run (job, id);

CREATE TABLE change (
    id       INTEGER PRIMARY KEY,
    dataset  TEXT NOT NULL,
    key      TEXT NOT NULL,
    run      INTEGER NOT NULL,
    at       TEXT NOT NULL,
    kind     TEXT NOT NULL,       -- added | changed | removed | returned
    field    TEXT,                -- for `changed`: the field, or '*' for members that no field maps
    old      TEXT,
    new      TEXT
);
CREATE INDEX change_record ON change (dataset, key);

CREATE TABLE quarantine (
    id         INTEGER PRIMARY KEY,
    dataset    TEXT NOT NULL,     -- service.resource, or effect:NAME
    key        TEXT NOT NULL,     -- the record's key, or a hash of the document when it has none
    reason     TEXT NOT NULL,
    document   TEXT,
    first_run  INTEGER NOT NULL,
    last_run   INTEGER NOT NULL,
    first_at   TEXT NOT NULL,
    last_at    TEXT NOT NULL,
    UNIQUE (dataset, key, reason)
);

CREATE TABLE effect (
    identity      TEXT PRIMARY KEY,  -- keyed hash of name and once_per; 64 hex digits
    name          TEXT NOT NULL,
    ref           TEXT NOT NULL,     -- short form of the identity, for people
    job           TEXT NOT NULL,
    service       TEXT NOT NULL,
    operation     TEXT NOT NULL,
    once_per      TEXT NOT NULL,     -- JSON object
    state         TEXT NOT NULL CHECK (state IN
        ('pending', 'sending', 'done', 'rejected', 'in_doubt', 'held', 'withdrawn', 'dropped')),
    method        TEXT NOT NULL,
    path          TEXT NOT NULL,
    body          TEXT NOT NULL,
    content_hash  TEXT NOT NULL,
    order_key     TEXT NOT NULL DEFAULT '',
    when_in_doubt TEXT NOT NULL,     -- hold | retry
    frozen        INTEGER NOT NULL DEFAULT 0,  -- 1 once a first attempt began: the body is repeated byte for byte
    attempts      INTEGER NOT NULL DEFAULT 0,  -- times that the request may have left
    retries       INTEGER NOT NULL DEFAULT 0,  -- sends after a doubt that nothing could settle
    first_run     INTEGER NOT NULL,
    run           INTEGER NOT NULL,  -- the run that decided or sent it last
    doubt_run     INTEGER,           -- the run in which it last fell in doubt
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    sent_at       TEXT,
    replied_at    TEXT,
    status        INTEGER,
    reply_id      TEXT,
    reply         TEXT,              -- excerpt; may name a client: shown by `effects`, never logged
    reason        TEXT
) WITHOUT ROWID;
CREATE INDEX effect_state ON effect (state, job);
CREATE INDEX effect_name ON effect (name, state);
CREATE INDEX effect_ref ON effect (ref);
CREATE INDEX effect_run ON effect (run);

CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY,
    identity   TEXT NOT NULL,
    run        INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at   TEXT,
    ending     TEXT,                 -- replied | not_sent | lost | stopped; NULL: the process died meanwhile
    status     INTEGER,
    problem    TEXT
);
CREATE INDEX attempt_identity ON attempt (identity);
CREATE INDEX attempt_run ON attempt (run);

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    run     INTEGER,
    who     TEXT NOT NULL,           -- the account that ran the command
    kind    TEXT NOT NULL,           -- send | settle | accept_ledger | baseline | allow
    subject TEXT NOT NULL,           -- an effect's identity or name, a dataset
    detail  TEXT NOT NULL
);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- What a job's SQL may see of the ledger.
CREATE VIEW effects AS
    SELECT name, ref, job, service, operation, once_per, state, attempts, created_at, sent_at, replied_at, status, reply_id, reason
      FROM effect;
