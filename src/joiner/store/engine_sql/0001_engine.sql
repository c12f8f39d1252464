-- The engine's memory, first layout. Times are UTC text of one width (2026-11-22T17:35:27.000000+00:00): they sort as written.

-- Who may write for a pipe. The row stays after release so that ``fence`` only ever rises.
CREATE TABLE lease (
    pipe        TEXT PRIMARY KEY,
    fence       INTEGER NOT NULL,
    holder      TEXT NOT NULL,
    taken_at    TEXT NOT NULL,
    renewed_at  TEXT NOT NULL,
    ttl_seconds REAL NOT NULL,
    expires_at  TEXT NOT NULL,
    released    INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE bond (
    pipe     TEXT NOT NULL,
    source   TEXT NOT NULL,
    key      TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (pipe, source, key)
) WITHOUT ROWID;

-- The journal: a row is durable before its write is sent. ``n`` keeps the order of noting whatever the clock says.
CREATE TABLE intent (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    pipe      TEXT NOT NULL,
    run       TEXT NOT NULL,
    fence     INTEGER NOT NULL,
    verb      TEXT NOT NULL,
    source    TEXT,
    key       TEXT,
    target_id TEXT NOT NULL,
    body      BLOB NOT NULL,
    noted_at  TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('intended', 'done', 'refused', 'unknown', 'void')),
    detail    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX intent_open ON intent (pipe, n) WHERE state IN ('intended', 'unknown');
CREATE INDEX intent_settled ON intent (pipe, noted_at) WHERE state NOT IN ('intended', 'unknown');

CREATE TABLE source_read (
    pipe      TEXT NOT NULL,
    source    TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    complete  INTEGER NOT NULL,
    digest    TEXT NOT NULL,
    read_at   TEXT NOT NULL,
    PRIMARY KEY (pipe, source)
) WITHOUT ROWID;

CREATE TABLE absence (
    pipe     TEXT NOT NULL,
    source   TEXT NOT NULL,
    key      TEXT NOT NULL,
    first_at TEXT NOT NULL,
    last_at  TEXT NOT NULL,
    reads    INTEGER NOT NULL,
    PRIMARY KEY (pipe, source, key)
) WITHOUT ROWID;

-- ``n`` says which plan is the newest, whatever the clock says.
CREATE TABLE plan (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    hash     TEXT NOT NULL UNIQUE,
    pipe     TEXT NOT NULL,
    author   TEXT NOT NULL,
    made_at  TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE INDEX plan_of_pipe ON plan (pipe, n);

CREATE TABLE approval (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_hash TEXT NOT NULL,
    guard     TEXT NOT NULL,
    approved  INTEGER NOT NULL,
    given_by  TEXT NOT NULL,
    given_at  TEXT NOT NULL,
    reason    TEXT NOT NULL,
    excepted  TEXT NOT NULL
);
CREATE INDEX approval_of_plan ON approval (plan_hash, n);

CREATE TABLE setting (
    pipe  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (pipe, name)
) WITHOUT ROWID;

-- ``document`` is what the hash covers; the columns after it repeat parts of it for searching and are checked against it.
CREATE TABLE audit (
    chain         TEXT NOT NULL,
    sequence      INTEGER NOT NULL,
    at            TEXT NOT NULL,
    document      BLOB NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL,
    person        TEXT,
    removal_guard TEXT,
    removals      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_of_person ON audit (chain, person, sequence) WHERE person IS NOT NULL;
CREATE INDEX audit_removals ON audit (chain, at, removal_guard, removals) WHERE removal_guard IS NOT NULL;

-- The last row of each chain: a chain whose tail was cut no longer meets its head.
CREATE TABLE audit_head (
    chain    TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash     TEXT NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only appended to');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only appended to');
END;
