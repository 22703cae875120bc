-- What health, metrics and pages need: who may look, and counts that are kept so that nothing large is ever walked.

-- One-time links and the sessions that follow from them, as keyed hashes only.
CREATE TABLE web_login (
    hash       TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE web_session (
    hash       TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;

-- Runs that ended, for ever: a purge of old runs takes nothing off.
CREATE TABLE run_tally (
    job     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    outcome TEXT NOT NULL,
    runs    INTEGER NOT NULL,
    PRIMARY KEY (job, kind, outcome)
) WITHOUT ROWID;
INSERT INTO run_tally (job, kind, outcome, runs)
    SELECT job, kind, outcome, count(*) FROM run WHERE outcome IS NOT NULL GROUP BY job, kind, outcome;
CREATE TRIGGER run_is_tallied AFTER UPDATE OF outcome ON run WHEN OLD.outcome IS NULL AND NEW.outcome IS NOT NULL
BEGIN
    INSERT INTO run_tally (job, kind, outcome, runs) VALUES (NEW.job, NEW.kind, NEW.outcome, 1)
        ON CONFLICT (job, kind, outcome) DO UPDATE SET runs = runs + 1;
END;

-- Calls to services, by the status of the reply; 0: none was seen. Written when a run ends.
CREATE TABLE request_tally (
    service  TEXT NOT NULL,
    status   INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (service, status)
) WITHOUT ROWID;
CREATE TABLE wait_tally (
    service TEXT PRIMARY KEY,
    seconds REAL NOT NULL      -- that runs stood still for tokens, pauses and back-off
) WITHOUT ROWID;

-- The last run that kept a job fresh is found at once, however many failed since.
CREATE INDEX run_good ON run (job, id) WHERE kind NOT IN ('plan', 'apply', 'baseline') AND exit_code IN (0, 3, 5);
-- What waits for a person, without a look at what doesn't.
CREATE INDEX conflict_waits ON conflict (state) WHERE state = 'open';

-- Which effects are about a value: of a record's page. Days say nothing about a record.
CREATE TABLE effect_about (
    value    TEXT NOT NULL,
    identity TEXT NOT NULL,
    PRIMARY KEY (value, identity)
) WITHOUT ROWID;
INSERT OR IGNORE INTO effect_about (value, identity)
    SELECT v.value, e.identity FROM effect e, json_each(e.once_per) v
     WHERE v.type IN ('text', 'integer', 'real') AND v.value NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]';
CREATE TRIGGER effect_is_about AFTER INSERT ON effect
BEGIN
    INSERT OR IGNORE INTO effect_about (value, identity)
        SELECT value, NEW.identity FROM json_each(NEW.once_per)
         WHERE type IN ('text', 'integer', 'real') AND value NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]';
END;
CREATE TRIGGER effect_is_about_no_more AFTER UPDATE OF once_per ON effect WHEN OLD.once_per <> NEW.once_per
BEGIN
    DELETE FROM effect_about WHERE identity = OLD.identity AND value IN (SELECT CAST(value AS TEXT) FROM json_each(OLD.once_per));
    INSERT OR IGNORE INTO effect_about (value, identity)
        SELECT value, NEW.identity FROM json_each(NEW.once_per)
         WHERE type IN ('text', 'integer', 'real') AND value NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]';
END;
