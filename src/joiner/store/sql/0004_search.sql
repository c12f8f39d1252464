-- Resources get one number each across all orgs (their rowid), the name that people see, and narrow tables to search in.
-- What is found by value is filled again from the documents afterwards (index_version says how far that is).

CREATE TABLE numbering AS
SELECT org, type, n AS was, row_number() OVER (ORDER BY org, type, n) AS n FROM resource;
CREATE UNIQUE INDEX numbering_was ON numbering (org, type, was);

-- body is finished JSON that does not depend on who asks. state: 1 active, 0 inactive, 2 deleted (tombstone).
-- name: userName or displayName, for references and the audit. display: what members and managers are shown as.
CREATE TABLE resource_numbered (
    n       INTEGER PRIMARY KEY,
    org     INTEGER NOT NULL REFERENCES org,
    type    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    name    TEXT NOT NULL,
    display TEXT NOT NULL,
    body    BLOB NOT NULL
);
INSERT INTO resource_numbered (n, org, type, id, version, state, name, display, body)
SELECT x.n, r.org, r.type, r.id, r.version, r.state, r.name, r.name, r.body
FROM resource AS r JOIN numbering AS x ON x.org = r.org AND x.type = r.type AND x.was = r.n ORDER BY x.n;

-- Names and other values that only one live resource may hold. path is '' for userName and the displayName of groups.
CREATE TABLE unique_value (
    org       INTEGER NOT NULL,
    type      TEXT NOT NULL,
    path      TEXT NOT NULL,
    match_key TEXT NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (org, type, path, match_key)
) WITHOUT ROWID;
INSERT INTO unique_value (org, type, path, match_key, n)
SELECT t.org, t.type, '', t.match_key, x.n
FROM taken_name AS t JOIN numbering AS x ON x.org = t.org AND x.type = t.type AND x.was = t.n;
DROP TABLE taken_name;

-- Values by which a resource is found without a scan, tombstones included. kind: the folded type of the element, or ''.
CREATE TABLE found_by (
    org       INTEGER NOT NULL,
    type      TEXT NOT NULL,
    path      TEXT NOT NULL,
    match_key TEXT NOT NULL,
    n         INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    PRIMARY KEY (org, type, path, match_key, n, kind)
) WITHOUT ROWID;
INSERT INTO found_by (org, type, path, match_key, n, kind)
SELECT i.org, i.type, i.path, i.match_key, x.n, ''
FROM indexed_value AS i JOIN numbering AS x ON x.org = i.org AND x.type = i.type AND x.was = i.n
WHERE i.path = 'joiner:made-by-scim';
DROP TABLE indexed_value;

-- One narrow row per live resource: what searches by part and sorting look at. Values are folded; NULL is absent.
CREATE TABLE searchable (
    org      INTEGER NOT NULL,
    type     TEXT NOT NULL,
    n        INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    modified TEXT NOT NULL,
    s0 TEXT, s1 TEXT, s2 TEXT, s3 TEXT, s4 TEXT, s5 TEXT, s6 TEXT, s7 TEXT, s8 TEXT, s9 TEXT,
    PRIMARY KEY (org, type, n)
) WITHOUT ROWID;

-- externalId is scoped to the OAuth client. live is 0 on tombstones, whose values another resource may take.
CREATE TABLE external_id_numbered (
    org    INTEGER NOT NULL,
    type   TEXT NOT NULL,
    client TEXT NOT NULL,
    n      INTEGER NOT NULL,
    value  TEXT NOT NULL,
    live   INTEGER NOT NULL,
    PRIMARY KEY (org, type, n, client)
) WITHOUT ROWID;
INSERT INTO external_id_numbered (org, type, client, n, value, live)
SELECT e.org, e.type, e.client, x.n, e.value, e.live
FROM external_id AS e JOIN numbering AS x ON x.org = e.org AND x.type = e.type AND x.was = e.n;
DROP TABLE external_id;
ALTER TABLE external_id_numbered RENAME TO external_id;
CREATE UNIQUE INDEX external_id_taken ON external_id (org, type, client, value) WHERE live = 1;
CREATE INDEX external_id_resting ON external_id (org, type, client, value) WHERE live = 0;

-- Users in groups are rows, never an array in a document: adding one costs the same in a group of ten thousand.
CREATE TABLE member_numbered (
    org      INTEGER NOT NULL,
    group_n  INTEGER NOT NULL,
    user_n   INTEGER NOT NULL,
    PRIMARY KEY (org, group_n, user_n)
) WITHOUT ROWID;
INSERT INTO member_numbered (org, group_n, user_n)
SELECT m.org, g.n, u.n
FROM member AS m
JOIN numbering AS g ON g.org = m.org AND g.type = 'Group' AND g.was = m.group_n
JOIN numbering AS u ON u.org = m.org AND u.type = 'User' AND u.was = m.user_n;
DROP TABLE member;
ALTER TABLE member_numbered RENAME TO member;
CREATE INDEX member_by_user ON member (org, user_n, group_n);

-- Groups in groups: few, and apart from the users so that these stay narrow.
CREATE TABLE nested_group (
    org     INTEGER NOT NULL,
    group_n INTEGER NOT NULL,
    child_n INTEGER NOT NULL,
    PRIMARY KEY (org, group_n, child_n)
) WITHOUT ROWID;
CREATE INDEX nested_group_by_child ON nested_group (org, child_n, group_n);

DROP TABLE resource;
ALTER TABLE resource_numbered RENAME TO resource;
CREATE UNIQUE INDEX resource_by_id ON resource (org, type, id);
CREATE INDEX resource_by_number ON resource (org, type, n);
DROP TABLE numbering;

ALTER TABLE org ADD COLUMN index_version INTEGER NOT NULL DEFAULT 0;
