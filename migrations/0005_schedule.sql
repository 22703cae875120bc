-- What the scheduler remembers of a job, so that a restart neither forgets a turn nor takes one twice.
CREATE TABLE job_turn (
    job           TEXT PRIMARY KEY,
    first_seen    TEXT NOT NULL,  -- when a daemon first met the job: nothing before that was missed
    handled_until TEXT,           -- every turn up to here was taken, or passed over on purpose
    paused_at     TEXT,           -- NULL: it runs
    paused_by     TEXT,
    paused_why    TEXT
) WITHOUT ROWID;
