ALTER TABLE uploads DROP COLUMN tenant_id;

CREATE TABLE account_keys (
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

INSERT INTO account_keys
SELECT id, digest, dialect, accounts ->> 0, tenant_id, scopes, api_version, created_at, revoked_at
FROM api_keys WHERE app IS NULL;

DROP TABLE api_keys;
ALTER TABLE account_keys RENAME TO api_keys;
