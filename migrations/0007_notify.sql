-- What people have been told of, so that the same trouble is told once, and its end too.
CREATE TABLE trouble (
    key   TEXT PRIMARY KEY,      -- "failed renewals", "in_doubt"
    level INTEGER NOT NULL,      -- how much of it there was when it was told: effects, hours…
    text  TEXT NOT NULL,         -- what was told; no personal data
    since TEXT NOT NULL,
    told_at TEXT NOT NULL
) WITHOUT ROWID;
