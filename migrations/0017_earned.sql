-- What a day earned beside what was sold on it: a call that ended too early, and a lead that its buyer won't pay for, were sold for a price and earn nothing. It is
-- what the day's invoice has (jobs/sale_books.yaml): what is billable, and leads of which that isn't said.
DROP INDEX sale_day;
CREATE INDEX sale_day ON sale (effect, posted_day, mode, came_to, price, billable, came_why, kind) WHERE posted_day IS NOT NULL;

-- A price is decimal text: dollars, then up to two digits of cents; what stands behind those is cut off. No more than a billion dollars of one, so that no sum of them overflows.
DROP VIEW sales_by_day;
CREATE VIEW sales_by_day AS
    WITH ask AS (SELECT day, effect, mode, count(*) AS asked, sum(answer = 'bid') AS bids, sum(answer = 'decline') AS declined, sum(answer IN ('refused', 'failed')) AS failed
                   FROM sale_ask WHERE effect <> '' GROUP BY day, effect, mode),
    posted AS (SELECT posted_day, effect, mode, came_to, billable, kind,
                      CASE came_to WHEN 'sold' THEN min(100000000000, CAST(substr(price, 1, instr(price || '.', '.') - 1) || substr(substr(price, instr(price || '.', '.') + 1) || '00', 1, 2) AS INTEGER)) ELSE 0 END AS cents
                 FROM sale WHERE posted_day IS NOT NULL AND mode = 'live'),
    post AS (SELECT posted_day AS day, effect, mode, sum(coalesce(came_to = 'sold', 0)) AS sold, sum(coalesce(came_to = 'unclear', 0)) AS unclear, sum(cents) AS cents,
                    sum(CASE WHEN billable = 1 OR (billable IS NULL AND kind = 'lead') THEN cents ELSE 0 END) AS earned, sum(coalesce(billable, 0)) AS billable
               FROM posted GROUP BY effect, posted_day, mode),
    no AS (SELECT day, effect, sum(n) AS rejected, group_concat(reason || ' ' || n, '; ') AS reasons
             FROM (SELECT posted_day AS day, effect, came_why AS reason, count(*) AS n FROM sale WHERE posted_day IS NOT NULL AND mode = 'live' AND came_to = 'rejected' GROUP BY effect, posted_day, came_why)
            GROUP BY day, effect),
    days AS (SELECT day, effect, mode FROM ask UNION SELECT day, effect, mode FROM post)
    SELECT d.day, d.effect, d.mode, coalesce(a.asked, 0) AS asked, coalesce(a.bids, 0) AS bids, coalesce(a.declined, 0) AS declined, coalesce(a.failed, 0) AS failed,
           coalesce(p.sold, 0) AS sold, CASE d.mode WHEN 'live' THEN coalesce(n.rejected, 0) ELSE 0 END AS rejected, CASE d.mode WHEN 'live' THEN coalesce(n.reasons, '') ELSE '' END AS rejected_by_reason,
           coalesce(p.unclear, 0) AS unclear, coalesce(p.billable, 0) AS billable, printf('%d.%02d', coalesce(p.cents, 0) / 100, coalesce(p.cents, 0) % 100) AS money,
           printf('%d.%02d', coalesce(p.earned, 0) / 100, coalesce(p.earned, 0) % 100) AS earned
      FROM days AS d LEFT JOIN ask AS a USING (day, effect, mode) LEFT JOIN post AS p USING (day, effect, mode) LEFT JOIN no AS n USING (day, effect);
