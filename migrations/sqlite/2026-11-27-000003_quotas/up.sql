-- Who has uploaded which image, and how many bytes it takes in storage. A row goes with its image.
CREATE TABLE image_uploads (
    owner TEXT NOT NULL,
    image TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT image_uploads_pkey PRIMARY KEY (owner, image),
    CONSTRAINT image_uploads_image_fkey FOREIGN KEY (image) REFERENCES images (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX image_uploads_image_idx ON image_uploads (image);

-- What shows nothing has no row.
DELETE FROM profile_overrides
WHERE display_name IS NULL AND bio IS NULL AND avatar_image IS NULL AND avatar_url IS NULL;
