-- Which collector marked an image (`doomed_at`): only that one removes it, and only while its lease lasts.
ALTER TABLE images ADD COLUMN lease TEXT;

-- Images whose bytes were removed. For a time, their names are not used again: a collector that was held up may
-- still be removing them. Microseconds since 1970, by the database's clock.
CREATE TABLE removed_images (
    id TEXT NOT NULL,
    removed_at INTEGER NOT NULL,
    CONSTRAINT removed_images_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_images_removed_at_idx ON removed_images (removed_at);

-- Values that earlier programs deleted were not overwritten: the file is written anew.
INSERT INTO pending_work (name) VALUES ('overwrite_deleted');
