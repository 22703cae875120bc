-- What a run asked services for, and where it stood still, in order. Of a long run the first and the last; the numbers between them
-- that lack weren't kept. They
-- go long before their run does, a few thousand at a time by rowid. Paths have the names of their places, not what stood in them: nothing here tells of a person.
CREATE TABLE run_call (
    run     INTEGER NOT NULL,
    seq     INTEGER NOT NULL,   -- from 1
    service TEXT NOT NULL,
    kind    TEXT NOT NULL,      -- call | wait
    at      TEXT NOT NULL,      -- when it began
    took_ms INTEGER,            -- NULL: no reply was seen, and nobody knows how long
    method  TEXT,
    path    TEXT,
    page    INTEGER,            -- of a list
    attempt INTEGER,            -- of a call: 2 is its first repeat
    status  INTEGER,            -- NULL: no reply was seen
    bytes   INTEGER,            -- of the reply
    note    TEXT,               -- what was wrong with a call; what a wait was for: token | pause | retry | retry_after | service down | look
    PRIMARY KEY (run, seq)
);
