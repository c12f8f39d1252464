-- Where the chain of each org ends, remembered beside it: a tail that was cut off, or a whole chain that was
-- taken away, no longer ends here.
CREATE TABLE audit_head (
    org      INTEGER PRIMARY KEY REFERENCES org,
    sequence INTEGER NOT NULL,
    hash     TEXT    NOT NULL
) STRICT;

INSERT INTO audit_head (org, sequence, hash)
SELECT a.org, a.sequence, a.hash FROM audit AS a
WHERE a.sequence = (SELECT max(b.sequence) FROM audit AS b WHERE b.org = a.org);
