-- The hosted orgs, as the SQLite layouts 1 to 5 have them. The org comes first in every key.
--
-- Text is compared byte by byte ("C"), as SQLite does, so that both order and find alike. Values of any length may be looked for:
-- a B-tree takes 2.7 kB at most, so such keys stand in it by their MD5, and the value itself is compared beside it.

CREATE TABLE org (
    org             BIGINT PRIMARY KEY,
    name            TEXT COLLATE "C" NOT NULL UNIQUE,
    label           TEXT COLLATE "C" NOT NULL,
    profile         TEXT COLLATE "C" NOT NULL CHECK (profile IN ('strict', 'extended')),
    is_default      BIGINT NOT NULL,
    rate_per_minute BIGINT,
    created_at      TEXT COLLATE "C" NOT NULL,
    index_version   BIGINT NOT NULL DEFAULT 0,
    -- Moves with every change of names or definitions: what other processes remember of them then no longer counts.
    changed         BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE client (
    org         BIGINT NOT NULL REFERENCES org,
    id          TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    secret_hash TEXT COLLATE "C" NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL,
    active      BIGINT NOT NULL,
    created_at  TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL DEFAULT 'joiner',
    settings    TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    PRIMARY KEY (org, id),
    UNIQUE (org, name)
);

-- Bearer tokens are kept as SHA-256 only. user_id: who signed in with a password, '' for a client's own token.
CREATE TABLE token (
    hash       BYTEA PRIMARY KEY,
    org        BIGINT NOT NULL,
    client     TEXT COLLATE "C" NOT NULL,
    issued_at  DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL DEFAULT '',
    FOREIGN KEY (org, client) REFERENCES client
);
CREATE INDEX token_by_client ON token (org, client, issued_at);
CREATE INDEX token_by_user ON token (org, user_id) WHERE user_id <> '';

-- Divisions, roles, skills, languages, in the order in which they were defined. match_key makes a name unique within its kind.
CREATE TABLE named (
    org       BIGINT NOT NULL REFERENCES org,
    kind      TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    match_key TEXT COLLATE "C" NOT NULL,
    position  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org, kind, id)
);
CREATE UNIQUE INDEX named_once ON named (org, kind, md5(match_key));

-- Every resource of every type. n counts across all orgs. body is finished JSON that does not depend on who asks.
-- state: 1 active, 0 inactive, 2 deleted (tombstone). name: userName or displayName. display: what people are shown.
CREATE SEQUENCE resource_number AS BIGINT;
CREATE TABLE resource (
    n       BIGINT PRIMARY KEY,
    org     BIGINT NOT NULL REFERENCES org,
    type    TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state   BIGINT NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    display TEXT COLLATE "C" NOT NULL,
    body    BYTEA NOT NULL
);
CREATE UNIQUE INDEX resource_by_id ON resource (org, type, id);
CREATE INDEX resource_by_number ON resource (org, type, n);

-- Names and other values that only one live resource may hold. path is '' for userName and the displayName of groups.
CREATE TABLE unique_value (
    org       BIGINT NOT NULL,
    type      TEXT COLLATE "C" NOT NULL,
    path      TEXT COLLATE "C" NOT NULL,
    match_key TEXT COLLATE "C" NOT NULL,
    n         BIGINT NOT NULL
);
CREATE UNIQUE INDEX unique_value_taken ON unique_value (org, type, path, md5(match_key));

