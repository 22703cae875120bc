-- What is heard of a sale after it: that another lead had its bid, and that its buyer said no after all.

-- To whom a bid was posted, whatever became of it: each post looks, within the transaction that writes it down.
CREATE INDEX sale_posted_bid ON sale (lower(bid_id)) WHERE bid_id IS NOT NULL AND posted_day IS NOT NULL;

-- How much of each name a service refused; a buyer's plain no, inside a success, apart.
CREATE INDEX effect_refused_name ON effect (name) WHERE state = 'rejected' AND (status IS NULL OR status NOT BETWEEN 200 AND 299);

-- Sales that were taken, and called rejected by their status later, stood as sold until now: the runs that heard it name them. The figures of their days follow.
UPDATE effect SET state = 'rejected', status = 200, reason = 'taken_back'
 WHERE state = 'done'
   AND identity IN (SELECT s.identity
                      FROM (SELECT CASE WHEN json_valid(report) THEN json_extract(report, '$.attention') END AS named FROM run WHERE report LIKE '%now calls it rejected%') AS r
                      JOIN json_each(r.named) AS a
                      JOIN effect AS e ON e.ref = a.value ->> '$.ref' AND e.name = a.value ->> '$.effect'
                      JOIN sale AS s ON s.identity = e.identity
                     WHERE a.value ->> '$.reason' LIKE 'it was taken, and the service now calls it rejected%' AND s.mode = 'live' AND s.posted_day IS NOT NULL AND s.billable = 0 AND s.follow_until IS NULL);
