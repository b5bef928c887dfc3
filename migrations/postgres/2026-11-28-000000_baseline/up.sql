-- Each table is keyed by one thing, which it could be distributed by: `profiles`, `profile_changes` and
-- `profile_overrides` by the profile; `usernames`, `username_reservations`, `external_ids`, `identities`, `uploads`,
-- `images`, `image_uploads` and `removed_images` by what they are looked up by. The others are small and could be copied
-- to each node. A unique constraint contains what its table is keyed by. A foreign key leads to a small table, or between
-- tables that are keyed by the same thing. There are no triggers. Tests check these rules (crates/store/tests).
--
-- JSON is `jsonb`, except in `profiles`. There `address`, `company_info`, `additional_data` and `operator_data` are text
-- because their bytes are shown again, and `jsonb` would respell numbers, and sort and merge keys; `external_ids` and the
-- lists of ids (`skills` …) because as `jsonb` they made a read of one profile take 45 % and a write 10 % more CPU time, and a
-- write 4 % more write-ahead log. `skills::jsonb @> '[7]'` finds who has a skill. What is looked up is compared byte by
-- byte, whatever the database's locale.

CREATE TABLE tenants (
    id uuid NOT NULL,
    name text NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- Since when the tenant's users and keys are rejected.
    suspended_at timestamptz,
    CONSTRAINT tenants_pkey PRIMARY KEY (id)
);

-- At most one tenant is the default one.
CREATE UNIQUE INDEX tenants_one_default_idx ON tenants (is_default) WHERE is_default;

-- Every read and write of a profile looks here, and mostly finds nothing.
CREATE INDEX tenants_suspended_idx ON tenants (id) WHERE suspended_at IS NOT NULL;

-- The fill factor leaves room on each page, so that an update of a column without an index writes
-- no index.
CREATE TABLE profiles (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    external_ids text NOT NULL,
    username text NOT NULL,
    username_key text COLLATE "C" NOT NULL,
    email text NOT NULL,
    display_name text,
    full_name text,
    given_name text,
    family_name text,
    bio text,
    avatar_image text COLLATE "C",
    avatar_url text,
    country text,
    date_of_birth text,
    phone text,
    address text,
    user_type text,
    linkedin_url text,
    github_url text,
    twitter_url text,
    facebook_url text,
    website_url text,
    portfolio_url text,
    skills text NOT NULL,
    investment_interests text NOT NULL,
    technical_interests text NOT NULL,
    focus_area text NOT NULL,
    resume text,
    company_info text,
    communication_preferences_phone boolean NOT NULL,
    communication_preferences_email boolean NOT NULL,
    platform_features_emails boolean NOT NULL,
    activity_based_emails boolean NOT NULL,
    additional_data text,
    auth_provider text NOT NULL CHECK (auth_provider IN ('local', 'oidc', 'saml')),
    operator_data text NOT NULL,
    -- The time since which the credentials of the user are rejected.
    suspended_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT profiles_pkey PRIMARY KEY (id),
    CONSTRAINT profiles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT profiles_one_avatar CHECK (avatar_image IS NULL OR avatar_url IS NULL)
) WITH (fillfactor = 80);

-- The orders of searches for users, in all tenants and in one.
CREATE INDEX profiles_tenant_id_idx ON profiles (tenant_id, id);
CREATE INDEX profiles_tenant_username_idx ON profiles (tenant_id, username_key);
CREATE INDEX profiles_email_idx ON profiles (lower(email COLLATE "C"), id);
CREATE INDEX profiles_tenant_email_idx ON profiles (tenant_id, lower(email COLLATE "C"), id);
CREATE INDEX profiles_suspended_idx ON profiles (id) WHERE suspended_at IS NOT NULL;

-- Finds out whether an image is in use.
CREATE INDEX profiles_avatar_image_idx ON profiles (avatar_image) WHERE avatar_image IS NOT NULL;

-- For the collector of files that no profile refers to.
CREATE INDEX profiles_kept_resume_idx ON profiles (resume) WHERE resume LIKE 'kept:%';

-- The profile of each user name. Case and compatibility forms are folded in a key, which is never another's. No foreign
-- key, here and in the next three tables: what removes a profile removes their rows.
CREATE TABLE usernames (
    username_key text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    CONSTRAINT usernames_pkey PRIMARY KEY (username_key)
);

CREATE INDEX usernames_profile_id_idx ON usernames (profile_id);

-- The ids of a profile in each dialect.
CREATE TABLE external_ids (
    dialect text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (dialect, external_id)
);

CREATE INDEX external_ids_profile_id_idx ON external_ids (profile_id);

