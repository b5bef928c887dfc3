-- The pictures in storage, by the hash of their content. Times are microseconds since 1970.
--
-- No foreign key from profiles: a profile may only ever be pointed to a picture that was claimed shortly before, and a
-- picture that was claimed shortly before is not doomed.
CREATE TABLE images (
    id TEXT NOT NULL,
    -- When somebody last wanted to use it.
    claimed_at INTEGER NOT NULL,
    -- Since when its bytes are being removed.
    doomed_at INTEGER,
    CONSTRAINT images_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX images_claimed_at_idx ON images (claimed_at);

-- Finds out whether a picture is in use.
CREATE INDEX profiles_avatar_image_idx ON profiles (avatar_image) WHERE avatar_image IS NOT NULL;

-- Pictures that profiles use already; there are none unless somebody wrote them by other means.
INSERT INTO images (id, claimed_at)
SELECT DISTINCT avatar_image, 0 FROM profiles WHERE avatar_image IS NOT NULL;
