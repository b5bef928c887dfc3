-- Entries that a profile has added lately are counted.
DROP INDEX catalogue_created_by_idx;
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by, created_at) WHERE created_by IS NOT NULL;
