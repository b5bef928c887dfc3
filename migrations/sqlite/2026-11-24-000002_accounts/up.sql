-- What one account shows of a user in place of what the user shows everywhere. Times are microseconds since 1970.
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

-- Finds out whether a picture is in use.
CREATE INDEX profile_overrides_avatar_image_idx ON profile_overrides (avatar_image) WHERE avatar_image IS NOT NULL;

-- The keys of accounts' programs, by the SHA-256 of the key in hexadecimal digits.
CREATE TABLE api_keys (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    dialect TEXT NOT NULL,
    account TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    api_version TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) STRICT;

-- Files that are uploaded first and named in a later request: a user's, or those of an account's program.
CREATE TABLE uploads (
    id TEXT NOT NULL,
    profile_id TEXT,
    account TEXT,
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
    CONSTRAINT uploads_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE,
    CONSTRAINT uploads_one_creator CHECK ((profile_id IS NULL) <> (account IS NULL)),
    CONSTRAINT uploads_ready_is_an_image CHECK ((state = 'ready') = (image IS NOT NULL AND size IS NOT NULL))
) STRICT;

CREATE INDEX uploads_profile_id_idx ON uploads (profile_id);
CREATE INDEX uploads_account_idx ON uploads (account);
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_image_idx ON uploads (image) WHERE image IS NOT NULL;

-- What the deployment signs with, in hexadecimal digits: the same in all its processes.
CREATE TABLE deployment_secrets (
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    CONSTRAINT deployment_secrets_pkey PRIMARY KEY (name)
) STRICT;
