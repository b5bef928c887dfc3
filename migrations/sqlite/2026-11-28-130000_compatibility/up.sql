-- The oldest schema whose programs also work after a migration. Each migration adds its row, so that
-- older programs, which lack the migration, can read it. Versions have a fixed length, so their order
-- as text is their order in time.
CREATE TABLE schema_compatibility (
    version TEXT NOT NULL,
    oldest TEXT NOT NULL,
    CONSTRAINT schema_compatibility_pkey PRIMARY KEY (version)
) STRICT;

INSERT INTO schema_compatibility (version, oldest)
VALUES ('20261128000000', '20261128000000'), ('20261128130000', '20261128000000');
