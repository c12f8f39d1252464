-- name: drop_plan
-- A plan that was made again comes back as the newest.
DELETE FROM plan WHERE hash = ?;

-- name: save_plan
-- A plan as it was shown.
INSERT INTO plan (hash, pipe, author, made_at, document) VALUES (?, ?, ?, ?, ?);

-- name: find_plan
-- A plan by its whole hash.
SELECT hash, pipe, author, made_at, document FROM plan WHERE hash = ?;

-- name: find_plans_by_prefix
-- At most two plans whose hash begins so: two are one too many.
SELECT hash, pipe, author, made_at, document FROM plan WHERE hash >= :prefix AND hash < :prefix || char(1114111) LIMIT 2;

-- name: latest_plan
-- The newest plan of a pipe.
SELECT hash, pipe, author, made_at, document FROM plan WHERE pipe = ? ORDER BY n DESC LIMIT 1;

-- name: prune_plans
-- Forget plans made before a time, except the newest.
DELETE FROM plan WHERE pipe = :pipe AND made_at < :before AND n < (SELECT max(n) FROM plan WHERE pipe = :pipe);

-- name: prune_approvals
-- Forget what was said about plans that are forgotten; the audit log keeps it.
DELETE FROM approval WHERE plan_hash NOT IN (SELECT hash FROM plan);

-- name: add_approval
-- A person's word on one held part.
INSERT INTO approval (plan_hash, guard, approved, given_by, given_at, reason, excepted) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: list_approvals
-- All words on one plan, in the order in which they were given.
SELECT plan_hash, guard, approved, given_by, given_at, reason, excepted FROM approval WHERE plan_hash = ? ORDER BY n;
