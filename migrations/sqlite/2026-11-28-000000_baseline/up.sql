-- Times are microseconds since 1970. JSON is text.

CREATE TABLE tenants (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    created_at INTEGER NOT NULL,
    -- If set, the tenant's users and keys are rejected.
    suspended_at INTEGER,
    CONSTRAINT tenants_pkey PRIMARY KEY (id)
) STRICT;

-- At most one tenant is the default.
CREATE UNIQUE INDEX tenants_one_default_idx ON tenants (is_default) WHERE is_default;

-- Every read and write of a profile uses this index, which is mostly empty.
CREATE INDEX tenants_suspended_idx ON tenants (id) WHERE suspended_at IS NOT NULL;

CREATE TABLE profiles (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    external_ids TEXT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    email TEXT NOT NULL,
    display_name TEXT,
    full_name TEXT,
    given_name TEXT,
    family_name TEXT,
    bio TEXT,
    avatar_image TEXT,
    avatar_url TEXT,
    country TEXT,
    date_of_birth TEXT,
    phone TEXT,
    address TEXT,
    user_type TEXT,
    linkedin_url TEXT,
    github_url TEXT,
    twitter_url TEXT,
    facebook_url TEXT,
    website_url TEXT,
    portfolio_url TEXT,
    skills TEXT NOT NULL,
    investment_interests TEXT NOT NULL,
    technical_interests TEXT NOT NULL,
    focus_area TEXT NOT NULL,
    resume TEXT,
    company_info TEXT,
    communication_preferences_phone INTEGER NOT NULL CHECK (communication_preferences_phone IN (0, 1)),
    communication_preferences_email INTEGER NOT NULL CHECK (communication_preferences_email IN (0, 1)),
    platform_features_emails INTEGER NOT NULL CHECK (platform_features_emails IN (0, 1)),
    activity_based_emails INTEGER NOT NULL CHECK (activity_based_emails IN (0, 1)),
    additional_data TEXT,
    auth_provider TEXT NOT NULL CHECK (auth_provider IN ('local', 'oidc', 'saml')),
    operator_data TEXT NOT NULL,
    -- If set, the user's credentials are rejected.
    suspended_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- The latest history entry.
    last_change INTEGER,
    CONSTRAINT profiles_pkey PRIMARY KEY (id),
    CONSTRAINT profiles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT profiles_one_avatar CHECK (avatar_image IS NULL OR avatar_url IS NULL)
) STRICT;

-- The orders of searches for users, in all tenants and in one.
CREATE INDEX profiles_tenant_id_idx ON profiles (tenant_id, id);
CREATE INDEX profiles_tenant_username_idx ON profiles (tenant_id, username_key);
CREATE INDEX profiles_email_idx ON profiles (lower(email), id);
CREATE INDEX profiles_tenant_email_idx ON profiles (tenant_id, lower(email), id);
CREATE INDEX profiles_suspended_idx ON profiles (id) WHERE suspended_at IS NOT NULL;

-- Used to check whether an image is in use.
CREATE INDEX profiles_avatar_image_idx ON profiles (avatar_image) WHERE avatar_image IS NOT NULL;

-- Used by the collector of unused files.
CREATE INDEX profiles_kept_resume_idx ON profiles (resume) WHERE resume LIKE 'kept:%';

