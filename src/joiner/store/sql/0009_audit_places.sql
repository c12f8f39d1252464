-- Audit rows in a table whose key is one number: a tree without rowid keeps no more than a quarter of a page in a row and put most rows
-- on pages of their own; here they fill one page after the other. place: org * 2^40 + sequence, so that an org's rows lie together.

CREATE TABLE audit_placed (
    place         INTEGER PRIMARY KEY,
    org           INTEGER NOT NULL REFERENCES org,
    sequence      INTEGER NOT NULL,
    document      BLOB NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL
);
INSERT INTO audit_placed (place, org, sequence, document, previous_hash, hash)
SELECT org * 1099511627776 + sequence, org, sequence, document, previous_hash, hash FROM audit ORDER BY org, sequence;

DROP TABLE audit;
ALTER TABLE audit_placed RENAME TO audit;

-- Only appended to. One chain per org: sequence counts from 1, hash covers document (which holds the time too) and previous_hash.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
