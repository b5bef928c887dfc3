-- What one account shows of a user in place of what the user shows everywhere. Times are microseconds since 1970.
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

-- Finds out whether a picture is in use.
CREATE INDEX profile_overrides_avatar_image_idx ON profile_overrides (avatar_image) WHERE avatar_image IS NOT NULL;

-- The keys of accounts' programs, by the SHA-256 of the key in hexadecimal digits.
CREATE TABLE api_keys (
    id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    dialect text COLLATE "C" NOT NULL,
    account text NOT NULL,
    tenant_id uuid NOT NULL,
    scopes text NOT NULL,
    api_version text,
    created_at bigint NOT NULL,
    revoked_at bigint,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- Files that are uploaded first and named in a later request: a user's, or those of an account's program.
CREATE TABLE uploads (
    id text COLLATE "C" NOT NULL,
    profile_id uuid,
    account text COLLATE "C",
    filename text NOT NULL,
    media_type text NOT NULL,
    announced_size bigint,
    is_public boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'processing', 'ready', 'failed')),
    image text COLLATE "C",
    size bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    is_used boolean NOT NULL,
    CONSTRAINT uploads_pkey PRIMARY KEY (id),
    CONSTRAINT uploads_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE,
    CONSTRAINT uploads_one_creator CHECK ((profile_id IS NULL) <> (account IS NULL)),
    CONSTRAINT uploads_ready_is_an_image CHECK ((state = 'ready') = (image IS NOT NULL AND size IS NOT NULL))
);

CREATE INDEX uploads_profile_id_idx ON uploads (profile_id);
CREATE INDEX uploads_account_idx ON uploads (account);
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_image_idx ON uploads (image) WHERE image IS NOT NULL;

-- What the deployment signs with, in hexadecimal digits: the same in all its processes.
CREATE TABLE deployment_secrets (
    name text COLLATE "C" NOT NULL,
    secret text NOT NULL,
    CONSTRAINT deployment_secrets_pkey PRIMARY KEY (name)
);
