-- When an image was last claimed by a request that did not upload it: the erasure of the user who did spares it for as long
-- as that request may take to refer to it. Microseconds since 1970, by the database's clock.
ALTER TABLE images ADD COLUMN reused_at INTEGER;

-- Nothing names users who were removed.
DELETE FROM image_uploads WHERE owner LIKE 'profile %'
AND NOT EXISTS (SELECT 1 FROM profiles AS p WHERE 'profile ' || p.id = image_uploads.owner);
