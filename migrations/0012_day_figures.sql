-- What pages, metrics and each run ask for again and again lies together, or is kept counted, however much a store has sold in years.

-- How many effects of a name are in a state.
CREATE TABLE effect_tally (
    name    TEXT NOT NULL,
    state   TEXT NOT NULL,
    effects INTEGER NOT NULL,
    PRIMARY KEY (name, state)
) WITHOUT ROWID;
INSERT INTO effect_tally (name, state, effects) SELECT name, state, count(*) FROM effect GROUP BY name, state;
CREATE TRIGGER effect_is_tallied AFTER INSERT ON effect
BEGIN
    INSERT INTO effect_tally (name, state, effects) VALUES (NEW.name, NEW.state, 1) ON CONFLICT (name, state) DO UPDATE SET effects = effects + 1;
END;
CREATE TRIGGER effect_is_tallied_again AFTER UPDATE OF name, state ON effect WHEN OLD.state <> NEW.state OR OLD.name <> NEW.name
BEGIN
    UPDATE effect_tally SET effects = effects - 1 WHERE name = OLD.name AND state = OLD.state;
    INSERT INTO effect_tally (name, state, effects) VALUES (NEW.name, NEW.state, 1) ON CONFLICT (name, state) DO UPDATE SET effects = effects + 1;
END;
CREATE TRIGGER effect_is_tallied_no_more AFTER DELETE ON effect
BEGIN
    UPDATE effect_tally SET effects = effects - 1 WHERE name = OLD.name AND state = OLD.state;
END;

-- What a service refused, otherwise than by a plain no inside a success and so: of a job, with the oldest.
CREATE INDEX effect_refused ON effect (job, updated_at) WHERE state = 'rejected' AND (status IS NULL OR status NOT BETWEEN 200 AND 299);
CREATE INDEX effect_said_no ON effect (job, name, updated_at) WHERE state = 'rejected' AND status BETWEEN 200 AND 299;

-- What a post came to, copied from the ledger, whose word it stays: sold | unclear | rejected, with the reason; NULL else.
DROP INDEX sale_day;  -- else the rows would be filled in its order, each page again and again
ALTER TABLE sale ADD COLUMN came_to TEXT;
ALTER TABLE sale ADD COLUMN came_why TEXT;
UPDATE sale SET (came_to, came_why) =
    (SELECT CASE WHEN e.state = 'done' THEN 'sold' WHEN e.state IN ('in_doubt', 'held') THEN 'unclear'
                 WHEN e.state = 'rejected' AND NOT coalesce(e.status BETWEEN 400 AND 499, 0) THEN 'rejected' END,
            CASE WHEN e.state = 'rejected' AND NOT coalesce(e.status BETWEEN 400 AND 499, 0) THEN coalesce(e.reason, '') END
       FROM effect AS e WHERE e.identity = sale.identity)
 WHERE posted_day IS NOT NULL;
CREATE INDEX sale_day ON sale (effect, posted_day, mode, came_to, price, billable, came_why) WHERE posted_day IS NOT NULL;
CREATE TRIGGER sale_has_come_to AFTER UPDATE OF state, status, reason ON effect
    WHEN NEW.state IN ('done', 'in_doubt', 'held', 'rejected') OR OLD.state IN ('done', 'in_doubt', 'held', 'rejected')
BEGIN
    UPDATE sale SET came_to = CASE WHEN NEW.state = 'done' THEN 'sold' WHEN NEW.state IN ('in_doubt', 'held') THEN 'unclear'
                                   WHEN NEW.state = 'rejected' AND NOT coalesce(NEW.status BETWEEN 400 AND 499, 0) THEN 'rejected' END,
                    came_why = CASE WHEN NEW.state = 'rejected' AND NOT coalesce(NEW.status BETWEEN 400 AND 499, 0) THEN coalesce(NEW.reason, '') END
     WHERE identity = NEW.identity;
END;
-- A row of the ledger that comes with its end, and a sale that comes after it.
CREATE TRIGGER sale_came_to AFTER INSERT ON effect WHEN NEW.state IN ('done', 'in_doubt', 'held', 'rejected')
BEGIN
    UPDATE effect SET state = state WHERE identity = NEW.identity AND EXISTS (SELECT 1 FROM sale WHERE identity = NEW.identity);
END;
CREATE TRIGGER sale_came_later AFTER INSERT ON sale
BEGIN
    UPDATE effect SET state = state WHERE identity = NEW.identity AND state IN ('done', 'in_doubt', 'held', 'rejected');
END;

-- Calls that the phone system could not be told of.
CREATE INDEX sale_untold ON sale (posted_day) WHERE hand_trouble IS NOT NULL;

-- A question's effect stands with it.
ALTER TABLE sale_ask ADD COLUMN effect TEXT NOT NULL DEFAULT '';
UPDATE sale_ask SET effect = coalesce((SELECT s.effect FROM sale AS s WHERE s.identity = sale_ask.identity), '');
DROP INDEX sale_ask_day;
CREATE INDEX sale_ask_day ON sale_ask (day, effect, mode, answer);

DROP VIEW sales_by_day;
CREATE VIEW sales_by_day AS
    WITH ask AS (SELECT day, effect, mode, count(*) AS asked, sum(answer = 'bid') AS bids, sum(answer = 'decline') AS declined, sum(answer IN ('refused', 'failed')) AS failed
                   FROM sale_ask WHERE effect <> '' GROUP BY day, effect, mode),
    post AS (SELECT posted_day AS day, effect, mode, sum(coalesce(came_to = 'sold', 0)) AS sold, sum(coalesce(came_to = 'unclear', 0)) AS unclear,
                    sum(CASE came_to WHEN 'sold' THEN CAST(replace(price, '.', '') AS INTEGER) ELSE 0 END) AS cents, sum(coalesce(billable, 0)) AS billable
               FROM sale WHERE posted_day IS NOT NULL AND mode = 'live' GROUP BY effect, posted_day, mode),
    no AS (SELECT day, effect, sum(n) AS rejected, group_concat(reason || ' ' || n, '; ') AS reasons
             FROM (SELECT posted_day AS day, effect, came_why AS reason, count(*) AS n FROM sale WHERE posted_day IS NOT NULL AND mode = 'live' AND came_to = 'rejected' GROUP BY effect, posted_day, came_why)
            GROUP BY day, effect),
    days AS (SELECT day, effect, mode FROM ask UNION SELECT day, effect, mode FROM post)
    SELECT d.day, d.effect, d.mode, coalesce(a.asked, 0) AS asked, coalesce(a.bids, 0) AS bids, coalesce(a.declined, 0) AS declined, coalesce(a.failed, 0) AS failed,
           coalesce(p.sold, 0) AS sold, CASE d.mode WHEN 'live' THEN coalesce(n.rejected, 0) ELSE 0 END AS rejected, CASE d.mode WHEN 'live' THEN coalesce(n.reasons, '') ELSE '' END AS rejected_by_reason,
           coalesce(p.unclear, 0) AS unclear, coalesce(p.billable, 0) AS billable, printf('%d.%02d', coalesce(p.cents, 0) / 100, coalesce(p.cents, 0) % 100) AS money
      FROM days AS d LEFT JOIN ask AS a USING (day, effect, mode) LEFT JOIN post AS p USING (day, effect, mode) LEFT JOIN no AS n USING (day, effect);
