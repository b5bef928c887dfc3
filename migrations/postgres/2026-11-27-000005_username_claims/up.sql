-- Which profile a user name belongs to, and every name that looks like it: the SHA-256 of the name's UTS 39
-- skeletons. After it was released, a claim rests for a time in which only its former holder can take it. No
-- foreign key: the claim of a removed profile rests as well.
CREATE TABLE username_claims (
    digest text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    -- Microseconds since 1970, by the database's clock.
    released_at bigint,
    CONSTRAINT username_claims_pkey PRIMARY KEY (digest)
);

CREATE INDEX username_claims_profile_id_idx ON username_claims (profile_id);
CREATE INDEX username_claims_released_at_idx ON username_claims (released_at) WHERE released_at IS NOT NULL;

-- What the program has still to do with the rows that were there before a migration.
CREATE TABLE pending_work (
    name text COLLATE "C" NOT NULL,
    CONSTRAINT pending_work_pkey PRIMARY KEY (name)
);

INSERT INTO pending_work (name) VALUES ('username_claims');
