-- Two books that should agree: what they agreed on, what a person has to decide, what is to be corrected.

-- One row a pair of records. The base of the three-way merge; it moves only when a reading shows both sides equal.
CREATE TABLE agreed (
    job        TEXT NOT NULL,
    theirs_key TEXT NOT NULL,
    ours_key   TEXT NOT NULL,
    theirs_doc INTEGER,          -- hashes of the two documents when every field agreed: while both stand, nothing needs comparing
    ours_doc   INTEGER,          -- NULL: some field doesn't agree, or the pair is to be looked at anew
    run        INTEGER NOT NULL, -- that took the base as a whole
    later      TEXT,             -- JSON: field -> run, of the fields whose base moved after that
    base       TEXT NOT NULL,    -- JSON: field -> canonical value, as ours spells it
    PRIMARY KEY (job, theirs_key)
) WITHOUT ROWID;
CREATE INDEX agreed_theirs ON agreed (job, theirs_key, theirs_doc, ours_key);
CREATE INDEX agreed_ours ON agreed (job, ours_key, ours_doc);

-- The fields and mappings that a job's bases were taken by; when they change every pair is looked at anew.
CREATE TABLE agreed_fields (
    job       TEXT PRIMARY KEY,
    books     TEXT NOT NULL,     -- the two datasets
    signature TEXT NOT NULL
) WITHOUT ROWID;

-- What a person said of two records: the same, or not.
CREATE TABLE link (
    job        TEXT NOT NULL,
    theirs_key TEXT NOT NULL,
    ours_key   TEXT NOT NULL,
    same       INTEGER NOT NULL,
    at         TEXT NOT NULL,
    who        TEXT NOT NULL,
    PRIMARY KEY (job, theirs_key, ours_key)
) WITHOUT ROWID;

CREATE TABLE conflict (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    job           TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('values', 'war', 'gone', 'match')),
    ours          TEXT NOT NULL,             -- datasets
    theirs        TEXT NOT NULL,
    ours_key      TEXT NOT NULL,             -- '' for `match`
    theirs_key    TEXT NOT NULL,
    field         TEXT NOT NULL,             -- '' for `match` and `gone`
    type          TEXT NOT NULL DEFAULT '',  -- of the field
    base          TEXT,
    ours_value    TEXT,
    theirs_value  TEXT,                      -- for `gone` the hash of the record that is still there
    candidates    TEXT,                      -- for `match`: JSON list of keys of ours
    ours_changed  TEXT,                      -- JSON {run, at, kind}: which reading brought it
    theirs_changed TEXT,
    state         TEXT NOT NULL CHECK (state IN ('open', 'resolved', 'settled', 'agreed', 'overtaken')),
    opened_run    INTEGER NOT NULL,
    opened_at     TEXT NOT NULL,
    closed_run    INTEGER,
    closed_at     TEXT,
    closed_by     TEXT,
    take          TEXT,                      -- ours | theirs | value | same | different
    wanted        TEXT                       -- the value, or for `match` the key of ours
);
CREATE UNIQUE INDEX conflict_open ON conflict (job, theirs_key, ours_key, field, kind) WHERE state = 'open';
CREATE INDEX conflict_state ON conflict (job, state);
CREATE INDEX conflict_records ON conflict (theirs_key, ours_key);

-- A value that a record should take. In a book of authority `outside` it is open until an import shows it; at a service it
-- goes out with an effect, and is open until a reading shows it.
CREATE TABLE correction (
    id         INTEGER PRIMARY KEY,
    job        TEXT NOT NULL,
    dataset    TEXT NOT NULL,     -- whose record should change
    key        TEXT NOT NULL,     -- '' for a record that is to be made
    other_key  TEXT NOT NULL,     -- the record of the other book that says so
    field      TEXT NOT NULL,     -- '' for a record that is to be made
    had        TEXT,
    wanted     TEXT,
    state      TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
    identity   TEXT,              -- the effect that carries it, if any
    missed     INTEGER NOT NULL DEFAULT 0,  -- complete lists after the reply that didn't show it
    missed_at  TEXT,
    since_run  INTEGER NOT NULL,
    since_at   TEXT NOT NULL,
    closed_run INTEGER,
    closed_at  TEXT,
    reason     TEXT
);
CREATE UNIQUE INDEX correction_open ON correction (job, dataset, key, other_key, field) WHERE state = 'open';
CREATE INDEX correction_record ON correction (dataset, key, field);
CREATE INDEX correction_identity ON correction (identity);

CREATE VIEW corrections AS
    SELECT job, dataset, key, other_key, field, had, wanted, state, missed, since_run, since_at, closed_run, closed_at, reason
      FROM correction;
CREATE VIEW conflicts AS
    SELECT id, job, kind, ours, theirs, ours_key, theirs_key, field, base, ours_value, theirs_value, state, opened_run, opened_at,
           closed_run, closed_at, closed_by, take, wanted
      FROM conflict;
