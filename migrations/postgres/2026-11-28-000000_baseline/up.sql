-- Each table has one key by which it could be distributed: the profile for `profiles`,
-- `profile_changes` and `profile_overrides`; the looked-up value for `usernames`,
-- `username_reservations`, `external_ids`, `identities`, `uploads`, `images`, `image_uploads` and
-- `removed_images`. The other tables are small and could be copied to each node. Unique constraints
-- contain the key. Foreign keys refer to small tables, or join tables with the same key. There are
-- no triggers. Tests check these rules (crates/store/tests).
--
-- JSON is `jsonb`, except in `profile_changes`, where `json` keeps the bytes of values that an undo
-- restores, and in `profiles`. There, `address`, `company_info`, `additional_data` and
-- `operator_data` are text because they are returned byte for byte, while `jsonb` normalizes
-- numbers and sorts and merges keys. `external_ids` and the lists of ids (`skills` …) are text
-- because `jsonb` increased the CPU time of a read by 45 % and of a write by 10 %, and the
-- write-ahead log by 4 %. `skills::jsonb @> '[7]'` finds the profiles with a skill. Looked-up
-- columns have the collation "C", so that the database's locale does not matter.

CREATE TABLE tenants (
    id uuid NOT NULL,
    name text NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- If set, the tenant's users and keys are rejected.
    suspended_at timestamptz,
    CONSTRAINT tenants_pkey PRIMARY KEY (id)
);

-- At most one tenant is the default.
CREATE UNIQUE INDEX tenants_one_default_idx ON tenants (is_default) WHERE is_default;

-- Every read and write of a profile uses this index, which is mostly empty.
CREATE INDEX tenants_suspended_idx ON tenants (id) WHERE suspended_at IS NOT NULL;

-- The fill factor leaves space for heap-only updates, which write no index.
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
    -- If set, the user's credentials are rejected.
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

-- Used to check whether an image is in use.
CREATE INDEX profiles_avatar_image_idx ON profiles (avatar_image) WHERE avatar_image IS NOT NULL;

-- Used by the collector of unused files.
CREATE INDEX profiles_kept_resume_idx ON profiles (resume) WHERE resume LIKE 'kept:%';

-- The profile of each user name. The key folds case and compatibility forms, and is unique. This
-- table and the next three have no foreign key: the removal of a profile removes their rows.
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

