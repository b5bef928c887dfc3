-- Names that profiles share: skills, interests, tags. An entry that was merged stays as another name of the one that
-- it was merged into, which is itself never merged.
CREATE TABLE catalogue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    merged_into INTEGER,
    CONSTRAINT catalogue_name_key UNIQUE (kind, name_key),
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES catalogue (id)
) STRICT;

CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;

-- For the collector of files that no profile names.
CREATE INDEX profiles_kept_resume_idx ON profiles (resume) WHERE resume LIKE 'kept:%';
