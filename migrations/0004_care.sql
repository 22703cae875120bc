-- Care of the store: when it was last looked after, whose content is gone on purpose.

-- One row a kind of care: integrity (last good check), backup, purge.
CREATE TABLE care (
    task TEXT PRIMARY KEY,
    at   TEXT NOT NULL
) WITHOUT ROWID;

-- When the body, the reply and what names a person were taken out of an effect. Its identity and its state stay for good.
ALTER TABLE effect ADD COLUMN blanked_at TEXT;

-- Records that a person was forgotten with, by a keyed hash: so that one who comes back with a later pull is told of.
CREATE TABLE forgotten (
    dataset  TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    at       TEXT NOT NULL,
    back_run INTEGER,             -- the run that brought it back; told once
    PRIMARY KEY (dataset, key_hash)
) WITHOUT ROWID;
