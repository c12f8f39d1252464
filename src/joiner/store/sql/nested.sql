-- name: nested
-- The groups directly inside a group.
SELECT g.n, g.id, g.display FROM nested_group AS e JOIN resource AS g ON g.org = e.org AND g.type = 'Group' AND g.n = e.child_n
WHERE e.org = ? AND e.group_n = ? AND g.state < 2 ORDER BY g.n;

-- name: nesting
-- Every group that stands inside others, and in which.
SELECT child_n, group_n FROM nested_group WHERE org = ? ORDER BY child_n, group_n;

-- name: add_nested
-- One more group inside a group.
INSERT INTO nested_group (org, group_n, child_n) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: remove_nested
-- One group less.
DELETE FROM nested_group WHERE org = ? AND group_n = ? AND child_n = ?;
