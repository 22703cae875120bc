-- What a run changed is found by its number, however many runs wrote at the same time.
CREATE INDEX change_run ON change (run);