-- The profile of each user name. The key folds case and compatibility forms, and is unique. This
-- table and the next three have no foreign key: the removal of a profile removes their rows.
CREATE TABLE usernames (
    username_key TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    CONSTRAINT usernames_pkey PRIMARY KEY (username_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX usernames_profile_id_idx ON usernames (profile_id);

-- The ids of a profile in each dialect.
CREATE TABLE external_ids (
    dialect TEXT NOT NULL,
    external_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (dialect, external_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX external_ids_profile_id_idx ON external_ids (profile_id);

-- The ids of a user at identity providers (OIDC `iss` and `sub`).
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identities_profile_id_idx ON identities (profile_id);

-- Reserves a user name, and all names that look like it, for a profile: the SHA-256 of the UTS 39
-- skeletons. For some time after its release, only the former owner can renew a reservation, even
-- if the profile was removed. User names are not looked up here, because skeletons depend on the
-- version of Unicode.
CREATE TABLE username_reservations (
    digest TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    -- The time of the release, by the database's clock.
    released_at INTEGER,
    CONSTRAINT username_reservations_pkey PRIMARY KEY (digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX username_reservations_profile_id_idx ON username_reservations (profile_id);
CREATE INDEX username_reservations_released_at_idx ON username_reservations (released_at) WHERE released_at IS NOT NULL;

-- Each entry refers to the previous one, and the profile to its latest. An index by profile would
-- write one more page for each change, at a different place each time, which is a third of the cost
-- of a change. There is no foreign key: history remains when its profile is removed, but without
-- content.
CREATE TABLE profile_changes (
    seq INTEGER NOT NULL,
    previous INTEGER,
    profile_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    dialect TEXT NOT NULL,
    api_version TEXT,
    request_id TEXT NOT NULL,
    patch TEXT NOT NULL,
    CONSTRAINT profile_changes_pkey PRIMARY KEY (seq)
) STRICT;

-- The latest history entries of removed profiles.
CREATE TABLE removed_profiles (
    id TEXT NOT NULL,
    last_change INTEGER NOT NULL,
    CONSTRAINT removed_profiles_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- The values that an account shows of a user in place of the profile's own. A row without values is
-- removed.
CREATE TABLE profile_overrides (
    profile_id TEXT NOT NULL,
    account TEXT NOT NULL,
    display_name TEXT,
    bio TEXT,
    avatar_image TEXT,
    avatar_url TEXT,
    CONSTRAINT profile_overrides_pkey PRIMARY KEY (profile_id, account),
    CONSTRAINT profile_overrides_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE,
    CONSTRAINT profile_overrides_one_avatar CHECK (avatar_image IS NULL OR avatar_url IS NULL)
) STRICT;

-- Used to check whether an image is in use.
CREATE INDEX profile_overrides_avatar_image_idx ON profile_overrides (avatar_image) WHERE avatar_image IS NOT NULL;

-- The keys of accounts' programs, and of apps with the accounts that installed them (a JSON array).
-- `digest` is the SHA-256 of the key in hexadecimal digits.
CREATE TABLE api_keys (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    dialect TEXT NOT NULL,
    app TEXT,
    accounts TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    api_version TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) STRICT;

-- Files that a user, or the program of an account, uploads and refers to in a later request.
-- Accounts with the same name in different tenants are different accounts.
CREATE TABLE uploads (
    id TEXT NOT NULL,
    profile_id TEXT,
    account TEXT,
    tenant_id TEXT,
    filename TEXT NOT NULL,
    media_type TEXT NOT NULL,
    announced_size INTEGER,
    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('pending', 'processing', 'ready', 'failed')),
    image TEXT,
    size INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    is_used INTEGER NOT NULL CHECK (is_used IN (0, 1)),
    CONSTRAINT uploads_pkey PRIMARY KEY (id),
    CONSTRAINT uploads_one_creator CHECK ((profile_id IS NULL) <> (account IS NULL)),
    CONSTRAINT uploads_ready_is_an_image CHECK ((state = 'ready') = (image IS NOT NULL AND size IS NOT NULL))
) STRICT;

CREATE INDEX uploads_profile_id_idx ON uploads (profile_id);
CREATE INDEX uploads_account_idx ON uploads (account);
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_image_idx ON uploads (image) WHERE image IS NOT NULL;

-- The tokens of operators. `digest` is the SHA-256 of the token in hexadecimal digits. A token of a
-- tenant grants access to the users of that tenant only.
CREATE TABLE operator_tokens (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('read', 'write')),
    tenant_id TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CONSTRAINT operator_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT operator_tokens_digest_key UNIQUE (digest),
    CONSTRAINT operator_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
) STRICT;

-- The use of operations, and of fields in writes, by client. Unknown and inapplicable values are
-- empty strings.
CREATE TABLE usage_counts (
    dialect TEXT NOT NULL,
    operation TEXT NOT NULL,
    api_version TEXT NOT NULL,
    field TEXT NOT NULL,
    client TEXT NOT NULL,
    agent TEXT NOT NULL,
    requests INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    CONSTRAINT usage_counts_pkey PRIMARY KEY (dialect, operation, api_version, field, client, agent)
) STRICT, WITHOUT ROWID;

-- The signing secrets of the deployment, shared by all its processes, in hexadecimal digits.
CREATE TABLE deployment_secrets (
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    CONSTRAINT deployment_secrets_pkey PRIMARY KEY (name)
) STRICT;

-- The stored images, by the hash of their content. Times are those of the database's clock.
--
-- There is no foreign key from profiles: a profile is only set to an image that was reserved
-- shortly before, and such an image is not marked for deletion.
CREATE TABLE images (
    id TEXT NOT NULL,
    -- When a request last announced that it may refer to the image.
    reserved_at INTEGER NOT NULL,
    -- When a collector marked the image for deletion, and the lease of that collector. Only the
    -- holder of a valid lease removes the image.
    marked_for_deletion_at INTEGER,
    lease TEXT,
    -- When a request that did not upload the image last reserved it. Erasing the uploader spares
    -- the image for as long as that request may take to refer to it.
    reused_at INTEGER,
    CONSTRAINT images_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX images_reserved_at_idx ON images (reserved_at);

-- Images whose bytes were removed. Their ids are not reused for some time, because a delayed
-- collector may still be removing bytes.
CREATE TABLE removed_images (
    id TEXT NOT NULL,
    removed_at INTEGER NOT NULL,
    CONSTRAINT removed_images_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_images_removed_at_idx ON removed_images (removed_at);

-- The uploaders of images, and the size in storage. Rows are removed with their image.
CREATE TABLE image_uploads (
    owner TEXT NOT NULL,
    image TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    CONSTRAINT image_uploads_pkey PRIMARY KEY (owner, image),
    CONSTRAINT image_uploads_image_fkey FOREIGN KEY (image) REFERENCES images (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX image_uploads_image_idx ON image_uploads (image);

-- Names that profiles share: skills, interests, tags. A merged entry remains as another name of its
-- target, which is never merged itself. An entry belongs to a tenant, or is shared by all (NULL).
-- Ids are random, so that they do not reveal the number of other tenants' entries.
CREATE TABLE catalogue (
    id INTEGER NOT NULL,
    tenant_id TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    merged_into INTEGER,
    -- The profile that added the entry, and when. NULL if an operator did.
    created_by TEXT,
    created_at INTEGER,
    CONSTRAINT catalogue_pkey PRIMARY KEY (id),
    CONSTRAINT catalogue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES catalogue (id)
) STRICT;

CREATE UNIQUE INDEX catalogue_shared_name_idx ON catalogue (kind, name_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX catalogue_tenant_name_idx ON catalogue (tenant_id, kind, name_key) WHERE tenant_id IS NOT NULL;
CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;
-- Used to count the entries that a profile has added recently.
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by, created_at) WHERE created_by IS NOT NULL;
