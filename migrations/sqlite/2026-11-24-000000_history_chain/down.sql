CREATE TABLE indexed_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    profile_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    dialect TEXT NOT NULL,
    api_version TEXT,
    request_id TEXT NOT NULL,
    patch TEXT NOT NULL
) STRICT;

INSERT INTO indexed_changes
SELECT seq, profile_id, version, at, actor, dialect, api_version, request_id, patch FROM profile_changes;

DROP TABLE profile_changes;
ALTER TABLE indexed_changes RENAME TO profile_changes;
CREATE INDEX profile_changes_profile_id_idx ON profile_changes (profile_id, version);

DROP TABLE removed_profiles;
ALTER TABLE profiles DROP COLUMN last_change;

CREATE TRIGGER profile_removed AFTER DELETE ON profiles
BEGIN
    UPDATE profile_changes SET patch = '{}', actor = '' WHERE profile_id = OLD.id;
END;
