-- Pushed changes under guard: removals of members that wait for a person, how many went lately, what clients wrote last.

-- Removals that a guard holds, one open row per client and group. id: drawn from the contents, so that it changes with them.
-- deletes: 1 when the client wanted the whole group gone. approved_by '': nobody yet. at, expires_at: microseconds since 1970.
CREATE TABLE pushed_hold (
    org         INTEGER NOT NULL REFERENCES org,
    n           INTEGER NOT NULL,
    id          TEXT NOT NULL,
    client      TEXT NOT NULL,
    group_n     INTEGER NOT NULL,
    deletes     INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    approved_by TEXT NOT NULL,
    PRIMARY KEY (org, n)
);

-- type: User, or Group for a group inside the group.
CREATE TABLE pushed_hold_member (
    org      INTEGER NOT NULL,
    hold_n   INTEGER NOT NULL,
    type     TEXT NOT NULL,
    member_n INTEGER NOT NULL,
    PRIMARY KEY (org, hold_n, type, member_n)
);

-- Members that a client removed, by hour since 1970.
CREATE TABLE pushed_removal (
    org      INTEGER NOT NULL,
    client   TEXT NOT NULL,
    hour     INTEGER NOT NULL,
    group_n  INTEGER NOT NULL,
    removals INTEGER NOT NULL,
    PRIMARY KEY (org, client, hour, group_n)
);

-- What a client last wrote of the attributes that it shares, as JSON. conflicts '': there is none.
CREATE TABLE pushed_base (
    org       INTEGER NOT NULL REFERENCES org,
    client    TEXT NOT NULL,
    user_n    INTEGER NOT NULL,
    base      TEXT NOT NULL,
    conflicts TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (org, client, user_n)
);
CREATE INDEX pushed_base_in_conflict ON pushed_base (org) WHERE conflicts <> '';
