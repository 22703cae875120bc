-- Runs that webhooks start are many and short: what asks for the last poll, or the last good one, doesn't walk over them.
DROP INDEX run_good;
CREATE INDEX run_good ON run (job, id) WHERE kind NOT IN ('plan', 'apply', 'baseline', 'webhook') AND exit_code IN (0, 3, 5);
CREATE INDEX run_sync ON run (job, id) WHERE kind = 'sync';
-- What we wrote to a service lately: an event that only echoes it starts nothing.
CREATE INDEX effect_sent ON effect (service, sent_at) WHERE sent_at IS NOT NULL;
