DROP FUNCTION new_entries_fit(uuid, bigint, bigint);
DROP INDEX catalogue_created_by_idx;
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by) WHERE created_by IS NOT NULL;
