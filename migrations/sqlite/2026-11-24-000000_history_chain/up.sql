-- Each entry of the history names the one before it, and the profile names its latest. An index
-- over the profiles would find them as well, but each change would write one more page of it, at
-- another place than all others: a third of what a change costs.

ALTER TABLE profiles ADD COLUMN last_change INTEGER;

-- Whose history outlives them.
CREATE TABLE removed_profiles (
    id TEXT NOT NULL PRIMARY KEY,
    last_change INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Its work is done by the statements that remove a profile: a trigger cannot follow a chain.
DROP TRIGGER profile_removed;

CREATE TABLE chained_changes (
    seq INTEGER PRIMARY KEY,
    previous INTEGER,
    profile_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    dialect TEXT NOT NULL,
    api_version TEXT,
    request_id TEXT NOT NULL,
    patch TEXT NOT NULL
) STRICT;

INSERT INTO chained_changes
SELECT seq, LAG(seq) OVER (PARTITION BY profile_id ORDER BY seq), profile_id, version, at, actor, dialect, api_version, request_id, patch
FROM profile_changes;

UPDATE profiles SET last_change = (SELECT MAX(seq) FROM profile_changes WHERE profile_id = profiles.id);

INSERT INTO removed_profiles
SELECT profile_id, MAX(seq) FROM profile_changes
WHERE profile_id NOT IN (SELECT id FROM profiles) GROUP BY profile_id;

DROP TABLE profile_changes;
ALTER TABLE chained_changes RENAME TO profile_changes;
