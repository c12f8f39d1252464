-- The hosted orgs. The org comes first in every key: a statement without a tenant cannot be written by accident.

CREATE TABLE org (
    org             INTEGER PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    label           TEXT NOT NULL,
    profile         TEXT NOT NULL CHECK (profile IN ('strict', 'extended')),
    is_default      INTEGER NOT NULL,
    rate_per_minute INTEGER,
    created_at      TEXT NOT NULL
);

CREATE TABLE client (
    org         INTEGER NOT NULL REFERENCES org,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    permissions TEXT NOT NULL,
    active      INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (org, id),
    UNIQUE (org, name)
);

-- Bearer tokens are kept as SHA-256 only.
CREATE TABLE token (
    hash       BLOB PRIMARY KEY,
    org        INTEGER NOT NULL,
    client     TEXT NOT NULL,
    issued_at  REAL NOT NULL,
    expires_at REAL NOT NULL,
    FOREIGN KEY (org, client) REFERENCES client
) WITHOUT ROWID;

CREATE INDEX token_by_client ON token (org, client, issued_at);

-- Divisions, roles, skills, languages. match_key makes a name unique within its kind.
CREATE TABLE named (
    org       INTEGER NOT NULL REFERENCES org,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    name      TEXT NOT NULL,
    match_key TEXT NOT NULL,
    PRIMARY KEY (org, kind, id),
    UNIQUE (org, kind, match_key)
);

-- Every resource of every type. body is finished JSON that does not depend on who asks.
-- state: 1 active, 0 inactive, 2 deleted (tombstone). name: userName or displayName, for references and the audit.
CREATE TABLE resource (
    org     INTEGER NOT NULL REFERENCES org,
    type    TEXT NOT NULL,
    n       INTEGER NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    name    TEXT NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (org, type, n),
    UNIQUE (org, type, id)
);

-- Pages are cut, totals counted and members read on these alone, without touching a body (state is in them for that).
CREATE INDEX resource_live ON resource (org, type, n, state, id) WHERE state < 2;
CREATE INDEX resource_active ON resource (org, type, n, state) WHERE state = 1;

-- Names that only one live resource may hold: userName of users, displayName of groups.
CREATE TABLE taken_name (
    org       INTEGER NOT NULL,
    type      TEXT NOT NULL,
    match_key TEXT NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (org, type, match_key),
    UNIQUE (org, type, n),
    FOREIGN KEY (org, type, n) REFERENCES resource
) WITHOUT ROWID;

-- Values by which a resource is found without a scan, tombstones included.
CREATE TABLE indexed_value (
    org       INTEGER NOT NULL,
    type      TEXT NOT NULL,
    path      TEXT NOT NULL,
    match_key TEXT NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (org, type, path, match_key, n),
    FOREIGN KEY (org, type, n) REFERENCES resource
) WITHOUT ROWID;

-- externalId is scoped to the OAuth client. live is 0 on tombstones, whose values another resource may take.
CREATE TABLE external_id (
    org    INTEGER NOT NULL,
    type   TEXT NOT NULL,
    client TEXT NOT NULL,
    n      INTEGER NOT NULL,
    value  TEXT NOT NULL,
    live   INTEGER NOT NULL,
    PRIMARY KEY (org, type, client, n),
    FOREIGN KEY (org, type, n) REFERENCES resource,
    FOREIGN KEY (org, client) REFERENCES client
) WITHOUT ROWID;
CREATE UNIQUE INDEX external_id_taken ON external_id (org, type, client, value) WHERE live = 1;
CREATE INDEX external_id_by_value ON external_id (org, type, client, value);

-- Members are rows, never an array in a document: adding one costs the same in a group of ten thousand.
CREATE TABLE member (
    org      INTEGER NOT NULL,
    group_n  INTEGER NOT NULL,
    user_n   INTEGER NOT NULL,
    PRIMARY KEY (org, group_n, user_n)
) WITHOUT ROWID;
CREATE INDEX member_by_user ON member (org, user_n, group_n);

-- Only appended to. One chain per org: sequence counts from 1, hash covers document (which holds
-- the time too) and previous_hash.
CREATE TABLE audit (
    org           INTEGER NOT NULL REFERENCES org,
    sequence      INTEGER NOT NULL,
    document      BLOB NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL,
    PRIMARY KEY (org, sequence)
) WITHOUT ROWID;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
