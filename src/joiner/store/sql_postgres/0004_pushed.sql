-- Pushed changes under guard: removals of members that wait for a person, how many went lately, what clients wrote last.

-- Removals that a guard holds, one open row per client and group. id: drawn from the contents, so that it changes with them.
-- deletes: 1 when the client wanted the whole group gone. approved_by '': nobody yet. at, expires_at: microseconds since 1970.
CREATE TABLE pushed_hold (
    org         BIGINT NOT NULL REFERENCES org,
    n           BIGINT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    client      TEXT COLLATE "C" NOT NULL,
    group_n     BIGINT NOT NULL,
    deletes     BIGINT NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    approved_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, n)
);

-- type: User, or Group for a group inside the group.
CREATE TABLE pushed_hold_member (
    org      BIGINT NOT NULL,
    hold_n   BIGINT NOT NULL,
    type     TEXT COLLATE "C" NOT NULL,
    member_n BIGINT NOT NULL,
    PRIMARY KEY (org, hold_n, type, member_n)
);

-- Members that a client removed, by hour since 1970.
CREATE TABLE pushed_removal (
    org      BIGINT NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    hour     BIGINT NOT NULL,
    group_n  BIGINT NOT NULL,
    removals BIGINT NOT NULL,
    PRIMARY KEY (org, client, hour, group_n)
);

-- What a client last wrote of the attributes that it shares, as JSON. conflicts '': there is none.
CREATE TABLE pushed_base (
    org       BIGINT NOT NULL REFERENCES org,
    client    TEXT COLLATE "C" NOT NULL,
    user_n    BIGINT NOT NULL,
    base      TEXT COLLATE "C" NOT NULL,
    conflicts TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (org, client, user_n)
);
CREATE INDEX pushed_base_in_conflict ON pushed_base (org) WHERE conflicts <> '';
