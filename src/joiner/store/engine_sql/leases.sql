-- name: find_lease
-- The newest lease of a pipe, released or not.
SELECT fence, holder, taken_at, renewed_at, ttl_seconds, expires_at, released FROM lease WHERE pipe = :pipe;

-- name: put_lease
-- A new holder with the next fencing number.
INSERT INTO lease (pipe, fence, holder, taken_at, renewed_at, ttl_seconds, expires_at, released)
VALUES (:pipe, :fence, :holder, :now, :now, :ttl_seconds, :expires_at, 0)
ON CONFLICT (pipe) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, taken_at = excluded.taken_at,
    renewed_at = excluded.renewed_at, ttl_seconds = excluded.ttl_seconds, expires_at = excluded.expires_at, released = 0;

-- name: renew_lease
-- The holder is alive; also used to measure a lease anew after the clock went back.
UPDATE lease SET renewed_at = :now, ttl_seconds = :ttl_seconds, expires_at = :expires_at WHERE pipe = :pipe AND fence = :fence AND released = 0;

-- name: release_lease
-- The holder is done; the number stays behind.
UPDATE lease SET released = 1 WHERE pipe = :pipe AND fence = :fence;
