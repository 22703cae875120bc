-- Who asked that an e-mail or phone be barred: two people who share one may both have, and one who takes it back frees only what
-- nobody else asked for. `asked` is a keyed hash of what was given to `bindery revoke`: an e-mail, a phone or the id of a record.
CREATE TABLE do_not_contact_asked (
    person TEXT NOT NULL,  -- as in do_not_contact
    asked  TEXT NOT NULL,  -- empty: before this table was there, so nobody knows
    at     TEXT NOT NULL,
    PRIMARY KEY (person, asked)
) WITHOUT ROWID;
CREATE INDEX do_not_contact_asked_by ON do_not_contact_asked (asked);
INSERT INTO do_not_contact_asked (person, asked, at) SELECT person, '', at FROM do_not_contact WHERE why = 'revoked';