-- The ids of a user at identity providers (OIDC `iss` and `sub`).
CREATE TABLE identities (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_profile_id_idx ON identities (profile_id);

-- Reserves a user name, and all names that look like it, for a profile: the SHA-256 of the UTS 39
-- skeletons. For some time after its release, only the former owner can renew a reservation, even
-- if the profile was removed. User names are not looked up here, because skeletons depend on the
-- version of Unicode.
CREATE TABLE username_reservations (
    digest text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    -- The time of the release, by the database's clock.
    released_at timestamptz,
    CONSTRAINT username_reservations_pkey PRIMARY KEY (digest)
);

CREATE INDEX username_reservations_profile_id_idx ON username_reservations (profile_id);
CREATE INDEX username_reservations_released_at_idx ON username_reservations (released_at) WHERE released_at IS NOT NULL;

-- History remains when its profile is removed, but without content. `seq` orders the entries of a
-- profile.
CREATE TABLE profile_changes (
    profile_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    dialect text NOT NULL,
    api_version text,
    request_id text NOT NULL,
    patch json NOT NULL,
    CONSTRAINT profile_changes_pkey PRIMARY KEY (profile_id, seq)
);

-- Trimming reads entries in this order.
CREATE INDEX profile_changes_seq_idx ON profile_changes (seq);

-- The values that an account shows of a user in place of the profile's own. A row without values
-- has no effect. It is removed, except in a rare race.
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

-- Used to check whether an image is in use.
CREATE INDEX profile_overrides_avatar_image_idx ON profile_overrides (avatar_image) WHERE avatar_image IS NOT NULL;

-- The keys of accounts' programs, and of apps with the accounts that installed them (a JSON array).
-- `digest` is the SHA-256 of the key in hexadecimal digits.
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

-- Files that a user, or the program of an account, uploads and refers to in a later request.
-- Accounts with the same name in different tenants are different accounts.
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

-- The tokens of operators. `digest` is the SHA-256 of the token in hexadecimal digits. A token of a
-- tenant grants access to the users of that tenant only.
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

-- The use of operations, and of fields in writes, by client. Unknown and inapplicable values are
-- empty strings.
CREATE TABLE usage_counts (
    dialect text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    api_version text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    client text COLLATE "C" NOT NULL,
    agent text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    CONSTRAINT usage_counts_pkey PRIMARY KEY (dialect, operation, api_version, field, client, agent)
);

-- The signing secrets of the deployment, shared by all its processes, in hexadecimal digits.
CREATE TABLE deployment_secrets (
    name text COLLATE "C" NOT NULL,
    secret text NOT NULL,
    CONSTRAINT deployment_secrets_pkey PRIMARY KEY (name)
);

-- The stored images, by the hash of their content. Times are those of the database's clock.
--
-- There is no foreign key from profiles: a profile is only set to an image that was reserved
-- shortly before, and such an image is not marked for deletion.
CREATE TABLE images (
    id text COLLATE "C" NOT NULL,
    -- When a request last announced that it may refer to the image.
    reserved_at timestamptz NOT NULL,
    -- When a collector marked the image for deletion, and the lease of that collector. Only the
    -- holder of a valid lease removes the image.
    marked_for_deletion_at timestamptz,
    lease text COLLATE "C",
    -- When a request that did not upload the image last reserved it. Erasing the uploader spares
    -- the image for as long as that request may take to refer to it.
    reused_at timestamptz,
    CONSTRAINT images_pkey PRIMARY KEY (id)
);

CREATE INDEX images_reserved_at_idx ON images (reserved_at);

-- Images whose bytes were removed. Their ids are not reused for some time, because a delayed
-- collector may still be removing bytes.
CREATE TABLE removed_images (
    id text COLLATE "C" NOT NULL,
    removed_at timestamptz NOT NULL,
    CONSTRAINT removed_images_pkey PRIMARY KEY (id)
);

CREATE INDEX removed_images_removed_at_idx ON removed_images (removed_at);

-- The uploaders of images, and the size in storage. Rows are removed with their image.
CREATE TABLE image_uploads (
    owner text COLLATE "C" NOT NULL,
    image text COLLATE "C" NOT NULL,
    bytes bigint NOT NULL,
    CONSTRAINT image_uploads_pkey PRIMARY KEY (owner, image),
    CONSTRAINT image_uploads_image_fkey FOREIGN KEY (image) REFERENCES images (id) ON DELETE CASCADE
);

CREATE INDEX image_uploads_image_idx ON image_uploads (image);

-- Names that profiles share: skills, interests, tags. A merged entry remains as another name of its
-- target, which is never merged itself. An entry belongs to a tenant, or is shared by all (NULL).
-- Ids are random, so that they do not reveal the number of other tenants' entries.
CREATE TABLE catalogue (
    id integer NOT NULL,
    tenant_id uuid,
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text,
    merged_into integer,
    -- The profile that added the entry, and when. NULL if an operator did.
    created_by uuid,
    created_at timestamptz,
    CONSTRAINT catalogue_pkey PRIMARY KEY (id),
    CONSTRAINT catalogue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES catalogue (id)
);

CREATE UNIQUE INDEX catalogue_shared_name_idx ON catalogue (kind, name_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX catalogue_tenant_name_idx ON catalogue (tenant_id, kind, name_key) WHERE tenant_id IS NOT NULL;
CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;
-- Used to count the entries that a profile has added recently.
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by, created_at) WHERE created_by IS NOT NULL;

-- The functions count quotas under a lock that lasts until the transaction ends, and with a
-- snapshot of their own. The snapshot of the calling statement may be older than concurrently added
-- rows.

-- Returns the number of a profile's, or a program's, uploads that are neither used nor expired at
-- `p_at`.
CREATE FUNCTION open_uploads(p_profile_id uuid, p_account text, p_tenant_id uuid, p_at timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('uploads ' || COALESCE(p_profile_id::text, p_tenant_id || ' ' || p_account), 0));
    RETURN (SELECT count(*) FROM uploads AS u
        WHERE (u.profile_id = p_profile_id OR (u.account = p_account AND u.tenant_id = p_tenant_id))
        AND NOT u.is_used AND u.expires_at > p_at);
END
$$;

-- Returns whether an owner may upload an image of `p_bytes`: the number and size of their unused
-- images must be within the limits. One image is always accepted.
CREATE FUNCTION image_upload_fits(p_owner text, p_image_id text, p_bytes bigint, p_max_images bigint, p_max_bytes bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    unused bigint;
    unused_bytes numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('images ' || p_owner, 0));
    SELECT count(*), COALESCE(sum(u.bytes), 0) INTO unused, unused_bytes
        FROM image_uploads AS u WHERE u.owner = p_owner AND u.image <> p_image_id
        AND NOT EXISTS (SELECT 1 FROM profiles AS p WHERE p.avatar_image = u.image)
        AND NOT EXISTS (SELECT 1 FROM profile_overrides AS o WHERE o.avatar_image = u.image);
    RETURN unused = 0 OR (unused < p_max_images AND unused_bytes + p_bytes <= p_max_bytes);
END
$$;

-- Returns whether an upload may become the avatar of a profile, or of its override in an account.
-- It may be used once, and again by the profile or override that already shows it. The upload stays
-- locked until the transaction ends.
CREATE FUNCTION upload_fits(p_upload_id text, p_profile_id uuid, p_account text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM uploads AS u WHERE u.id = p_upload_id FOR UPDATE;
    RETURN EXISTS (SELECT 1 FROM uploads AS u WHERE u.id = p_upload_id AND (NOT u.is_used
        OR (p_account IS NULL AND u.image = (SELECT p.avatar_image FROM profiles AS p WHERE p.id = p_profile_id))
        OR u.image = (SELECT o.avatar_image FROM profile_overrides AS o
            WHERE o.profile_id = p_profile_id AND o.account = p_account)));
END
$$;

-- Returns whether `p_patch` changes the override of a profile in an account and is allowed: the
-- account already has an override or fewer than `p_max_accounts` have one, and the upload fits, if
-- given. PostgreSQL evaluates this condition of an update again if another transaction has changed
-- the profile, which every write of an override does.
CREATE FUNCTION override_fits(p_profile_id uuid, p_account text, p_patch jsonb, p_max_accounts bigint, p_upload_id text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held profile_overrides;
BEGIN
    SELECT * INTO held FROM profile_overrides AS o WHERE o.profile_id = p_profile_id AND o.account = p_account;
    IF NOT ((p_patch ? 'display_name' AND held.display_name IS DISTINCT FROM p_patch ->> 'display_name')
        OR (p_patch ? 'bio' AND held.bio IS DISTINCT FROM p_patch ->> 'bio')
        OR (p_patch ? 'avatar_image' AND held.avatar_image IS DISTINCT FROM p_patch ->> 'avatar_image')
        OR (p_patch ? 'avatar_url' AND held.avatar_url IS DISTINCT FROM p_patch ->> 'avatar_url')) THEN
        RETURN FALSE;
    END IF;
    IF num_nonnulls(held.display_name, held.bio, held.avatar_image, held.avatar_url) = 0
        AND (SELECT count(*) FROM profile_overrides AS o WHERE o.profile_id = p_profile_id
            AND num_nonnulls(o.display_name, o.bio, o.avatar_image, o.avatar_url) > 0) >= p_max_accounts THEN
        RETURN FALSE;
    END IF;
    RETURN p_upload_id IS NULL OR upload_fits(p_upload_id, p_profile_id, p_account);
END
$$;

-- Returns whether a profile has added at most `p_max_others` entries after `p_since`. PostgreSQL
-- evaluates this condition of an update again if another transaction has changed the profile, which
-- every addition of an entry does.
CREATE FUNCTION new_entries_fit(p_profile_id uuid, p_max_others bigint, p_since timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM catalogue AS c WHERE c.created_by = p_profile_id AND c.created_at > p_since) <= p_max_others;
END
$$;

-- Returns whether a profile exists, and locks it against removal until the transaction ends.
CREATE FUNCTION lock_profile(p_profile_id uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM profiles AS p WHERE p.id = p_profile_id FOR KEY SHARE;
    RETURN FOUND;
END
$$;