-- The ids of a user at each identity provider (OIDC `iss` and `sub`).
CREATE TABLE identities (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_profile_id_idx ON identities (profile_id);

-- The profile to which a user name, and every name that looks like it, is reserved: the SHA-256 of the name's UTS 39
-- skeletons. After its release, a reservation rests for a time in which only its former holder can renew it, also the
-- reservation of a removed profile. Names are not looked up here: skeletons change with the version of Unicode.
CREATE TABLE username_reservations (
    digest text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    -- By the database's clock.
    released_at timestamptz,
    CONSTRAINT username_reservations_pkey PRIMARY KEY (digest)
);

CREATE INDEX username_reservations_profile_id_idx ON username_reservations (profile_id);
CREATE INDEX username_reservations_released_at_idx ON username_reservations (released_at) WHERE released_at IS NOT NULL;

-- History outlives its profile, without what was written. The entries of a profile are in the order of `seq`.
CREATE TABLE profile_changes (
    profile_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    dialect text NOT NULL,
    api_version text,
    request_id text NOT NULL,
    patch jsonb NOT NULL,
    CONSTRAINT profile_changes_pkey PRIMARY KEY (profile_id, seq)
);

-- Entries are looked at in this order for their age and for the size of their histories.
CREATE INDEX profile_changes_seq_idx ON profile_changes (seq);

-- The values that one account shows of a user in place of the profile's own. A row without values shows nothing; it
-- is removed, or stays after a rare race.
CREATE TABLE profile_overrides (
    profile_id uuid NOT NULL,
    account text COLLATE "C" NOT NULL,
    display_name text,
    bio text,
    avatar_image text COLLATE "C",
    avatar_url text,
    CONSTRAINT profile_overrides_pkey PRIMARY KEY (profile_id, account),
    CONSTRAINT profile_overrides_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE,
    CONSTRAINT profile_overrides_one_avatar CHECK (avatar_image IS NULL OR avatar_url IS NULL)
);

-- Finds out whether an image is in use.
CREATE INDEX profile_overrides_avatar_image_idx ON profile_overrides (avatar_image) WHERE avatar_image IS NOT NULL;

-- The keys of accounts' programs, and of apps with the accounts that installed them (a JSON array), by the SHA-256 of the
-- key in hexadecimal digits.
CREATE TABLE api_keys (
    id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    dialect text COLLATE "C" NOT NULL,
    app text COLLATE "C",
    accounts jsonb NOT NULL,
    tenant_id uuid NOT NULL,
    scopes jsonb NOT NULL,
    api_version text,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- Files that are uploaded first and named in a later request, by a user or by the program of an account. An account of
-- the same name in another tenant is another account.
CREATE TABLE uploads (
    id text COLLATE "C" NOT NULL,
    profile_id uuid,
    account text COLLATE "C",
    tenant_id uuid,
    filename text NOT NULL,
    media_type text NOT NULL,
    announced_size bigint,
    is_public boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'processing', 'ready', 'failed')),
    image text COLLATE "C",
    size bigint,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    is_used boolean NOT NULL,
    CONSTRAINT uploads_pkey PRIMARY KEY (id),
    CONSTRAINT uploads_one_creator CHECK ((profile_id IS NULL) <> (account IS NULL)),
    CONSTRAINT uploads_ready_is_an_image CHECK ((state = 'ready') = (image IS NOT NULL AND size IS NOT NULL))
);

CREATE INDEX uploads_profile_id_idx ON uploads (profile_id);
CREATE INDEX uploads_account_idx ON uploads (account);
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_image_idx ON uploads (image) WHERE image IS NOT NULL;

-- The tokens of operators, by the SHA-256 of the token in hexadecimal digits. A token of a tenant grants access to the
-- users of that tenant only.
CREATE TABLE operator_tokens (
    id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('read', 'write')),
    tenant_id uuid,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT operator_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT operator_tokens_digest_key UNIQUE (digest),
    CONSTRAINT operator_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

-- The secrets that the deployment signs with, in hexadecimal digits: the same in all its processes.
CREATE TABLE deployment_secrets (
    name text COLLATE "C" NOT NULL,
    secret text NOT NULL,
    CONSTRAINT deployment_secrets_pkey PRIMARY KEY (name)
);

-- The images in storage, by the hash of their content. Times are the database's.
--
-- No foreign key from profiles: a profile is only ever pointed to an image that was reserved shortly before, and such
-- an image is not marked for deletion.
CREATE TABLE images (
    id text COLLATE "C" NOT NULL,
    -- When a request last announced that it may refer to the image.
    reserved_at timestamptz NOT NULL,
    -- Since when the image is being removed, and the lease of the collector that marked it: only that one removes it,
    -- and only while its lease lasts.
    marked_for_deletion_at timestamptz,
    lease text COLLATE "C",
    -- When a request that did not upload the image last reserved it: the erasure of the uploader spares the image for as
    -- long as that request may take to refer to it.
    reused_at timestamptz,
    CONSTRAINT images_pkey PRIMARY KEY (id)
);

CREATE INDEX images_reserved_at_idx ON images (reserved_at);

-- Images whose bytes were removed. For a time, their ids are not used again: a collector that was held up may
-- still be removing them.
CREATE TABLE removed_images (
    id text COLLATE "C" NOT NULL,
    removed_at timestamptz NOT NULL,
    CONSTRAINT removed_images_pkey PRIMARY KEY (id)
);

CREATE INDEX removed_images_removed_at_idx ON removed_images (removed_at);

