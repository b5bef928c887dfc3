-- Entries that a profile has added lately are counted.
DROP INDEX catalogue_created_by_idx;
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by, created_at) WHERE created_by IS NOT NULL;

-- Returns whether a profile has added at most `others` entries after `since`. The caller holds the lock of the profile.
CREATE FUNCTION new_entries_fit(of_profile uuid, others bigint, since bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM catalogue AS c WHERE c.created_by = of_profile AND c.created_at > since) <= others;
END
$$;
