-- The agency's own books, filled from CSV files.

-- One row a file that landed.
CREATE TABLE import (
    id         INTEGER PRIMARY KEY,
    dataset    TEXT NOT NULL,     -- book.NAME
    run        INTEGER NOT NULL,
    at         TEXT NOT NULL,     -- when it landed
    read_at    TEXT NOT NULL,     -- the file's own time: what the book said then
    file       TEXT NOT NULL,     -- its name
    hash       TEXT NOT NULL,     -- of its bytes
    meaning    TEXT NOT NULL,     -- of what is made of them: profile, mapping, whole or partial
    profile    TEXT NOT NULL,
    whole      INTEGER NOT NULL,  -- 1: the book was replaced, 0: rows were added and changed
    rows       INTEGER NOT NULL,
    rejected   INTEGER NOT NULL
);
CREATE INDEX import_dataset ON import (dataset, id);

-- The rows of records that a merge has written into since, as the last file had them: a cell that stays as it was in the next
-- file is no news, and doesn't undo what was written.
CREATE TABLE as_imported (
    dataset TEXT NOT NULL,
    key     TEXT NOT NULL,
    doc     TEXT NOT NULL,
    PRIMARY KEY (dataset, key)
) WITHOUT ROWID;
