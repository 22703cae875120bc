-- A lead's phones besides that of its row (`sale`): a person is known by each of them in another lead.
CREATE TABLE sale_other_phone (
    identity  TEXT NOT NULL,   -- of the sale
    phone_key TEXT NOT NULL,   -- keyed hash, as sale.phone_key
    PRIMARY KEY (identity, phone_key)
) WITHOUT ROWID;
CREATE INDEX sale_other_phone_key ON sale_other_phone (phone_key);

-- Whose each sale is: every phone and e-mail of its lead.
CREATE VIEW sale_person AS
    SELECT phone_key AS person, identity FROM sale WHERE phone_key <> ''
    UNION ALL
    SELECT email_key, identity FROM sale WHERE email_key <> ''
    UNION ALL
    SELECT phone_key, identity FROM sale_other_phone;
