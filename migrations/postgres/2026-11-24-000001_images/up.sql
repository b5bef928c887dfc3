-- The pictures in storage, by the hash of their content. Times are microseconds since 1970.
--
-- No foreign key from profiles: a profile may only ever be pointed to a picture that was claimed shortly before, and a
-- picture that was claimed shortly before is not doomed.
CREATE TABLE images (
    id text COLLATE "C" NOT NULL,
    -- When somebody last wanted to use it.
    claimed_at bigint NOT NULL,
    -- Since when its bytes are being removed.
    doomed_at bigint,
    CONSTRAINT images_pkey PRIMARY KEY (id)
);

CREATE INDEX images_claimed_at_idx ON images (claimed_at);

-- Finds out whether a picture is in use.
CREATE INDEX profiles_avatar_image_idx ON profiles (avatar_image COLLATE "C") WHERE avatar_image IS NOT NULL;

-- Pictures that profiles use already; there are none unless somebody wrote them by other means.
INSERT INTO images (id, claimed_at)
SELECT DISTINCT avatar_image COLLATE "C", 0 FROM profiles WHERE avatar_image IS NOT NULL;