-- Values by which a resource is found without a scan, tombstones included. kind: the folded type of the element, or ''.
CREATE TABLE found_by (
    org       BIGINT NOT NULL,
    type      TEXT COLLATE "C" NOT NULL,
    path      TEXT COLLATE "C" NOT NULL,
    match_key TEXT COLLATE "C" NOT NULL,
    n         BIGINT NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX found_by_key ON found_by (org, type, path, md5(match_key), n, md5(kind));

-- One narrow row per live resource: what searches by part and sorting look at. Values are folded; NULL is absent.
CREATE TABLE searchable (
    org      BIGINT NOT NULL,
    type     TEXT COLLATE "C" NOT NULL,
    n        BIGINT NOT NULL,
    state    BIGINT NOT NULL,
    modified TEXT COLLATE "C" NOT NULL,
    s0 TEXT COLLATE "C", s1 TEXT COLLATE "C", s2 TEXT COLLATE "C", s3 TEXT COLLATE "C", s4 TEXT COLLATE "C",
    s5 TEXT COLLATE "C", s6 TEXT COLLATE "C", s7 TEXT COLLATE "C", s8 TEXT COLLATE "C", s9 TEXT COLLATE "C",
    PRIMARY KEY (org, type, n)
);

-- externalId is scoped to the OAuth client. live is 0 on tombstones, whose values another resource may take.
CREATE TABLE external_id (
    org    BIGINT NOT NULL,
    type   TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    n      BIGINT NOT NULL,
    value  TEXT COLLATE "C" NOT NULL,
    live   BIGINT NOT NULL,
    PRIMARY KEY (org, type, client, n)
);
CREATE UNIQUE INDEX external_id_taken ON external_id (org, type, client, md5(value)) WHERE live = 1;
CREATE INDEX external_id_resting ON external_id (org, type, client, md5(value)) WHERE live = 0;

-- Users in groups are rows, never an array in a document: adding one costs the same in a group of ten thousand.
CREATE TABLE member (
    org     BIGINT NOT NULL,
    group_n BIGINT NOT NULL,
    user_n  BIGINT NOT NULL,
    PRIMARY KEY (org, group_n, user_n)
);
CREATE INDEX member_by_user ON member (org, user_n, group_n);

-- Groups in groups: few, and apart from the users so that these stay narrow.
CREATE TABLE nested_group (
    org     BIGINT NOT NULL,
    group_n BIGINT NOT NULL,
    child_n BIGINT NOT NULL,
    PRIMARY KEY (org, group_n, child_n)
);
CREATE INDEX nested_group_by_child ON nested_group (org, child_n, group_n);

-- Only appended to. One chain per org: sequence counts from 1, hash covers document (which holds the time too) and previous_hash.
CREATE TABLE audit (
    org           BIGINT NOT NULL REFERENCES org,
    sequence      BIGINT NOT NULL,
    document      BYTEA NOT NULL,
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, sequence)
);
CREATE FUNCTION audit_is_only_appended_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_only_appended_to();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_appended_to();

-- Where the chain of each org ends, remembered beside it.
CREATE TABLE audit_head (
    org      BIGINT PRIMARY KEY REFERENCES org,
    sequence BIGINT NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL
);

-- Where the running server was last reached, so that the command line beside it prints addresses that work.
CREATE TABLE serving (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    address TEXT COLLATE "C" NOT NULL
);

-- Schemas and resource types that an org adds to those of its profile, as JSON (RFC 7643 §6, §7).
CREATE TABLE definition (
    org      BIGINT NOT NULL REFERENCES org,
    kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('schema', 'resource_type')),
    id       TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (org, kind, id)
);

-- Passwords that identity providers sync: argon2id only.
CREATE TABLE user_password (
    org        BIGINT NOT NULL,
    n          BIGINT NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, n)
);

-- Keys that all processes of this server share: page cursors are signed with one.
CREATE TABLE server_key (
    name TEXT COLLATE "C" PRIMARY KEY,
    key  BYTEA NOT NULL
);

-- One writer at a time per org, whatever the number of server processes; 0 excludes the writers of every org (administration).
-- Everybody takes the lock of all before the lock of one, and one transaction writes in one org: there is no circle to wait in.
CREATE FUNCTION joiner_lock(wanted BIGINT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF wanted = 0 THEN
        PERFORM pg_advisory_xact_lock(19022::bigint << 48);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(19022::bigint << 48);
        PERFORM pg_advisory_xact_lock((19022::bigint << 48) | wanted);
    END IF;
END $$;