-- Who has uploaded which image, and how many bytes it takes in storage. A row goes with its image.
CREATE TABLE image_uploads (
    owner text COLLATE "C" NOT NULL,
    image text COLLATE "C" NOT NULL,
    bytes bigint NOT NULL,
    CONSTRAINT image_uploads_pkey PRIMARY KEY (owner, image),
    CONSTRAINT image_uploads_image_fkey FOREIGN KEY (image) REFERENCES images (id) ON DELETE CASCADE
);

CREATE INDEX image_uploads_image_idx ON image_uploads (image);

-- Names that profiles share: skills, interests, tags. An entry that was merged stays as another name of the one that
-- it was merged into, which is itself never merged. An entry belongs to a tenant, or all tenants share it (NULL). Ids
-- are random: they do not tell how many entries other tenants have.
CREATE TABLE catalogue (
    id integer NOT NULL,
    tenant_id uuid,
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text,
    merged_into integer,
    -- The profile whose write added the entry, and when; NULL for an operator's.
    created_by uuid,
    created_at timestamptz,
    CONSTRAINT catalogue_pkey PRIMARY KEY (id),
    CONSTRAINT catalogue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES catalogue (id)
);

CREATE UNIQUE INDEX catalogue_shared_name_idx ON catalogue (kind, name_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX catalogue_tenant_name_idx ON catalogue (tenant_id, kind, name_key) WHERE tenant_id IS NOT NULL;
CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;
-- Entries that a profile has added lately are counted.
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by, created_at) WHERE created_by IS NOT NULL;

-- Quotas are counted by functions: under a lock that lasts until the transaction ends, and then with a snapshot of their
-- own. The snapshot of the statement that calls them may be older than what other transactions have added.

-- Returns how many uploads of a profile, or of a program of a tenant, are neither used nor expired at `at`.
CREATE FUNCTION open_uploads(of_profile uuid, of_account text, of_tenant uuid, at timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('uploads ' || COALESCE(of_profile::text, of_tenant || ' ' || of_account), 0));
    RETURN (SELECT count(*) FROM uploads AS u
        WHERE (u.profile_id = of_profile OR (u.account = of_account AND u.tenant_id = of_tenant))
        AND NOT u.is_used AND u.expires_at > at);
END
$$;

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

-- Returns whether an upload may be made the avatar of a profile, or of its override in an account: it may be used once, or
-- again by who shows it already. Nobody else can use it until the transaction ends.
CREATE FUNCTION upload_fits(of_id text, of_profile uuid, of_account text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM uploads AS u WHERE u.id = of_id FOR UPDATE;
    RETURN EXISTS (SELECT 1 FROM uploads AS u WHERE u.id = of_id AND (NOT u.is_used
        OR (of_account IS NULL AND u.image = (SELECT p.avatar_image FROM profiles AS p WHERE p.id = of_profile))
        OR u.image = (SELECT o.avatar_image FROM profile_overrides AS o
            WHERE o.profile_id = of_profile AND o.account = of_account)));
END
$$;

-- Returns whether `patch` changes the override of a profile in an account, and may: the account has values of its own
-- already, or fewer than `most` accounts have; and the upload fits, if one is given. The condition of an update of the
-- profile, which is checked again if another transaction has changed the profile: every write to an override does.
CREATE FUNCTION override_fits(of_profile uuid, of_account text, patch jsonb, most bigint, of_upload text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held profile_overrides;
BEGIN
    SELECT * INTO held FROM profile_overrides AS o WHERE o.profile_id = of_profile AND o.account = of_account;
    IF NOT ((patch ? 'display_name' AND held.display_name IS DISTINCT FROM patch ->> 'display_name')
        OR (patch ? 'bio' AND held.bio IS DISTINCT FROM patch ->> 'bio')
        OR (patch ? 'avatar_image' AND held.avatar_image IS DISTINCT FROM patch ->> 'avatar_image')
        OR (patch ? 'avatar_url' AND held.avatar_url IS DISTINCT FROM patch ->> 'avatar_url')) THEN
        RETURN FALSE;
    END IF;
    IF num_nonnulls(held.display_name, held.bio, held.avatar_image, held.avatar_url) = 0
        AND (SELECT count(*) FROM profile_overrides AS o WHERE o.profile_id = of_profile
            AND num_nonnulls(o.display_name, o.bio, o.avatar_image, o.avatar_url) > 0) >= most THEN
        RETURN FALSE;
    END IF;
    RETURN of_upload IS NULL OR upload_fits(of_upload, of_profile, of_account);
END
$$;

-- Returns whether a profile has added at most `others` entries after `since`. The condition of an update of the
-- profile, which is checked again if another transaction has changed the profile: whatever adds an entry does.
CREATE FUNCTION new_entries_fit(of_profile uuid, others bigint, since timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM catalogue AS c WHERE c.created_by = of_profile AND c.created_at > since) <= others;
END
$$;

-- Returns whether a profile exists, and keeps it until the transaction ends: its removal waits, or has been.
CREATE FUNCTION lock_profile(of_profile uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM profiles AS p WHERE p.id = of_profile FOR KEY SHARE;
    RETURN FOUND;
END
$$;
