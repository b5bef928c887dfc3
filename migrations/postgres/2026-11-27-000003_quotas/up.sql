-- Quotas are counted by functions: under a lock that lasts until the transaction ends, and then with a snapshot of their
-- own. The snapshot of the statement that calls them may be older than what other transactions have added.

-- Returns how many uploads of a profile, or of a program of a tenant, are neither used nor expired at `at`.
CREATE FUNCTION open_uploads(of_profile uuid, of_account text, of_tenant uuid, at bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('uploads ' || COALESCE(of_profile::text, of_tenant || ' ' || of_account), 0));
    RETURN (SELECT count(*) FROM uploads AS u
        WHERE (u.profile_id = of_profile OR (u.account = of_account AND u.tenant_id = of_tenant))
        AND NOT u.is_used AND u.expires_at > at);
END
$$;

-- Who has uploaded which image, and how many bytes it takes in storage. A row goes with its image.
CREATE TABLE image_uploads (
    owner text COLLATE "C" NOT NULL,
    image text COLLATE "C" NOT NULL,
    bytes bigint NOT NULL,
    CONSTRAINT image_uploads_pkey PRIMARY KEY (owner, image),
    CONSTRAINT image_uploads_image_fkey FOREIGN KEY (image) REFERENCES images (id) ON DELETE CASCADE
);

CREATE INDEX image_uploads_image_idx ON image_uploads (image);

-- Returns whether `owner` may upload the image `id` of so many bytes: how many images of theirs no profile uses, and
-- their bytes, are within `most` and `most_bytes`. One image is always within them.
CREATE FUNCTION image_upload_fits(of_owner text, id text, id_bytes bigint, most bigint, most_bytes bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    unused bigint;
    unused_bytes numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('images ' || of_owner, 0));
    SELECT count(*), COALESCE(sum(u.bytes), 0) INTO unused, unused_bytes
        FROM image_uploads AS u WHERE u.owner = of_owner AND u.image <> id
        AND NOT EXISTS (SELECT 1 FROM profiles AS p WHERE p.avatar_image = u.image)
        AND NOT EXISTS (SELECT 1 FROM profile_overrides AS o WHERE o.avatar_image = u.image);
    RETURN unused = 0 OR (unused < most AND unused_bytes + id_bytes <= most_bytes);
END
$$;

-- What shows nothing has no row.
DELETE FROM profile_overrides
WHERE display_name IS NULL AND bio IS NULL AND avatar_image IS NULL AND avatar_url IS NULL;

-- Returns whether an account may have an override of a profile, of which `most` may: it has one already, or there is room.
-- The caller holds the lock of the profile.
CREATE FUNCTION override_fits(of_profile uuid, of_account text, most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM profile_overrides AS o WHERE o.profile_id = of_profile AND o.account = of_account)
        OR (SELECT count(*) FROM profile_overrides AS o WHERE o.profile_id = of_profile) < most;
END
$$;

-- Returns whether an upload may be made the avatar of a profile, or of its override in an account: it may be used once, or
-- again by who shows it already. Nobody else can use it until the transaction ends. The caller holds the lock of the profile.
CREATE FUNCTION upload_fits(of_id text, of_profile uuid, of_account text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM uploads AS u WHERE u.id = of_id FOR UPDATE;
    RETURN EXISTS (SELECT 1 FROM uploads AS u WHERE u.id = of_id AND (NOT u.is_used
        OR (of_account IS NULL AND u.image = (SELECT p.avatar_image FROM profiles AS p WHERE p.id = of_profile))
        OR u.image = (SELECT o.avatar_image FROM profile_overrides AS o
            WHERE o.profile_id = of_profile AND o.account = of_account)));
END
$$;
