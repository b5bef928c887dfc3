DELETE FROM pending_work WHERE name = 'overwrite_deleted';
DROP TABLE removed_images;
ALTER TABLE images DROP COLUMN lease;
