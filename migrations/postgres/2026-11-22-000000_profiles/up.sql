-- Times are microseconds since 1970. JSON is kept as text, so that its bytes survive. What is looked up is compared
-- byte by byte, whatever the database's locale.

CREATE TABLE tenants (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    is_default boolean NOT NULL,
    created_at bigint NOT NULL
);

-- At most one tenant is the default one.
CREATE UNIQUE INDEX tenants_one_default_idx ON tenants (is_default) WHERE is_default;

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
    avatar_image text,
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
    facts text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT profiles_pkey PRIMARY KEY (id),
    CONSTRAINT profiles_username_key UNIQUE (username_key),
    CONSTRAINT profiles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT profiles_one_avatar CHECK (avatar_image IS NULL OR avatar_url IS NULL)
) WITH (fillfactor = 80);

CREATE INDEX profiles_tenant_id_idx ON profiles (tenant_id);

-- What each dialect calls a profile.
CREATE TABLE external_ids (
    dialect text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (dialect, external_id),
    CONSTRAINT external_ids_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE
);

CREATE INDEX external_ids_profile_id_idx ON external_ids (profile_id);

-- What each identity provider calls a user (OIDC `iss` and `sub`).
CREATE TABLE identities (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject),
    CONSTRAINT identities_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE
);

CREATE INDEX identities_profile_id_idx ON identities (profile_id);

-- No foreign key: history outlives its profile, without what was written.
CREATE TABLE profile_changes (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_id uuid NOT NULL,
    version bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    dialect text NOT NULL,
    api_version text,
    request_id text NOT NULL,
    patch jsonb NOT NULL
);

CREATE INDEX profile_changes_profile_id_idx ON profile_changes (profile_id, version);

-- Erasure. A trigger sees what writers committed while the removal waited for them, which the
-- removing statement itself would not.
CREATE FUNCTION profile_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profile_changes SET patch = '{}', actor = '' WHERE profile_id = OLD.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER profile_removed AFTER DELETE ON profiles
    FOR EACH ROW EXECUTE FUNCTION profile_removed();
