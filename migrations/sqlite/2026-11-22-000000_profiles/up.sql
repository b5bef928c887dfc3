-- Times are microseconds since 1970. JSON is kept as text, so that its bytes survive.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

-- At most one tenant is the default one.
CREATE UNIQUE INDEX tenants_one_default_idx ON tenants (is_default) WHERE is_default;

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
    facts TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT profiles_pkey PRIMARY KEY (id),
    CONSTRAINT profiles_username_key UNIQUE (username_key),
    CONSTRAINT profiles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT profiles_one_avatar CHECK (avatar_image IS NULL OR avatar_url IS NULL)
) STRICT;

CREATE INDEX profiles_tenant_id_idx ON profiles (tenant_id);

-- What each dialect calls a profile.
CREATE TABLE external_ids (
    dialect TEXT NOT NULL,
    external_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (dialect, external_id),
    CONSTRAINT external_ids_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX external_ids_profile_id_idx ON external_ids (profile_id);

-- What each identity provider calls a user (OIDC `iss` and `sub`).
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject),
    CONSTRAINT identities_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX identities_profile_id_idx ON identities (profile_id);

-- No foreign key: history outlives its profile, without what was written.
CREATE TABLE profile_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    profile_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    dialect TEXT NOT NULL,
    api_version TEXT,
    request_id TEXT NOT NULL,
    patch TEXT NOT NULL
) STRICT;

CREATE INDEX profile_changes_profile_id_idx ON profile_changes (profile_id, version);

-- Erasure. A trigger sees what writers committed while the removal waited for them, which the
-- removing statement itself would not.
CREATE TRIGGER profile_removed AFTER DELETE ON profiles
BEGIN
    UPDATE profile_changes SET patch = '{}', actor = '' WHERE profile_id = OLD.id;
END;
