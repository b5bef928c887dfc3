DROP TABLE removed_images;
ALTER TABLE images DROP COLUMN lease;
