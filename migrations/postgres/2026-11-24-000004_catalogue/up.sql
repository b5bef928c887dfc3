-- Names that profiles share: skills, interests, tags. An entry that was merged stays as another name of the one that
-- it was merged into, which is itself never merged.
CREATE TABLE catalogue (
    id integer GENERATED ALWAYS AS IDENTITY,
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text,
    merged_into integer,
    CONSTRAINT catalogue_pkey PRIMARY KEY (id),
    CONSTRAINT catalogue_name_key UNIQUE (kind, name_key),
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES catalogue (id)
);

CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;

-- For the collector of files that no profile names.
CREATE INDEX profiles_kept_resume_idx ON profiles (resume) WHERE resume LIKE 'kept:%';
